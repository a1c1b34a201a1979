"""One request to one timestamp authority over HTTP (RFC 3161 §3.4): what is sent is a digest, what comes is checked.

Nothing is followed elsewhere, nothing is read without end: an authority that is slow, or is none, costs the time that
it was given and no more. Failures are stable words, since they are stored and told.
"""

import base64
import os
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException, HTTPMessage
from typing import IO

from typing_extensions import override

from store.pinned import Pinned, read_pinned
from store.tokens import LONGEST_BYTES, Token, build_request, check_token
from temoin import __version__
from temoin.clock import utc_now
from temoin.errors import IncompleteError, TokenError
from temoin.floors import is_loopback
from temoin.messages import _
from temoin.settings import Authority


class AuthorityError(IncompleteError):
    """No answer that could be checked; ``reason`` is a stable word."""

    def __init__(self, message: str, *, reason: str, remedy: str = "") -> None:
        """Keep the word beside the sentence."""
        super().__init__(message, remedy=remedy)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A whole answer that was checked, and when it was asked for and came."""

    response: bytes
    token: Token
    asked_at: datetime
    received_at: datetime


class _Unfollowed(urllib.request.HTTPRedirectHandler):
    """An authority is the one that was named; what it points to is somebody else."""

    @override
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


def ask(authority: Authority, pinned: Pinned, message: bytes, *, seconds: float) -> Granted:
    """A timestamp of ``message``; ``seconds`` bound each wait, the caller bounds the whole.

    Raises:
        AuthorityError: it could not be asked, or did not answer.
        TokenError: what it answered is no timestamp of these bytes by this authority.
    """
    if pinned.problem:
        raise AuthorityError(pinned.problem, reason="no_roots")
    request = build_request(message)
    asked_at = utc_now()
    response = _post(authority, request.as_bytes(), seconds)
    received_at = utc_now()
    token = check_token(response, message, pinned.trust, nonce=request.nonce)
    return Granted(response=response, token=token, asked_at=asked_at, received_at=received_at)


def ask_all(
    authorities: Sequence[Authority], message: bytes, *, seconds: float
) -> dict[str, Granted | AuthorityError | TokenError]:
    """Every one of them at once about ``message``, for ``seconds`` in all; what each answered, by name.

    Whoever asks sees to how often: nothing is kept here.
    """
    pinned = {one.name: one for one in read_pinned(authorities)}

    def begin(authority: Authority, future: Future[Granted]) -> None:
        try:
            future.set_result(ask(authority, pinned[authority.name], message, seconds=seconds))
        except (AuthorityError, TokenError) as error:
            future.set_exception(error)

    answers: dict[str, Future[Granted]] = {one.name: Future() for one in authorities}
    for one in authorities:
        # Left behind when it takes longer: nothing bounds how long a name is looked up.
        threading.Thread(target=begin, args=(one, answers[one.name]), daemon=True).start()
    wait(answers.values(), timeout=seconds)
    return {name: outcome_of(answer) for name, answer in answers.items()}


def outcome_of(answer: Future[Granted]) -> Granted | AuthorityError | TokenError:
    """What an authority answered; that it is late when it has not."""
    if not answer.done():
        return late()
    error = answer.exception()
    return error if isinstance(error, AuthorityError | TokenError) else answer.result()


def _post(authority: Authority, body: bytes, seconds: float) -> bytes:
    request = urllib.request.Request(authority.url, data=body, headers=_headers(authority), method="POST")  # noqa: S310
    try:
        with _opener(authority).open(request, timeout=seconds) as answer:
            return bytes(answer.read(LONGEST_BYTES + 1))
    except urllib.error.HTTPError as error:
        error.close()
        raise _refused(error.code) from error
    except (OSError, HTTPException, ValueError) as error:
        slow = isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError)
        if slow:
            raise late() from error
        raise AuthorityError(
            _("The authority cannot be reached."),
            reason="unreachable",
            remedy=_("Look at the network and the address; requests are made again by themselves."),
        ) from error


def late() -> AuthorityError:
    """What is said of an authority whose time is over."""
    return AuthorityError(
        _("The authority did not answer in time."),
        reason="slow",
        remedy=_("Nothing need be done: requests are made again by themselves."),
    )


def _refused(status: int) -> AuthorityError:
    if status in (401, 403, 407):
        return AuthorityError(
            _("The authority refuses the request (HTTP {status}): it does not know this user.").format(status=status),
            reason="not_allowed",
            remedy=_("Look at username, password_env and client_certificate, and at the authority’s terms."),
        )
    return AuthorityError(
        _("The authority answers with an error (HTTP {status}).").format(status=status),
        reason="http_error",
        remedy=_("Look at the address; requests are made again by themselves."),
    )


def _headers(authority: Authority) -> Mapping[str, str]:
    headers = {"Content-Type": "application/timestamp-query", "User-Agent": f"Temoin/{__version__}"}
    if authority.username:
        password = os.environ.get(authority.password_env, "")
        if not password:
            raise AuthorityError(
                _("The environment variable {name}, which holds the password, is empty.").format(
                    name=authority.password_env
                ),
                reason="no_password",
                remedy=_("Set it for the program that runs Témoin, the service included."),
            )
        login = base64.b64encode(f"{authority.username}:{password}".encode()).decode("ascii")
        headers["Authorization"] = f"Basic {login}"
    return headers


def _opener(authority: Authority) -> urllib.request.OpenerDirector:
    handlers: list[urllib.request.BaseHandler] = [_Unfollowed()]
    if is_loopback(authority.url):
        handlers.append(urllib.request.ProxyHandler({}))  # a proxy would ask another machine
    if authority.url.startswith("https:"):
        handlers.append(urllib.request.HTTPSHandler(context=_context(authority)))
    return urllib.request.build_opener(*handlers)


def _context(authority: Authority) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if authority.client_certificate is not None:
        try:
            context.load_cert_chain(authority.client_certificate, authority.client_key, password=_no_password)
        except (OSError, ValueError) as error:
            raise AuthorityError(
                _("The client certificate {path} or its key cannot be used.").format(path=authority.client_certificate),
                reason="bad_client_certificate",
                remedy=_("Both are PEM files, the key without a password."),
            ) from error
    return context


def _no_password() -> str:
    raise ValueError("the key wants a password")
