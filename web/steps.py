"""What the person adds to a dossier: journal, own pieces, letters."""

from starlette.routing import Route

ROUTES: tuple[Route, ...] = ()
