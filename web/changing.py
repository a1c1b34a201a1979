"""A démarche that is changed: what a person may want to set, and nothing that identifies it in the register.

The form carries what it was filled in from. Only what the person changed in it is written, so that what was changed
meanwhile in another tab, or in the file, stays; where both changed the same thing, they are asked.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exhibits.dossiers import check_past
from scheduler.beginning import condition_offers, mode_offers
from temoin.answers import clean_address, clean_choices, clean_line, clean_optional_address, clean_windows
from temoin.config_editing import Value
from temoin.drafts import ProcedureDraft
from temoin.errors import ConfigError, UsageError
from temoin.messages import _
from temoin.records import Automation, Mode
from temoin.settings import Procedure
from web.attempts import procedure_of
from web.common import go_to
from web.configuring import change_procedure
from web.forms import Form, action
from web.questions import clean_field
from web.render import render
from web.site import site_of

_PAST = ("terms_read", "confirmed")  # days on which something was done
FIELDS = (
    "prefecture",
    "label",
    "url",
    "instructions_url",
    "no_slot_text",
    "windows",
    "openings",
    "choices",
    "mode",
    "terms_read",
    "automation",
    "confirmed",
    "attempts_per_day",
)


def show_edit(request: Request) -> Response:
    """The form, as the configuration stands."""
    procedure = procedure_of(request, site_of(request).settings())
    return _form(request, procedure, texts_of(procedure))


def save(request: Request, form: Form) -> Response:
    """Write what was changed; where it cannot be used, the form comes back as it was filled in."""
    site = site_of(request)
    procedure = procedure_of(request, site.settings())
    now = texts_of(procedure)
    texts = {name: form.text(name) for name in FIELDS}
    was = {name: form.text(f"was_{name}") for name in FIELDS} if form.text("was_mode") else now
    mine = {name: text for name, text in texts.items() if text != was[name]}
    both = tuple(name for name in mine if now[name] not in (was[name], mine[name]) or name in _fixed(procedure))
    if was is not now and both:
        return _form(request, procedure, {**now, **mine}, _changed_twice(procedure, both, mine))
    try:
        wanted = _wanted(form, procedure)
        days = [day for name in _PAST if isinstance(day := wanted[name], date)]
        check_past(days, site.settings(), site.now())
        changes = {name: value for name, value in wanted.items() if name in mine and texts[name] != now[name]}
        came = change_procedure(site, procedure.id, changes)
    except (UsageError, ConfigError) as error:
        return _form(request, procedure, texts, error, was=was)
    return go_to(f"/procedures/{procedure.id}?said={came.value}")


def texts_of(procedure: Procedure) -> Mapping[str, str]:
    """What the form shows of a démarche."""
    day = "" if procedure.terms_read is None else procedure.terms_read.isoformat()
    return {
        "prefecture": procedure.prefecture,
        "label": procedure.label,
        "url": procedure.url,
        "instructions_url": procedure.instructions_url,
        "no_slot_text": procedure.no_slot_text,
        "windows": ", ".join(procedure.windows),
        "openings": "\n".join(procedure.openings),
        "choices": "; ".join(procedure.choices),
        "mode": procedure.mode.value,
        "terms_read": day,
        "automation": procedure.automation.value,
        "confirmed": "" if procedure.confirmed is None else procedure.confirmed.isoformat(),
        "attempts_per_day": "" if procedure.attempts_per_day is None else str(procedure.attempts_per_day),
    }


def _form(
    request: Request,
    procedure: Procedure,
    texts: Mapping[str, str],
    error: UsageError | ConfigError | None = None,
    *,
    was: Mapping[str, str] | None = None,
) -> Response:
    """The form with ``texts`` in it; ``was`` is what they were changed from, as it stands now where left out."""
    fixed = _fixed(procedure)
    return render(
        request,
        "procedure_edit.html",
        400 if error else 200,
        procedure=procedure,
        texts=texts,
        was={name: text for name, text in (was or texts_of(procedure)).items() if name not in fixed},
        error=error,
        modes=_modes(procedure),
        conditions=condition_offers()[:-1],  # that they are not read yet is an empty day
        may_move="url" not in fixed,
    )


def _modes(procedure: Procedure) -> tuple[tuple[str, str], ...]:
    """Every mode that the platform allows: what the conditions forbid may be changed in the same form."""
    draft = ProcedureDraft(
        id=procedure.id,
        prefecture=procedure.prefecture,
        label=procedure.label,
        url=procedure.url,
        platform=procedure.platform,
    )
    offers = tuple((mode.value, words) for mode, words in mode_offers(draft))
    now = procedure.mode.value
    return offers if now in dict(offers) else ((now, now), *offers)


def _fixed(procedure: Procedure) -> frozenset[str]:
    """The fields that its form does not have, as it stands now."""
    moved = () if procedure.confirmed is None else ("url",)
    return frozenset(moved if procedure.platform == "generic" else (*moved, "no_slot_text"))


def _changed_twice(procedure: Procedure, both: Sequence[str], mine: Mapping[str, str]) -> UsageError:
    """What the person changed, and somebody else meanwhile; nothing of what either wrote is kept from them."""
    now, labels, words = texts_of(procedure), _labels(), dict((*_modes(procedure), *condition_offers()))
    told = (
        _("{field}: now “{now}”, and you wrote “{mine}”.").format(
            field=labels[name], now=words.get(now[name], now[name]), mine=words.get(mine[name], mine[name])
        )
        for name in both
    )
    return UsageError(
        _("This démarche was changed elsewhere since this form was shown. {fields}").format(fields=" ".join(told)),
        remedy=_("Nothing was written yet. Look at what is below; then write it down once more."),
    )


def _labels() -> Mapping[str, str]:
    """The words of each field, as its form has them."""
    return {
        "prefecture": _("Name of the préfecture"),
        "label": _("What the appointment is for"),
        "url": _("Address of the booking page"),
        "instructions_url": _("Page of the préfecture"),
        "no_slot_text": _("Sentence when nothing is free"),
        "windows": _("Hours"),
        "openings": _("When new appointments are said to go on line"),
        "choices": _("Choices"),
        "mode": _("Who looks at the page?"),
        "terms_read": _("Day on which you read the site’s conditions"),
        "automation": _("What do they say of programs (robots, automatic visits)?"),
        "confirmed": _("Day on which you found page and sentence right"),
        "attempts_per_day": _("Attempts a day"),
    }


def _wanted(form: Form, procedure: Procedure) -> dict[str, Value]:
    mode, automation = form.choice("mode", Mode), form.choice("automation", Automation)
    if mode is None or automation is None:
        raise UsageError(_("Nothing was chosen."), remedy=_("Choose one of the list."))
    page = clean_field(_("Page of the préfecture"), form.text("instructions_url"), clean_optional_address)
    wanted: dict[str, Value] = {
        "prefecture": clean_field(_("Name of the préfecture"), form.text("prefecture"), clean_line),
        "label": clean_field(_("What the appointment is for"), form.text("label"), clean_line),
        "instructions_url": page or None,
        "windows": clean_field(_("Hours"), form.text("windows"), clean_windows),
        "openings": tuple(line.strip() for line in form.text("openings").split("\n") if line.strip()),
        "choices": clean_field(_("Your choices"), form.text("choices"), clean_choices),
        "mode": mode.value,
        "terms_read": form.day("terms_read"),
        "automation": automation.value,
        "confirmed": form.day("confirmed"),
        "attempts_per_day": form.number("attempts_per_day", 1) if form.text("attempts_per_day") else None,
    }
    if procedure.platform == "generic":
        wanted["no_slot_text"] = form.text("no_slot_text") or None
    if procedure.confirmed is None:
        wanted["url"] = clean_field(_("Address"), form.text("url"), clean_address)
    return wanted


ROUTES = (
    Route("/procedures/{procedure}/edit", show_edit),
    Route("/procedures/{procedure}/edit", action(save), methods=["POST"]),
)
