"""A picture that cannot be shown, in the place of one that can."""

from markupsafe import escape
from starlette.responses import Response

from temoin.messages import _

PNG = b"\x89PNG\r\n\x1a\n"  # how one begins (PNG, third edition, §5.2)
_DRAWN = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200" width="320" height="200">'
    '<rect width="320" height="200" fill="#545b64"/>'
    '<text x="160" y="105" text-anchor="middle" font-family="sans-serif" font-size="18" fill="#ffffff">{words}</text>'
    "</svg>"
)


def unreadable() -> Response:
    """A drawing that says so: a browser shows it although the status is 404."""
    return _drawn(_("unreadable picture"))


def damaged() -> Response:
    """A drawing that says that the picture is not there, or not as it was recorded."""
    return _drawn(_("damaged picture"))


def _drawn(words: str) -> Response:
    return Response(_DRAWN.format(words=escape(words)), 404, media_type="image/svg+xml")
