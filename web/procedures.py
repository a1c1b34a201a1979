"""Démarches: every procedure that is followed, added, changed and tried."""

from starlette.routing import Route

ROUTES: tuple[Route, ...] = ()
