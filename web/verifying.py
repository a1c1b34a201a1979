"""Verification of the store, of a capture, of a bundle that is dropped."""

from starlette.routing import Route

ROUTES: tuple[Route, ...] = ()
