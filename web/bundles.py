"""The files for the court: draft, filing, supplement, download, and what to upload where."""

from starlette.routing import Route

ROUTES: tuple[Route, ...] = ()
