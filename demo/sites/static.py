"""What belongs to no procedure: style, pictures, workers, frames of outside captchas, a file to save."""

import re
from importlib.resources import files

from demo.exchange import Answer
from demo.sites import drawings, failures, hostile, rdv_prefecture
from demo.sites.layout import STYLESHEET

_ARROW = re.compile(r"^/extension/booking/images/etape_\d(?P<current>r?)\.png$")
_ASSETS = {
    STYLESHEET: ("replica.css", "text/css; charset=utf-8"),
    hostile.WORKER: ("worker.js", "text/javascript; charset=utf-8"),
    hostile.SERVICE_WORKER: ("service-worker.js", "text/javascript; charset=utf-8"),
}
_FRAMES = {
    "/recaptcha/api2/anchor": "Je ne suis pas un robot",
    "/challenges.cloudflare.com/turnstile": "Confirmez que vous êtes humain",
}


def find_static(path: str, captcha_code: str) -> Answer | None:
    """Return the answer for `path`, or None."""
    if path in _ASSETS:
        return _asset(*_ASSETS[path])
    if path in _FRAMES:
        return rdv_prefecture.frame(_FRAMES[path])
    if path == rdv_prefecture.CAPTCHA_ENDPOINT:
        return rdv_prefecture.captcha_image(captcha_code)
    if path == hostile.DOWNLOAD:
        return failures.attachment()
    if (arrow := _ARROW.match(path)) is not None:
        return Answer(body=drawings.arrow_png(current=bool(arrow["current"])), media_type="image/png")
    return None


def _asset(name: str, media_type: str) -> Answer:
    body = files("demo").joinpath("assets", name).read_bytes()
    return Answer(body=body, media_type=media_type, headers=(("Service-Worker-Allowed", "/"),))
