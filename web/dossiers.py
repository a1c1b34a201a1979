"""Dossiers: the list, one dossier, its proof of attempts."""

from starlette.routing import Route

ROUTES: tuple[Route, ...] = ()
