"""Today: what was done, what comes, what needs a human now, alerts, health."""

from starlette.routing import Route

ROUTES: tuple[Route, ...] = ()
