"""The artefacts of one answer: the window and the page as they stood, their text and DOM, and the framed picture.

Each picture is taken once (DESIGN §3.3). The framed one is drawn around the first; its pixels are never touched.
"""

import gzip
import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from playwright.sync_api import Error, FloatRect, Page
from playwright.sync_api import TimeoutError as BrowserTimeout

from capture.drawn import EMPTY_SHARE, WHOLE_SHARE, drawn_share
from capture.facts import normalise
from capture.frame import Caption, frame
from capture.look import ERROR_SCHEME, Looker
from capture.outcome import Verdict
from capture.request import VisitRequest
from capture.sight import VIEWPORT, bring_into_sight, wait_until_drawn
from capture.window import WindowGrabber
from temoin.canonical import sha256
from temoin.clock import utc_text
from temoin.errors import BrowserError
from temoin.records import PROOFS, Artefact, Matched, Role

MAX_PAGE_HEIGHT = 12_000  # pixels of the full page; what is longer is no booking page, and is said to be cut
MAX_TEXT_BYTES = 1_000_000
MAX_HTML_BYTES = 5_000_000
PICTURE_MS = 20_000
ERROR_PICTURE_MS = 3_000  # of the browser's own small page; what it must leave time for is the visit's other steps
# Between two looks at a proof whose words no picture shows: a page that is read before its style sheet has come moves
# its words before they are photographed (tried), and what lies over them may go away.
AGAIN_MS = (200, 500, 1000, 2000)
DRAWN_TRIES, DRAWN_MS = 20, 100  # a window that is not drawn yet is asked again: the first of a browser takes a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One answer photographed. ``in_sight`` says whether the deciding words stand uncovered in the window.

    The frame is drawn in a thread of its own, while the browser is asked for the rest: drawing asks nothing of it.
    """

    pictures: tuple[Artefact, ...]
    drawing: Future[Artefact] | None
    words: tuple[Artefact, ...]
    in_sight: bool

    @property
    def undrawn(self) -> tuple[Artefact, ...]:
        """Those that did not have to be drawn."""
        return (*self.pictures, *self.words)

    @property
    def artefacts(self) -> tuple[Artefact, ...]:
        """All of them, once the frame is drawn.

        Raises:
            BrowserError: the picture that the browser gave cannot be read.
        """
        drawn = () if self.drawing is None else (self.drawing.result(),)
        return (*self.pictures, *drawn, *self.words)


def photograph(looker: Looker, request: VisitRequest, verdict: Verdict, *, part: str) -> Shot:
    """All artefacts of what the page shows now.

    Raises:
        playwright.sync_api.Error: the page or the browser went away meanwhile.
    """
    asked = replace(request, url=looker.page.url)  # the frame prints the very address that the address bar shows
    standing = next((dialog.picture for dialog in reversed(looker.dialogs) if dialog.picture), None)
    if looker.leave_dialogs and looker.dialogs:
        # The page cannot be asked anything while its alert stands, and answering it is the person's affair.
        drawing = None if standing is None else _draw(asked, verdict, part, standing, "window")
        pictures = _present(_artefact(Role.WINDOW, standing))
        return Shot(pictures=pictures, drawing=drawing, words=_words(looker, page=False), in_sight=True)
    for pause in AGAIN_MS:
        shot = _shot(looker, asked, verdict, part, standing)
        if shot.in_sight or verdict.outcome not in PROOFS:
            return shot
        looker.page.wait_for_timeout(pause)
    return _shot(looker, asked, verdict, part, standing)


def _shot(looker: Looker, asked: VisitRequest, verdict: Verdict, part: str, standing: bytes | None) -> Shot:
    """The pictures as they come out now; ``standing`` is that of a dialog, taken when it stood."""
    sight = bring_into_sight(looker.frame(), verdict.matched, proof=verdict.outcome in PROOFS)
    window, page = (standing, _full_page(looker.page)) if standing is not None else _window_and_page(looker)
    picture, view = (page, "page") if window is None else (window, "window")
    return Shot(
        pictures=_present(_artefact(Role.WINDOW, window), _artefact(Role.PAGE, page)),
        drawing=None if picture is None else _draw(asked, verdict, part, picture, view),
        words=_words(looker, page=True),
        in_sight=sight.seen if picture is None else sight.inked(picture, window=window is not None),
    )


def heard(looker: Looker) -> tuple[Artefact, ...]:
    """The words of the native dialogs, which are kept of a visit that broke off as well: the page need not be asked."""
    return _present(_artefact(Role.DIALOG, _dialogs(looker)))


def _words(looker: Looker, *, page: bool) -> tuple[Artefact, ...]:
    """The page's text and DOM, if it can be asked, and its native dialogs."""
    read = (_artefact(Role.TEXT, _text(looker)), _artefact(Role.HTML, _html(looker))) if page else ()
    return (*_present(*read), *heard(looker))


def _present(*found: Artefact | None) -> tuple[Artefact, ...]:
    return tuple(artefact for artefact in found if artefact is not None)


def _draw(request: VisitRequest, verdict: Verdict, part: str, picture: bytes, view: str) -> Future[Artefact]:
    """The picture in its frame, drawn meanwhile."""
    caption = _caption(request, verdict, part=part, picture=picture, view=view)
    drawer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="frame")
    drawing = drawer.submit(_exhibit, picture, caption)
    drawer.shutdown(wait=False)
    return drawing


def _exhibit(picture: bytes, caption: Caption) -> Artefact:
    data = frame(picture, caption)
    return Artefact(role=Role.EXHIBIT, data=data, digest=sha256(data))


def photograph_terms(looker: Looker, text: str, *, still_there: Callable[[], bool]) -> tuple[Artefact, ...]:
    """The conditions page, the first time its text is met: picture and the text that is hashed.

    A person may go on while it is photographed. The text was read before that, and is kept; a picture that may be
    the next page's is not.
    """
    try:
        pictures = _both(looker)
        kept = pictures if still_there() else ()
    except Error:
        kept = ()
    return _present(*kept, _artefact(Role.TEXT, text.encode()))


def photograph_as_it_stands(looker: Looker) -> tuple[Artefact, ...]:
    """The window and the whole page, text and DOM, with nothing drawn around them: of a page that answers nothing.

    Raises:
        playwright.sync_api.Error: the page or the browser went away meanwhile.
    """
    return (*_both(looker), *_words(looker, page=True))


def _both(looker: Looker) -> tuple[Artefact, ...]:
    window, page = _window_and_page(looker)
    return _present(_artefact(Role.WINDOW, window), _artefact(Role.PAGE, page))


def _artefact(role: Role, data: bytes | None) -> Artefact | None:
    return None if data is None else Artefact(role=role, data=data, digest=sha256(data))


def _window_and_page(looker: Looker) -> tuple[bytes | None, bytes | None]:
    """The window and the whole page; no window where it could not be had: the record then says page view.

    A window in which less is drawn than the page holds is taken again. One that stays empty while the page is not
    would be a picture of something that nobody was shown: it is not kept.
    """
    if looker.grabber is None:
        return None, _full_page(looker.page)
    window = _grab(looker, looker.grabber)  # before the page's: taking that one disturbs the window for a moment
    view = looker.page.evaluate(VIEWPORT)
    page = _full_page(looker.page)
    if page is None:
        return window, None
    for _try in range(DRAWN_TRIES):
        if window is not None and drawn_share(window, page, view) >= WHOLE_SHARE:
            return window, page
        looker.page.wait_for_timeout(DRAWN_MS)
        window = _grab(looker, looker.grabber) or window
    return window if window is not None and drawn_share(window, page, view) > EMPTY_SHARE else None, page


def _grab(looker: Looker, grabber: WindowGrabber) -> bytes | None:
    """The window once its page is drawn, as far as the browser tells; None where it cannot be photographed."""
    wait_until_drawn(looker.page)
    try:
        return grabber.grab()
    except BrowserError:
        return None


def _full_page(page: Page) -> bytes | None:
    """The whole page; None only of the browser's own error page, where a busy browser may never draw it (tried).

    What happened is known without that picture: a site's outage must not be recorded as a page that hung.
    """
    if not page.url.startswith(ERROR_SCHEME):
        return _whole(page, timeout_ms=PICTURE_MS)
    try:
        return _whole(page, timeout_ms=ERROR_PICTURE_MS)
    except BrowserTimeout:
        return None


def _whole(page: Page, *, timeout_ms: int) -> bytes:
    height = page.evaluate("() => document.documentElement ? document.documentElement.scrollHeight : 0")
    clip: FloatRect | None = None
    if height > MAX_PAGE_HEIGHT:
        width = page.evaluate("() => document.documentElement.clientWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": MAX_PAGE_HEIGHT}
    return page.screenshot(full_page=True, clip=clip, animations="disabled", scale="css", timeout=timeout_ms)


def _text(looker: Looker) -> bytes:
    text = looker.frame().evaluate("() => document.body ? document.body.innerText : ''")
    return str(text).encode()[:MAX_TEXT_BYTES]


def _html(looker: Looker) -> bytes | None:
    try:
        data = looker.frame().content().encode()[:MAX_HTML_BYTES]
    except Error:
        return None
    return gzip.compress(data, mtime=0)


def _dialogs(looker: Looker) -> bytes | None:
    if not looker.dialogs:
        return None
    seen = [{"type": d.type, "message": d.message, "at": utc_text(d.at)} for d in looker.dialogs]
    return json.dumps(seen, ensure_ascii=False, indent=1).encode()


def _caption(request: VisitRequest, verdict: Verdict, *, part: str, picture: bytes, view: str) -> Caption:
    return Caption(
        prefecture=request.prefecture,
        label=request.label,
        part=part,
        url=request.url,
        at=request.at,
        timezone=request.timezone,
        outcome=verdict.outcome,
        sentence=None if verdict.matched is None else " ".join(verdict.matched.text.split()),
        attempt=request.attempt,
        digest=sha256(picture),
        simulated=request.simulated,
        view="window" if view == "window" else "page",
    )


def same_words(one: Matched | None, other: Matched | None) -> bool:
    """Whether two looks were decided by the same words."""
    if one is None or other is None:
        return one is other
    return normalise(one.text) == normalise(other.text)
