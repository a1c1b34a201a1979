"""The pages of EZBooking, drawn; `ezbooking` decides which one is shown."""

from datetime import datetime, timedelta
from html import escape

from demo import texts
from demo.exchange import Call
from demo.scenario import Page, Procedure
from demo.sites.french import day_name, short_date
from demo.sites.layout import document, page

# Label and number of each picture `etape_N.png`: the number follows the step of the address, since programs take
# `etape_3r` and `etape_4r` (current step) for availability.
_ARROWS = (
    (1, "Prise de RDV"),
    (3, "Descriptif"),
    (4, "Choix d'une plage"),
    (6, "Contrôle de sécurité"),
    (8, "Coordonnées personnelles"),
    (9, "Valider et terminer"),
)
_HOURS = ("09:00", "09:30", "10:00", "10:30", "14:00", "14:30", "15:00")
_WEEK_DAYS = 7
_OPEN_DAYS = 5


def step_page(procedure: Procedure, *, title: str, content: str, current: int = 0) -> str:
    """Return one step in the site's frame; inside an iframe it has no header of its own."""
    if procedure.iframe:
        inner = f'<main><div id="inner_Booking" class="content">{content}</div></main>'
        inner += f'<p class="replica-mark">{texts.MARK}</p>'
        return document(title=title, body=inner, kind="ezbooking framed")
    return page(
        procedure,
        title=f"{title} - {procedure.prefecture}",
        service="Prise de rendez-vous en ligne",
        content=content,
        content_id="inner_Booking",
        aside=_arrows(current) if current else '<div class="no-steps"></div>',
    )


def wrapper(procedure: Procedure) -> str:
    """Return the page of another site that holds the booking in a frame."""
    content = (
        f"<h1>{escape(procedure.label)}</h1><p>La prise de rendez-vous se fait ci-dessous.</p>"
        f'<div id="cnsw"><iframe title="Prise de rendez-vous" src="/booking/create/{procedure.id}/0"></iframe></div>'
    )
    return page(procedure, title=procedure.label, service="Prise de rendez-vous en ligne", content=content)


def errors(text: str) -> str:
    """Return the site's list of errors, or nothing."""
    return f'<ul class="error"><li>{escape(text)}</li></ul>' if text else ""


def recaptcha() -> str:
    """Return the place of Google's captcha, filled by a page of our own."""
    return (
        '<div class="g-recaptcha" data-sitekey="replique-sans-cle">'
        '<iframe title="reCAPTCHA" src="/recaptcha/api2/anchor" width="304" height="78"></iframe></div>'
    )


def none_left() -> str:
    """Return the inside of the result's form: the sentence is its only text."""
    return f'{texts.EZ_NO_SLOT}\n<input type="submit" class="Bbutton" name="finishButton" value="Terminer">'


def choices_page(procedure: Procedure, plannings: tuple[tuple[str, str], ...], error: str) -> str:
    """Return the choice of what to do."""
    lines = "\n".join(
        f'<p class="Bligne"><input type="radio" class="radio" name="planning" id="planning{escape(key)}" '
        f'value="{escape(key)}"><label for="planning{escape(key)}">{escape(label)}</label></p>'
        for key, label in plannings
    )
    content = f"""<h2>{texts.EZ_CHOICES_TITLE}</h2>
{errors(error)}
<form id="FormBookingCreate" name="create" method="post" action="/booking/create/{procedure.id}/1">
<fieldset id="fchoix_Booking"><legend>{texts.EZ_CHOICES_LEGEND}</legend>
{lines}
</fieldset>
<div id="submit_Booking"><input type="submit" class="Bbutton" name="nextButton" value="{texts.EZ_NEXT}"></div>
</form>"""
    return step_page(procedure, title=texts.EZ_CHOICES_TITLE, content=content, current=1)


def result_page(call: Call, what: Page) -> str:
    """Return the step that says whether anything is left."""
    procedure = call.procedure
    inner = {
        Page.NO_SLOT_LATE: '<p class="spinner" aria-busy="true"></p>',
        Page.NO_CALENDAR: errors(texts.EZ_NO_CALENDAR),
        Page.HELP_QUOTES_SENTENCE: _quoting(),
    }.get(what, none_left())
    after = _help() if what is Page.HELP_QUOTES_SENTENCE else ""
    content = f"""<h2>{texts.EZ_RESULT_TITLE}</h2>
<form id="FormBookingCreate" name="create" method="post" action="/booking/create/{procedure.id}/2">
{inner}
</form>{after}{_loader(call, what)}"""
    return step_page(procedure, title=texts.EZ_RESULT_TITLE, content=content, current=1)


def _loader(call: Call, what: Page) -> str:
    if what is not Page.NO_SLOT_LATE:
        return ""
    planning = call.visit.planning or call.procedure.id
    address = f"/ezjscore/call/bookingserver::planning::assign::{call.procedure.id}::{planning}::0"
    return f"""<script>
var demande = new XMLHttpRequest();
demande.open('GET', '{address}');
demande.onload = function () {{
  document.getElementById('FormBookingCreate').innerHTML = JSON.parse(demande.responseText).content;
}};
demande.send();
</script>"""


def _quoting() -> str:
    return (
        f'<p>Votre demande est en cours de vérification.</p><p style="display:none">{texts.EZ_NO_SLOT}</p>'
        '<input type="submit" class="Bbutton" name="nextButton" value="Actualiser">'
    )


def _help() -> str:
    return (
        '<div class="help"><h3>Aide</h3><p>Si le site affiche le message '
        f"« {texts.EZ_NO_SLOT} », revenez un autre jour : des rendez-vous sont ajoutés régulièrement.</p></div>"
    )


def description_page(call: Call) -> str:
    """Return the step that is only shown when something is left."""
    procedure = call.procedure
    content = f"""<h2>{texts.EZ_DESCRIPTION_TITLE}</h2>
<form id="FormBookingCreate" name="create" method="post" action="/booking/create/{procedure.id}/3">
<fieldset><legend>{escape(procedure.label)}</legend>
<p>Durée du rendez-vous : 30 minutes. Munissez-vous de votre passeport et des pièces de la liste.</p></fieldset>
<div id="submit_Booking"><input type="submit" class="Bbutton" name="nextButton" value="{texts.EZ_NEXT}"></div>
</form>"""
    return step_page(procedure, title=texts.EZ_DESCRIPTION_TITLE, content=content, current=3)


def slot_link(call: Call, index: int, planning: str = "") -> str:
    """Return the address of a slot, its Unix time last."""
    moment = _monday(call.local) + timedelta(days=index % 5, hours=9)
    key = planning or call.visit.planning or call.procedure.id
    return f"/booking/create/{call.procedure.id}/5/{key}/{int(moment.timestamp())}"


def week_page(call: Call, *, free: bool) -> str:
    """Return the week table; its legend holds one more "libre" than there are free cells."""
    monday = _monday(call.local)
    days = [monday + timedelta(days=offset) for offset in range(_WEEK_DAYS)]
    head = "".join(f"<th>{day_name(day)}<br>{short_date(day)}</th>" for day in days)
    rows = "\n".join(
        "<tr>" + "".join(_cell(call, row, column, free=free) for column in range(_WEEK_DAYS)) + "</tr>"
        for row in range(len(_HOURS))
    )
    content = f"""<h2>{texts.EZ_WEEK_TITLE}</h2>
<form id="FormBookingCreate" name="create" method="post" action="/booking/create/{call.procedure.id}/4">
<p><input type="submit" class="Bbutton" name="firstButton" value="{texts.EZ_FIRST_FREE}"></p>
<div id="planning_Booking"><table>
<thead><tr><th colspan="7">Semaine du {short_date(days[0])} au {short_date(days[-1])}</th></tr><tr>{head}</tr></thead>
<tbody>
{rows}
</tbody></table>
<p class="legend">Légende : <span class="status-1">libre</span> <span class="status-2">complet</span></p></div>
</form>"""
    return step_page(call.procedure, title=texts.EZ_WEEK_TITLE, content=content, current=4)


def _cell(call: Call, row: int, column: int, *, free: bool) -> str:
    if column >= _OPEN_DAYS:
        return '<td class="status-0"></td>'
    if free and (row, column) in {(1, 1), (2, 3), (5, 3)}:
        link = slot_link(call, column)
        return f'<td class="status-1 free">{_HOURS[row]} <a href="{link}">libre</a></td>'
    return f'<td class="status-2">{_HOURS[row]} <span>complet</span></td>'


def security_page(call: Call) -> str:
    """Return the captcha that stands between a slot and the personal data."""
    content = f"""<h2>{texts.EZ_CAPTCHA_TITLE}</h2>
<form id="FormBookingCreate" name="create" method="post" action="/booking/create/{call.procedure.id}/6">
{recaptcha()}
<div id="submit_Booking"><input type="submit" class="Bbutton" name="nextButton" value="{texts.EZ_NEXT}"></div>
</form>"""
    return step_page(call.procedure, title=texts.EZ_CAPTCHA_TITLE, content=content, current=6)


def person_page(call: Call) -> str:
    """Return the step past availability: personal data."""
    content = f"""<h2>{texts.EZ_PERSON_TITLE}</h2>
<p class="warning">Vous disposez de 20 minutes pour confirmer votre rendez-vous.</p>
<form id="FormBookingCreate" name="create" method="post" action="/booking/create/{call.procedure.id}/8">
<p class="Bligne"><label for="lastname">Nom</label> <input id="lastname" name="lastname"></p>
<p class="Bligne"><label for="firstname">Prénom</label> <input id="firstname" name="firstname"></p>
<p class="Bligne"><label for="email">Adresse électronique</label> <input id="email" name="email" type="email"></p>
<div id="submit_Booking"><input type="submit" class="Bbutton" name="nextButton" value="{texts.EZ_FINISH}"></div>
</form>"""
    return step_page(call.procedure, title=texts.EZ_PERSON_TITLE, content=content, current=8)


def _arrows(current: int) -> str:
    items = "".join(
        f'<span class="step{" current" if number == current else ""}">'
        f'<img src="/extension/booking/images/etape_{number}{"r" if number == current else ""}.png" alt="">'
        f"<em>{label}</em></span>"
        for number, label in _ARROWS
    )
    return f'<div class="steps">{items}</div>'


def _monday(local: datetime) -> datetime:
    """Return the midnight that begins the week after next: slots are never for tomorrow."""
    monday = local + timedelta(days=14 - local.weekday())
    return monday.replace(hour=0, minute=0, second=0, microsecond=0)
