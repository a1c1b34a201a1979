"""Outcomes and reports in words, for the screen and for notifications; documents have theirs in ``temoin.french``."""

from temoin.messages import _
from temoin.notice import NoticeOutcome
from temoin.records import CaseKind, Closing, JournalKind, Kind, Mode, Outcome, PieceUse, Role, SlotResult


def outcome_words(outcome: Outcome) -> str:
    """What the visit found, in the active language."""
    words = {
        Outcome.NO_SLOT: _("no appointment free"),
        Outcome.NO_CALENDAR: _("no calendar open"),
        Outcome.SLOT_SEEN: _("A SLOT MAY BE FREE"),
        Outcome.CAPTCHA_REQUIRED: _("a captcha stands before the answer"),
        Outcome.SESSION_EXPIRED: _("the session had expired"),
        Outcome.BLOCKED: _("the site refused the visit"),
        Outcome.OVERLOADED: _("the site is overloaded"),
        Outcome.MAINTENANCE: _("the site is under maintenance"),
        Outcome.CLOSED_LINK: _("the link is closed"),
        Outcome.UNREACHABLE: _("the site could not be reached"),
        Outcome.UNRECOGNISED: _("the page was not recognised"),
        Outcome.REFUSED: _("no visit was made"),
        Outcome.MISSED: _("the planned time was missed"),
    }
    return words[outcome]


def mode_words(mode: Mode) -> str:
    """Who looks at the page, in the active language."""
    words = {Mode.UNATTENDED: _("Témoin alone"), Mode.ASSISTED: _("with you"), Mode.PHOTO: _("by you")}
    return words[mode]


def state_words(state: str) -> str:
    """What became of a time of the plan, in the active language; as it stands when it is no state."""
    words = {"due": _("to come"), "done": _("done"), "missed": _("missed"), "projected": _("example")}
    return words.get(state, state)


def entry_words(kind: str) -> str:
    """What an entry of the register is, by its kind; as it stands when it has no words."""
    words: dict[str, str] = {
        Kind.STATION: _("the computer on which the register is kept"),
        Kind.PLAN: _("the times drawn for a day, written down before"),
        Kind.NOTICE: _("the préfecture’s page that sends people to the booking site"),
        Kind.FOLLOW: _("a dossier follows a démarche from here on"),
        Kind.UNFOLLOW: _("a dossier follows a démarche no more"),
        Kind.ATTEMPT: _("an attempt"),
        Kind.HANDOVER: _("the window was left to the person"),
        Kind.JOURNAL: _("something that a person added, kept encrypted"),
        Kind.ANCHOR: _("a timestamp of the whole register"),
        Kind.FILING: _("a filing, frozen"),
        Kind.ERASURE: _("something personal was erased"),
    }
    return words.get(kind, kind)


def kind_words(kind: CaseKind) -> str:
    """What the person asks the préfecture for, in the active language."""
    words = {
        CaseKind.RENEWAL: _("to renew a permit"),
        CaseKind.FIRST_APPLICATION: _("a first permit"),
        CaseKind.NATURALISATION: _("French nationality"),
        CaseKind.DCEM: _("a travel document for a child (DCEM)"),
        CaseKind.TRAVEL_DOCUMENT: _("a refugee’s travel document"),
        CaseKind.OTHER: _("something else"),
    }
    return words[kind]


def closing_words(why: str | None) -> str:
    """Why a case was closed, in the active language; as it stands when it is no word of ours."""
    words = {
        Closing.APPOINTMENT.value: _("an appointment was obtained"),
        Closing.ORDER.value: _("the judge decided"),
        Closing.WITHDRAWN.value: _("the person gave up"),
        Closing.OTHER.value: _("another reason"),
    }
    return words.get(why or "", why or "–")


def journal_words(kind: JournalKind) -> str:
    """What the person did, in the active language."""
    words = {
        JournalKind.EMAIL: _("an e-mail to the préfecture"),
        JournalKind.LETTER: _("a letter to the préfecture"),
        JournalKind.VISIT: _("a visit to the counter"),
        JournalKind.MEDIATOR: _("a request to the Défenseur des droits or a mediator"),
        JournalKind.SLOT_RESPONSE: _("what I did about a slot that was seen"),
        JournalKind.SCREENSHOT: _("a screenshot of my own"),
        JournalKind.DECISION: _("a decision or an answer that I received"),
        JournalKind.OTHER: _("another step"),
    }
    return words[kind]


def piece_words(use: PieceUse) -> str:
    """What a piece is filed for, in the active language."""
    words = {
        PieceUse.IDENTITY: _("who the person is"),
        PieceUse.URGENCY: _("why it is urgent"),
        PieceUse.SERIOUSNESS: _("that the request is serious"),
        PieceUse.OTHER: _("another piece"),
    }
    return words[use]


def slot_words(result: SlotResult) -> str:
    """What came of a slot that was seen, in the active language."""
    words = {
        SlotResult.BOOKED: _("it was booked: an appointment was obtained"),
        SlotResult.GONE: _("it was gone before it could be booked"),
        SlotResult.TOO_FAR: _("its date is too far away to be of use"),
        SlotResult.UNSUITABLE: _("it was not for this démarche or this person"),
        SlotResult.NOT_TRIED: _("nobody tried to book it"),
        SlotResult.OTHER: _("something else"),
    }
    return words[result]


def role_words(role: str) -> str:
    """What a kept file is, in the active language; as it stands when it has no words."""
    words = {
        Role.WINDOW.value: _("the browser’s window, untouched"),
        Role.PAGE.value: _("the whole page, untouched"),
        Role.EXHIBIT.value: _("the picture in its frame"),
        Role.TEXT.value: _("the text of the page"),
        Role.HTML.value: _("the page’s HTML, compressed"),
        Role.EXCHANGE.value: _("the exchange with the site (WARC)"),
        Role.DIALOG.value: _("the page’s dialogs"),
    }
    return words.get(role, role)


def reason_words(reason: str) -> str:
    """Why an attempt was missed, or what else its record says of it, in the active language.

    The word of the record where it has no others.
    """
    if reason.startswith("http_"):
        return _("HTTP answer {status}").format(status=reason.removeprefix("http_"))
    if reason.startswith("step_"):
        return _("a step of the site could not be followed")
    return (_missed_words() | _cause_words()).get(reason, reason)


def _missed_words() -> dict[str, str]:
    return {
        "station_off": _("computer off"),
        "asleep": _("computer asleep"),
        "clock_moved": _("clock moved"),
        "redrawn": _("another time was drawn instead"),
        "not_started": _("not started by this computer"),
        "invitation_not_followed": _("invitation not followed"),
        "invitation_declined": _("invitation declined"),
        "invitation_snoozed": _("invitation put off"),
        "followed_otherwise": _("followed otherwise since"),
    }


def _cause_words() -> dict[str, str]:
    return {
        "appointment_obtained": _("nobody seeks this appointment any more"),
        "browser_stopped": _("the browser stopped"),
        "choice_missing": _("a followed choice is no longer offered"),
        "choice_new": _("a new choice is offered"),
        "connection": _("connection refused or broken off"),
        "control_failed": _("not counted: another page of the site was not served normally"),
        "daily_cap": _("the day’s number of visits was reached"),
        "dns": _("the site’s name was not found"),
        "download": _("the page sent a file to download"),
        "host_busy": _("another visit to the same site was going on"),
        "host_cap": _("the number of visits to this site was reached"),
        "host_spacing": _("too close to the last visit to the same site"),
        "host_stopped": _("the site is left alone, after a refusal or because it asked for it"),
        "interrupted": _("the visit was interrupted on this computer"),
        "needs_person": _("the site asks for a person"),
        "no_network": _("computer without a network"),
        "nobody_there": _("nobody answered at the window"),
        "page_changing": _("the page changed while it was photographed"),
        "page_hung": _("the page no longer answered"),
        "photo_mode": _("this démarche is photographed by the person"),
        "procedure_spacing": _("too close to the last visit of the same démarche"),
        "redirect_loop": _("the site sends from page to page without end"),
        "robots_rules": _("the site’s robots.txt does not let a program visit this page"),
        "robots_server_error": _("the site’s robots.txt could not be read"),
        "robots_unreachable": _("the site’s robots.txt could not be read"),
        "sentence_covered": _("the sentence was covered in the picture"),
        "steps_not_served": _("not counted: a page before it was not served normally"),
        "stopped_at_boundary": _("the page asked for what Témoin does not do"),
        "terms_changed": _("the site’s conditions changed"),
        "terms_not_found": _("the text of the conditions was not found"),
        "terms_unread": _("nobody has read the site’s conditions yet"),
        "timeout": _("no answer in time"),
        "tls": _("the browser refused the site’s certificate"),
        "too_many_requests": _("the page asked without end"),
        "window_closed": _("the window was closed"),
    }


def notice_words(outcome: NoticeOutcome) -> str:
    """What a look at the préfecture's page found, in the active language."""
    if outcome is NoticeOutcome.SHOWN:
        return _("the préfecture’s page is there")
    return outcome_words(Outcome(outcome.value))


def status_words(status: str) -> str:
    """The answer of a report or of one of its checks; as it stands when it is none of them."""
    words = {
        "passed": _("passed"),
        "failed": _("failed"),
        "incomplete": _("incomplete"),
        "not_checked": _("not checked"),
    }
    return words.get(status, status)


def check_words(name: str) -> str:
    """The name of a check for people, its number kept (docs/format.md §6); as it stands when it has no words."""
    words = {
        "bag": _("bag"),
        "files": _("files"),
        "chain": _("chain"),
        "entries": _("entries"),
        "records": _("records"),
        "artefacts": _("artefacts"),
        "subjects": _("subjects"),
        "record": _("record"),
        "subject": _("subject"),
        "inventory": _("inventory"),
        "names": _("names"),
        "pictures": _("pictures"),
        "exif": _("exif"),
        "documents": _("documents"),
        "exchanges": _("exchanges"),
        "database": _("database"),
        "schema": _("schema"),
        "derived": _("derived"),
        "objects": _("objects"),
        "unnamed": _("unnamed"),
        "plans": _("plans"),
        "configuration": _("configuration"),
        "browser": _("browser"),
        "window": _("window"),
        "disk": _("disk"),
        "terms": _("terms"),
        "daemon": _("daemon"),
        "attempts": _("attempts"),
        "kept": _("what is kept"),
        "lid": _("lid"),
        "place": _("place"),
        "retention": _("retention"),
        "timestamps": _("timestamps"),
        "tokens": _("timestamps"),
        "anchors": _("anchors"),
        "clock": _("clock"),
        "robots": _("robots"),
        "notification": _("notification"),
    }
    number, _space, word = name.rpartition(" ")
    return f"{number} {words.get(word, word)}".strip()
