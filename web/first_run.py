"""The first run, from the warning to the first attempt, and a démarche that is added: one question after the other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scheduler.beginning import (
    NONE,
    answer_offers,
    asks_choices,
    channel_offers,
    condition_offers,
    mode_offers,
    warning_sentences,
)
from scheduler.first_channel import try_draft
from temoin.drafts import ProcedureDraft
from temoin.errors import UsageError
from temoin.messages import _
from temoin.platforms import PLATFORMS
from temoin.records import CaseKind, Mode
from temoin.words import kind_words
from web.attempts import start_attempt
from web.common import go_to, in_language
from web.configuring import reloaded_words, today_of, write_first
from web.forms import Form, action
from web.held import HeldStep
from web.questions import FIELDS, FIRST, ZONES, Answers, Known, operator_offers
from web.render import render
from web.site import Site, site_of

STATION_ZONE = "Europe/Paris"
_COME = frozenset({"yes", "keep"})  # what lets a channel that was tried be kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One series of pages: where they are, which they are, and what is done once all is answered."""

    address: str
    steps: tuple[str, ...]
    finish: Callable[[Site, Answers], Response]


def show_first(request: Request) -> Response:
    """The first page of the first run; where there is a configuration there is nothing to begin."""
    site = site_of(request)
    if site.is_configured:
        return go_to("/")
    return show_held(request, FIRST_RUN, Answers({}, _known(site)))


def show_held(request: Request, way: Way, first: Answers) -> Response:
    """The page of questions that the address names, or the first one with the answers ``first``."""
    held = site_of(request).held.get(request.query_params.get("held", ""))
    if held is None or held.step not in way.steps:
        return show_step(request, way, way.steps[0], first)
    return _shown(request, way, held.step, Answers(held.texts, first.known), error=held.error)


def answer_first(request: Request, form: Form) -> Response:
    """One page of the first run that was answered; where it was ended meanwhile, the person is told."""
    site = site_of(request)
    if site.is_configured:
        return go_to(site.said.keep("/", [_already_words()]))
    return take_step(request, FIRST_RUN, form, _known(site))


def _already_words() -> str:
    return _(
        "Témoin was set up meanwhile, perhaps in another tab: your last answers were not written. What is set is on "
        "the page “Démarches”; another one is added there."
    )


def take_step(request: Request, way: Way, form: Form, known: Known) -> Response:
    """The page after the one that was answered, or the same with what is wrong; after the last, the end."""
    answers = Answers.of(form, known)
    step = form.text("step")
    if step not in way.steps:
        return show_step(request, way, way.steps[0], answers)
    if form.text("language"):
        return in_language(form.text("language"), lambda: show_step(request, way, step, answers))
    if form.text("go") == "back":
        return show_step(request, way, _beside(way, step, answers, -1), answers)
    asked = way.steps if step == way.steps[-1] else (step,)
    for one in asked:
        try:
            answers = _CHECKS[one](site_of(request), answers)
        except UsageError as error:
            return show_step(request, way, one, _tried(answers, error), error=error)
    if step == way.steps[-1]:
        return way.finish(site_of(request), answers)
    return show_step(request, way, _beside(way, step, answers, 1), answers)


def show_step(request: Request, way: Way, step: str, answers: Answers, *, error: UsageError | None = None) -> Response:
    """One page of questions, with what was typed so far.

    What holds a channel's address, which may be a password, no browser may keep: such a page is gone to, and not the
    answer to a form, so that a browser can go back to it.
    """
    if answers["channel_address"]:
        name = site_of(request).held.keep(HeldStep(step=step, texts=answers.texts, error=error))
        return go_to(f"{way.address}?held={name}")
    answer = _shown(request, way, step, answers, error=error)
    answer.headers["Cache-Control"] = "private, no-cache"  # kept, or a browser cannot go back to it
    return answer


def _shown(request: Request, way: Way, step: str, answers: Answers, *, error: UsageError | None) -> Response:
    own = FIELDS[step]
    hidden = {name: text for name, text in answers.texts.items() if name not in own and text}
    values: dict[str, Any] = {
        "title": _titles()[step],
        "step": step,
        "number": way.steps.index(step) + 1,
        "of": len(way.steps),
        "is_last": step == way.steps[-1],
        "action": way.address,
        "hidden_fields": hidden,
        "answers": answers,
        "error": error,
        "said": reloaded_words(request.query_params.get("said", "")),
        **(_OFFERS[step](answers) if step in _OFFERS else {}),
    }
    return render(request, "questions.html", 400 if error else 200, **values)


def _known(site: Site) -> Known:
    return Known(taken={}, today=today_of(site, STATION_ZONE))


def _beside(way: Way, step: str, answers: Answers, move: int) -> str:
    """The page before or after ``step``; who looks is not asked where the person does."""
    found = way.steps[max(0, way.steps.index(step) + move)]
    if found == "way" and answers.by_hand:
        return _beside(way, found, answers, move)
    return found


class _TriedError(UsageError):
    """A channel was tried just now; ``answers`` know of it."""

    def __init__(self, message: str, *, remedy: str, answers: Answers) -> None:
        super().__init__(message, remedy=remedy)
        self.answers = answers


def _tried(answers: Answers, error: UsageError) -> Answers:
    return error.answers if isinstance(error, _TriedError) else answers


def _check_warning(_site: Site, answers: Answers) -> Answers:
    if not answers["warned"]:
        raise UsageError(_("The warning was not read yet."), remedy=_("Read it, then tick the box below."))
    return answers


def _check_address(_site: Site, answers: Answers) -> Answers:
    if not answers.url:
        raise UsageError(_("No address was given."), remedy=_("Paste it."))
    return answers


def _check_names(_site: Site, answers: Answers) -> Answers:
    answers.named()
    return answers


def _check_conditions(_site: Site, answers: Answers) -> Answers:
    answers.read()
    return answers


def _check_way(_site: Site, answers: Answers) -> Answers:
    answers.looked_at()
    return answers


def _check_messages(site: Site, answers: Answers) -> Answers:
    """Let the person go on once a test message was sent on the channel, and they say what came of it."""
    draft = answers.channel()
    if draft.refused:
        return answers
    if answers["tested"] == answers.channel_mark and answers["come"] in _COME:
        return answers
    if answers["tested"] == answers.channel_mark and answers["come"] == "no":
        again = Answers({**answers.texts, "tested": "", "come": ""}, answers.known)
        raise _TriedError(
            _("Then this way does not reach you."), remedy=_("Choose another one, or try it once more."), answers=again
        )
    usual = site.data_dir or site.config.parent / "evidence"
    data_dir = site.settings().station.data_dir if site.is_configured else usual
    failure = try_draft(draft, path=site.config, data_dir=data_dir)
    tried = Answers({**answers.texts, "tested": answers.channel_mark, "come": "", "unsent": ""}, answers.known)
    if failure is None:
        raise _TriedError(
            _("A test message was sent."), remedy=_("Say below whether it has come, then go on."), answers=tried
        )
    raise _TriedError(
        _("The test message was not sent: {why}.").format(why=failure),
        remedy=_("Choose another way, or keep this one and mend it later."),
        answers=Answers({**tried.texts, "unsent": "1"}, answers.known),
    )


def _check_hours(_site: Site, answers: Answers) -> Answers:
    answers.draft()
    return answers


def _check_end(_site: Site, answers: Answers) -> Answers:
    if not answers.known.is_first:
        return answers
    answers.station()
    answers.kind()
    return answers


def _check_last(site: Site, answers: Answers) -> Answers:
    return _check_end(site, _check_hours(site, answers))


_CHECKS: Mapping[str, Callable[[Site, Answers], Answers]] = MappingProxyType(
    {
        "warning": _check_warning,
        "address": _check_address,
        "names": _check_names,
        "conditions": _check_conditions,
        "way": _check_way,
        "messages": _check_messages,
        "hours": _check_last,
    }
)


def _titles() -> Mapping[str, str]:
    return {
        "warning": _("Before you begin"),
        "address": _("The address"),
        "names": _("Which appointment"),
        "conditions": _("The site’s conditions"),
        "way": _("Who looks at the page?"),
        "messages": _("How are you told?"),
        "hours": _("Hours, and the end"),
    }


def _offer_names(_answers: Answers) -> dict[str, object]:
    return {"platforms": [(name, name) for name in PLATFORMS], "answers_offered": answer_offers()}


def _offer_way(answers: Answers) -> dict[str, object]:
    draft = answers.read()
    return {"modes": mode_offers(draft), "usual": answers.usual_mode(), "asks_choices": asks_choices(draft)}


def _offer_hours(answers: Answers) -> dict[str, object]:
    draft = answers.looked_at()
    return {
        "draft": draft,
        "is_first": answers.known.is_first,
        "usual_hours": answers.usual_hours(draft.mode),
        "wants_attempt": wants_attempt(draft),
        "operators": operator_offers(),
        "kinds": [(kind.value, kind_words(kind)) for kind in CaseKind],
        "zones": [(zone, zone.replace("_", " ")) for zone in ZONES],
    }


_OFFERS: Mapping[str, Callable[[Answers], dict[str, object]]] = MappingProxyType(
    {
        "warning": lambda _answers: {"warning": warning_sentences()},
        "names": _offer_names,
        "conditions": lambda _answers: {"offers": condition_offers()},
        "way": _offer_way,
        "messages": lambda answers: {
            "channels": channel_offers(),
            "tested": answers["tested"] == answers.channel_mark and answers["channel"] not in ("", NONE),
            "unsent": bool(answers["unsent"]),
            "channels_now": answers.known.channels,
        },
        "hours": _offer_hours,
    }
)


def wants_attempt(draft: ProcedureDraft) -> bool:
    """Whether a first attempt follows at once: the conditions were read, and the page can be looked at from here."""
    return draft.mode is not Mode.PHOTO and draft.terms_read is not None


def _finish_first(site: Site, answers: Answers) -> Response:
    """Write everything, then look at the page once."""
    draft = answers.draft()
    write_first(site, answers.station(), draft, answers.kind())
    site.held.clear()
    return first_attempt(site, draft)


def first_attempt(site: Site, draft: ProcedureDraft) -> Response:
    """The first attempt of a démarche that has just been written, or its page where none is made."""
    if not wants_attempt(draft):
        return go_to(f"/procedures/{draft.id}")
    return start_attempt(site, [site.settings().procedure(draft.id)], assisted=draft.mode is Mode.ASSISTED)


FIRST_RUN = Way(address="/start", steps=FIRST, finish=_finish_first)

ROUTES = (
    Route("/start", show_first),
    Route("/start", action(answer_first), methods=["POST"]),
)
