"""EZBooking, the departmental sites' booking: conditions, choice, result, week table, and what lies past it.

Steps are the address's last number, as recorded: 0 conditions, 1 choice, 2 result, 3 description, 4 week, 5 slot
link, 6 security check, 8 personal data. 9 is ours: the end, so that a human's own booking can be followed.
"""

import re
from html import escape

from demo import texts
from demo.exchange import Answer, Call, data, html, redirect
from demo.scenario import Page, Procedure
from demo.sites import ezbooking_parts as parts
from demo.sites import failures, hostile
from demo.sites.layout import paragraphs

ADDRESS = re.compile(r"^(?:/index\.php)?/booking/create/(?P<id>[0-9A-Za-z-]+)(?:/(?P<rest>.*))?$")
AJAX = re.compile(
    r"^/ezjscore/call/bookingserver::planning::assign::(?P<id>[0-9A-Za-z-]+)::(?P<rest>[0-9A-Za-z-]+::\d+)$"
)
COOKIE = ("eZSESSID", "/")

_CHANGED_TERM = (
    "À compter de ce jour, l'usage de tout programme automatique pour consulter les disponibilités est interdit."
)
_DEFAULT_PLANNINGS = (("20678", "Guichet 21"), ("20682", "Calendrier - guichets 1, 2, 3 et 4"))


def entry(procedure: Procedure) -> str:
    """Return the entry address."""
    return f"/booking/create/{procedure.id}"


def answer(call: Call) -> Answer:
    """Return what the site answers to `call`."""
    rest = call.rest.rstrip("/")
    if "::" in rest:
        return _late_result(call)
    if rest.startswith("5/"):
        return redirect(f"{entry(call.procedure)}/6")
    handler = _STEPS.get(rest)
    return handler(call) if handler else html("<h1>404 Not Found</h1>", status=404)


def _conditions(call: Call) -> Answer:
    if call.method == "POST":
        return _accept(call)
    if call.procedure.iframe and call.rest.rstrip("/") == "":
        return html(parts.wrapper(call.procedure))
    if call.visit.page is Page.CLOSED_LINK:
        closed = f'<p class="closed">{texts.EZ_CLOSED}</p>'
        return html(parts.step_page(call.procedure, title="Prise de rendez-vous", content=closed))
    return html(_conditions_page(call))


def _conditions_page(call: Call, error: str = "") -> str:
    procedure, what = call.procedure, call.visit.page
    terms = procedure.terms + (f"\n{_CHANGED_TERM}" if what is Page.CHANGED_TERMS else "")
    content = f"""<h2>{escape(procedure.label)}</h2>
<p class="warning">{texts.EZ_FREE}</p>
{parts.errors(error)}
<form id="FormBookingCreate" name="create" method="post" action="{entry(procedure)}/0">
<fieldset class="conditions"><legend>Conditions d'utilisation</legend>
{paragraphs(terms)}
</fieldset>
<p class="Bligne"><input type="checkbox" id="condition" name="condition" title="{texts.EZ_BOX_TITLE}">
<label for="condition">{texts.EZ_BOX_LABEL}</label></p>
{parts.recaptcha() if what is Page.CAPTCHA_AT_ENTRY else ""}
<div id="submit_Booking">
<input type="submit" class="Bbutton" name="nextButton" value="{texts.EZ_START}">
<input type="submit" class="Bbutton secondary" name="manageButton" value="{texts.EZ_MANAGE}">
</div></form>"""
    script = hostile.script(what, entry=f"{entry(procedure)}/0", slot=parts.slot_link(call, 0))
    return parts.step_page(procedure, title=procedure.label, content=content + script, current=1)


def _accept(call: Call) -> Answer:
    if "manageButton" in call.fields:
        return redirect(f"/booking/manage/{call.procedure.id}")
    if call.fields.get("condition") != "on":
        return html(_conditions_page(call, "Vous devez accepter les conditions d'utilisation."))
    call.visit.accepted = True
    if call.visit.page is Page.REDIRECT_TO_SLOT:
        return redirect(parts.slot_link(call, 0))
    if _plannings(call):
        return redirect(f"{entry(call.procedure)}/1")
    return _to_result(call)


def _plannings(call: Call) -> tuple[tuple[str, str], ...]:
    if call.procedure.plannings or call.visit.page is not Page.BACK_ON_CHOICES:
        return call.procedure.plannings
    return _DEFAULT_PLANNINGS


def _choices(call: Call) -> Answer:
    plannings = _plannings(call)
    if not plannings:
        return _result(call)
    if call.method != "POST":
        error = "Une erreur est survenue lors du traitement de votre demande." if call.visit.sent_back else ""
        return html(parts.choices_page(call.procedure, plannings, error))
    chosen = call.fields.get("planning", "")
    if chosen not in {planning for planning, _ in plannings}:
        error = "Veuillez sélectionner la nature de votre rendez-vous."
        return html(parts.choices_page(call.procedure, plannings, error))
    call.visit.planning, call.visit.accepted = chosen, True
    if call.result() is Page.BACK_ON_CHOICES:
        call.visit.sent_back = True
        return redirect(f"{entry(call.procedure)}/1")
    return _to_result(call)


def _to_result(call: Call) -> Answer:
    if call.result() in (Page.SLOTS, Page.WEEK_FULL):
        return redirect(f"{entry(call.procedure)}/3")
    if call.procedure.result_step == 1 and call.rest.startswith("1"):
        return _result(call)
    return redirect(f"{entry(call.procedure)}/{call.procedure.result_step}")


def _result(call: Call) -> Answer:
    if not call.visit.accepted:
        return redirect(f"{entry(call.procedure)}/0")
    what = call.result()
    if (failed := failures.answer(call, what)) is not None:
        return failed
    if what in (Page.SLOTS, Page.WEEK_FULL):
        return redirect(f"{entry(call.procedure)}/3")
    return html(parts.result_page(call, what))


def _late_result(call: Call) -> Answer:
    content = parts.none_left()
    return data({"error_text": "", "content": content}, delay_seconds=call.procedure.late_seconds)


def _description(call: Call) -> Answer:
    if call.method == "POST":
        return redirect(f"{entry(call.procedure)}/4")
    return html(parts.description_page(call))


def _week(call: Call) -> Answer:
    return html(parts.week_page(call, free=call.result() is not Page.WEEK_FULL))


def _security(call: Call) -> Answer:
    if call.method == "POST":
        return redirect(f"{entry(call.procedure)}/8")
    return html(parts.security_page(call))


def _person(call: Call) -> Answer:
    if call.method == "POST":
        return redirect(f"{entry(call.procedure)}/9")
    return html(parts.person_page(call))


def _end(call: Call) -> Answer:
    content = "<h2>Demande enregistrée</h2><p>Rien n'a été réservé : ce site est une réplique.</p>"
    return html(parts.step_page(call.procedure, title="Fin", content=content, current=9))


_STEPS = {
    "": _conditions,
    "0": _conditions,
    "1": _choices,
    "2": _result,
    "3": _description,
    "4": _week,
    "6": _security,
    "8": _person,
    "9": _end,
}
