"""What stands between the page and whoever asks: who may ask at all, from where, how much, and what a browser may do.

In this order: the ``Host`` that was asked for is this machine's loopback (DNS rebinding); the cookie of this run is
there, or the token of the opened address, which becomes the cookie; whatever changes something comes from a page of
ours (``Origin``), besides the secret that every form holds (``web.forms``); bodies are bounded, in size and in time.
Every answer carries a strict Content-Security-Policy: no inline script, nothing from elsewhere.
"""

import hmac
import re
from collections.abc import Mapping
from html import escape
from http.cookies import CookieError, SimpleCookie
from types import MappingProxyType
from urllib.parse import parse_qs

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from temoin.messages import LANGUAGES, _, active_language, find_language, speaking
from web.site import Site
from web.wording import WORDING

MAXIMUM_FORM = 128 * 1024  # bytes of a form without files
UPLOADS: Mapping[str, int] = MappingProxyType(  # path → bytes
    {
        r"/cases/[^/]+/(journal|pieces)": 120 * 1024 * 1024,
        r"/verify/bundle": 4 * 1024 * 1024 * 1024,
        r"/verify/store": 8 * 1024 * 1024,  # root certificates
    }
)
_UPLOADS = tuple((re.compile(pattern), most) for pattern, most in UPLOADS.items())
BODY_SECONDS = 30.0  # between two pieces of a body
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
SAFE = frozenset({"GET", "HEAD"})
LANGUAGE_COOKIE = "temoin_lang"
# To somebody who may not see the page, nor its style.
_REFUSED = (
    '<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark">'
    "<title>Témoin</title></head><body><main><h1>Témoin</h1><p>{words}</p></main></body></html>"
)
_OPENED = '<!doctype html><html lang="{lang}"><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/">'
_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    }
)


class _TooMuchError(Exception):
    """A body is larger than its form can need, or does not come."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Gate:
    """The ASGI application that lets through what may pass to ``app``."""

    def __init__(self, app: ASGIApp, *, site: Site, port: int) -> None:
        """``port`` is the one that is listened to: a ``Host`` of another is none of ours."""
        self._app = app
        self._site = site
        self._hosts = frozenset(f"{name}:{port}" for name in LOOPBACK)
        self._cookie = f"temoin_{port}"  # cookies do not tell ports apart

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, or refuse it in a sentence."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with speaking(language_of(scope), wording=WORDING):
            await self._pass(scope, receive, _with_headers(send))

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        begun: list[bool] = []

        async def heard(message: Message) -> None:
            begun.append(True)
            await send(message)

        try:
            await self._app(scope, _bounded(receive, maximum_of(scope["path"])), heard)
        except _TooMuchError as error:
            if not begun:
                words = _too_large() if error.status == 413 else _("The rest did not come.")  # noqa: PLR2004
                await _refused(words, error.status)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.get("host", "") not in self._hosts:
            return _refused(_("This page is for this computer only."), 421)
        changes, ours = scope["method"] not in SAFE, headers.get("origin") == f"http://{headers['host']}"
        if not self._has_cookie(headers):
            return self._opened(scope) or _refused(_begun_anew() if changes and ours else _unopened(), 403)
        if changes and not ours:
            return _refused(_("That did not come from this page; nothing was done."), 403)
        too_much = _length_of(headers) > maximum_of(scope["path"])
        return _refused(_too_large(), 413) if too_much else self._opened(scope)

    def _has_cookie(self, headers: Headers) -> bool:
        return hmac.compare_digest(_cookies(headers).get(self._cookie, "").encode(), self._site.session.encode())

    def _opened(self, scope: Scope) -> Response | None:
        """The answer to the opened address: its token becomes a cookie that no script and no other site can use.

        A page of our own goes on to ``/``: a redirect of a click elsewhere would not send a strict cookie.
        """
        if scope["method"] != "GET" or scope["path"] != "/":
            return None
        query = parse_qs(scope["query_string"].decode("latin-1"))
        token = query.get("token", [""])[0]
        if not hmac.compare_digest(token.encode(), self._site.token.encode()):
            return None
        answer = HTMLResponse(_OPENED.format(lang=language_of(scope)), headers={"Cache-Control": "no-store"})
        answer.set_cookie(self._cookie, self._site.session, httponly=True, samesite="strict", path="/")
        return answer


def _unopened() -> str:
    return _(
        "Open this page by the address that Témoin showed when it began, or by “Témoin” in your programs’ menu. It is "
        "another address each time Témoin begins."
    )


def _begun_anew() -> str:
    """To somebody whose form was shown before: loaded again, its answer comes back with all its fields."""
    return _(
        "Nothing was done: Témoin has begun anew since this form was shown. What you wrote is not lost. Open Témoin by "
        "“Témoin” in your programs’ menu; then come back to this tab, and load it again. If your browser asks whether "
        "to send once more, say yes: you are shown what is sent first."
    )


def _too_large() -> str:
    return _("That is too large: nothing was kept. Go back, and send fewer or smaller files, or a shorter text.")


def _refused(words: str, status: int) -> Response:
    """A refusal in a sentence, as a page in the language of whoever asked."""
    return HTMLResponse(_REFUSED.format(lang=active_language(), words=escape(words)), status)


def language_of(scope: Scope) -> str:
    """The language chosen on the page, else the browser's, else French."""
    headers = Headers(scope=scope)
    chosen = _cookies(headers).get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    wanted = headers.get("accept-language", "")
    return find_language({"LANG": wanted}) if wanted else "fr"


def maximum_of(path: str) -> int:
    """How many bytes a request to ``path`` may bring."""
    return next((most for pattern, most in _UPLOADS if pattern.fullmatch(path)), MAXIMUM_FORM)


def _length_of(headers: Headers) -> int:
    """The length that is announced; none, or no number, is left to what arrives."""
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() else 0


def _cookies(headers: Headers) -> dict[str, str]:
    try:
        return {name: one.value for name, one in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def _bounded(receive: Receive, maximum: int) -> Receive:
    left = [maximum]
    whole: list[bool] = []

    async def bounded() -> Message:
        if whole:
            return await receive()  # whether the reader has left: that may take as long as an answer
        with anyio.move_on_after(BODY_SECONDS) as waited:
            message = await receive()
        if waited.cancelled_caught:
            raise _TooMuchError(408)
        if not message.get("more_body", False):
            whole.append(True)
        left[0] -= len(message.get("body", b""))
        if left[0] < 0:
            raise _TooMuchError(413)
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sent
