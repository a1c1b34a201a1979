"""What the page's workers do for photo mode: take the picture of one window, and keep it once it is answered.

The picture stays in memory, of the worker and then of the page, until the person has said what it shows: inside an
account it may bear their name, and nothing of it may lie open on the disk.
"""

import base64
import time
from typing import TYPE_CHECKING

from temoin.canonical import Json
from temoin.clock import parse_instant, utc_now, utc_text
from temoin.messages import _
from temoin.records import Outcome
from temoin.settings import Settings
from web.work import Told, need_settings

if TYPE_CHECKING:
    from capture.desktop import OpenWindow


def take_photograph(settings: Settings | None, asked: Json, told: Told) -> Json:
    """The picture of the window in front after ``seconds``, or of the one with ``title``; else what is to choose from.

    Raises:
        BrowserError: no desktop, no browser, or no such window.
        ConfigError: no such procedure.
        RefusedError: nobody seeks it any more.
    """
    from capture.desktop import choose_window, open_windows  # noqa: PLC0415 - slow, and for this job only
    from scheduler.photo import check_followed  # noqa: PLC0415 - as above
    from store.store import Store  # noqa: PLC0415 - as above

    here = need_settings(settings)
    procedure = here.procedure(asked["procedure"])
    with Store.open(here.station.data_dir, now=utc_now, create=False, read_only=True) as store:
        check_followed(store, procedure)
    seconds = int(asked["seconds"])
    for left in range(seconds, 0, -1):
        told.progress(_("Bring your browser to the front: {seconds} s").format(seconds=left), seconds - left, seconds)
        time.sleep(1)
    meant = choose_window(open_windows(), asked["title"])
    if len(meant) > 1:
        return {"procedure": procedure.id, "windows": [window.title for window in meant]}
    (window,) = meant
    return _photographed(procedure.id, window)


def _photographed(procedure: str, window: "OpenWindow") -> Json:
    at, picture = utc_now(), window.photograph()
    return {
        "procedure": procedure,
        "windows": [],
        "title": window.title,
        "browser": window.browser,
        "at": utc_text(at),
        "picture": base64.b64encode(picture).decode("ascii"),
    }


def keep_photograph(settings: Settings | None, asked: Json, told: Told) -> Json:
    """Keep the picture with what the person says of it, as ``temoin photo`` does.

    Raises:
        UsageError: no such case, or which one is not said.
        StoreError: it could not be kept; nothing is recorded.
    """
    from scheduler.job import prepare_store  # noqa: PLC0415 - slow, and for this job only
    from scheduler.photo import Photo  # noqa: PLC0415 - as above
    from scheduler.stamps import Stamps  # noqa: PLC0415 - as above
    from store.store import Store  # noqa: PLC0415 - as above
    from store.vault import Keys  # noqa: PLC0415 - as above
    from web import photographs  # noqa: PLC0415 - as above

    here = need_settings(settings)
    procedure = here.procedure(asked["procedure"])
    taken = Photo(
        at=parse_instant(asked["at"]),
        picture=base64.b64decode(asked["picture"]),
        browser=asked["browser"],
        outcome=Outcome(asked["answer"]),
        address=asked["address"],
    )
    stamps, inside = Stamps(here, simulated=False), bool(asked["inside"])
    with Store.open(here.station.data_dir, now=utc_now) as store:
        prepare_store(here, store, now=utc_now())
        sequence = photographs.keep_photograph(
            here,
            store,
            procedure,
            taken,
            code=asked["code"] or None,
            inside=inside,
            keys=Keys(passphrase=told.ask),
            recorded=stamps.begin,
            say=told.line,
        )
    if taken.outcome is Outcome.SLOT_SEEN:
        told.line(_("An appointment may be free: take it now, in your browser."))
    stamps.finish()
    return {"sequences": [] if inside else [sequence]}
