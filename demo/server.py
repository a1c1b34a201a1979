"""A loopback server that shows replica booking sites and remembers every request it was sent.

Promises: each request is in the log before its answer begins, answered or not; the `Date` header follows the
clock it was given; nothing a client does ends the server or prints a traceback. What it shows is marked as
simulated.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType, TracebackType
from typing import Self

from demo import sites
from demo.exchange import Answer, Call, html
from demo.scenario import Page, Procedure, Site
from demo.sessions import Sessions
from demo.sites import generic
from demo.sites.layout import document
from demo.sites.static import find_static
from demo.texts import MARK
from demo.wire import Listener, Request

OK = 200
CAPTCHA_CODE = "R7K4P"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request as it arrived; `path` keeps its query, `fields` are those of an urlencoded body."""

    at: datetime
    method: str
    host: str
    path: str
    fields: tuple[tuple[str, str], ...]
    body: bytes
    headers: Mapping[str, str]
    procedure: str | None


def utc_now() -> datetime:
    """Return the machine's time."""
    return datetime.now(tz=UTC)


class ReplicaServer:
    """The replica sites of `procedures`, between `__enter__` and `__exit__`.

    `robots` is the text of /robots.txt, or the status it fails with. `now` gives the time of the `Date`
    header and of the pages' dates. `instructions` says whether the préfecture's public pages exist, `front`
    with which status the front page answers.
    `captcha_code` is the right answer to every captcha, legible in its picture.

    Raises:
        ValueError: two procedures share an id.
        OSError: the port is taken (on entering).
    """

    def __init__(
        self,
        procedures: Sequence[Procedure],
        *,
        robots: str | int = "",
        now: Callable[[], datetime] = utc_now,
        host: str = "127.0.0.1",
        port: int = 0,
        instructions: bool = True,
        front: int = 200,
        captcha_code: str = CAPTCHA_CODE,
    ) -> None:
        """Prepare the sites; nothing listens yet."""
        self.site = Site(procedures=tuple(procedures), robots=robots, host=host, instructions=instructions, front=front)
        self.captcha_code = captcha_code
        self._now = now
        self._port = port
        self._lock = threading.Lock()
        self._log: list[LoggedRequest] = []
        self._sessions = Sessions()
        self._listener: Listener | None = None

    def __enter__(self) -> Self:
        """Listen."""
        self._listener = Listener(self.site.host, self._port, answer=self._answer, now=self._now)
        self._listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and end what is under way; the log stays readable."""
        if self._listener is not None:
            self._listener.stop()

    @property
    def port(self) -> int:
        """The port that is listened to.

        Raises:
            RuntimeError: the server was not entered.
        """
        if self._listener is None:
            raise RuntimeError("the replica server has not been started")
        return self._listener.port

    @property
    def url(self) -> str:
        """The address of the server, without a final slash."""
        return f"http://{self.site.host}:{self.port}"

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """Every request since the start or the last `clear`, in order of arrival."""
        with self._lock:
            return tuple(self._log)

    def clear(self) -> None:
        """Forget the requests; sessions and visits go on."""
        with self._lock:
            self._log.clear()

    def address(self, procedure_id: str) -> str:
        """Return the address at which a visit of the procedure begins.

        Raises:
            KeyError: no procedure has that id.
        """
        return self.url + sites.entry_path(self._procedure(procedure_id))

    def instructions_address(self, procedure_id: str) -> str:
        """Return the address of the page that imposes online booking.

        Raises:
            KeyError: no procedure has that id.
        """
        return f"{self.url}/instructions/{self._procedure(procedure_id).id}"

    def set_pages(self, procedure_id: str, pages: Sequence[Page]) -> None:
        """Make the next visits of the procedure meet `pages`; its live sessions end.

        Raises:
            KeyError: no procedure has that id.
            ValueError: no page, or a page that its platform does not have.
        """
        self._sessions.set_pages(self._procedure(procedure_id), tuple(pages))

    def expire_sessions(self) -> None:
        """End every live session, as the real sites do after a while."""
        self._sessions.expire()

    def _procedure(self, procedure_id: str) -> Procedure:
        for procedure in self.site.procedures:
            if procedure.id == procedure_id:
                return procedure
        raise KeyError(procedure_id)

    def _answer(self, request: Request) -> Answer:
        found = sites.find_procedure(self.site.procedures, request.path, request.query)
        self._remember(request, found[0].id if found else None)
        if found is None:
            return self._site_wide(request)
        procedure, rest = found
        return self._visit(request, procedure, rest)

    def _remember(self, request: Request, procedure_id: str | None) -> None:
        entry = LoggedRequest(
            at=self._now(),
            method=request.method,
            host=request.headers.get("host", ""),
            path=request.target,
            fields=request.fields,
            body=request.body,
            headers=MappingProxyType(dict(request.headers)),
            procedure=procedure_id,
        )
        with self._lock:
            self._log.append(entry)

    def _visit(self, request: Request, procedure: Procedure, rest: str) -> Answer:
        cookie, cookie_path = sites.cookie_of(procedure)
        token, visit = self._sessions.enter(request.cookies.get(cookie), procedure)
        call = Call(
            method=request.method,
            target=request.target,
            rest=rest,
            query=request.query,
            fields=dict(request.fields),
            procedure=procedure,
            visit=visit,
            now=self._now(),
            captcha_code=self.captcha_code,
        )
        answer = sites.answer(call)
        if request.cookies.get(cookie) == token:
            return answer
        set_cookie = ("Set-Cookie", f"{cookie}={token}; Path={cookie_path}; HttpOnly; SameSite=Lax")
        return _with_header(answer, set_cookie)

    def _site_wide(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return self._robots()
        if request.path == "/":
            return self._front()
        if request.path == "/favicon.ico":
            return Answer(status=204)
        if request.path.startswith("/instructions/") and self.site.instructions:
            return self._instructions(request.path.removeprefix("/instructions/"))
        return find_static(request.path, self.captcha_code) or _not_found()

    def _front(self) -> Answer:
        if self.site.front != OK:
            return html(document(title=MARK, kind="lost", body=f"<h1>{self.site.front}</h1>"), status=self.site.front)
        return generic.index(self.site.procedures)

    def _robots(self) -> Answer:
        if isinstance(self.site.robots, int):
            return html(f"<h1>{self.site.robots}</h1>", status=self.site.robots)
        return Answer(body=self.site.robots.encode(), media_type="text/plain; charset=utf-8")

    def _instructions(self, procedure_id: str) -> Answer:
        try:
            procedure = self._procedure(procedure_id)
        except KeyError:
            return _not_found()
        return generic.instructions(procedure, sites.entry_path(procedure))


def _with_header(answer: Answer, header: tuple[str, str]) -> Answer:
    return Answer(
        status=answer.status,
        body=answer.body,
        media_type=answer.media_type,
        headers=(*answer.headers, header),
        delay_seconds=answer.delay_seconds,
        conduct=answer.conduct,
    )


def _not_found() -> Answer:
    return html(document(title=MARK, kind="lost", body="<h1>404 Not Found</h1>"), status=404)
