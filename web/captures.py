"""Captures: the gallery, and one capture with all that was kept of it."""

from starlette.routing import Route

ROUTES: tuple[Route, ...] = ()
