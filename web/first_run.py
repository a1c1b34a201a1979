"""The first run: from the warning to the first picture, without a terminal."""

from starlette.routing import Route

ROUTES: tuple[Route, ...] = ()
