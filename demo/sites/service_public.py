"""RDV Service Public: one anonymous page, without conditions nor captcha."""

from datetime import timedelta
from html import escape

from demo import texts
from demo.exchange import Answer, Call, data, html
from demo.scenario import Page, Procedure
from demo.sites import failures, hostile
from demo.sites.french import long_date
from demo.sites.layout import page

PATH = "/prendre_rdv"
WIZARD = "/users/rdv_wizard_step/new"
COOKIE = ("_lapin_session_id", "/")
TOO_MANY = 429


def entry(procedure: Procedure) -> str:
    """Return the entry address."""
    return (
        f"{PATH}?departement=94&motif_name_with_location_type=titre-de-sejour-public_office"
        f"&public_link_organisation_id={procedure.id}"
    )


def answer(call: Call) -> Answer:
    """Return what the site answers to `call`."""
    if call.rest == WIZARD:
        return html(_rsp_page(call, "<h1>Vos informations</h1><p>Connectez-vous pour prendre rendez-vous.</p>"))
    what = call.result()
    if (failed := failures.answer(call, what)) is not None:
        return failed
    if what is Page.RSP_API_LIMIT:
        return data({"errors": [texts.RSP_LIMIT]}, status=TOO_MANY)
    if what is Page.RSP_MAINTENANCE:
        content = "<h1>Service indisponible</h1><p>Le service est momentanément indisponible.</p>"
        return html(_rsp_page(call, content, title=texts.RSP_DOWN), status=503)
    script = hostile.script(call.visit.page, entry=entry(call.procedure).replace("?", "?x=1&"), slot=WIZARD)
    return html(_rsp_page(call, _search(call, what) + script))


def _rsp_page(call: Call, content: str, *, title: str = "Prendre rendez-vous - RDV Service Public") -> str:
    return page(call.procedure, title=title, service="RDV Service Public (réplique)", content=content)


def _search(call: Call, what: Page) -> str:
    state = _STATES.get(what, _none)(call)
    return f"""<h1>Prenez rendez-vous en ligne</h1>
<p class="motif">Motif : <strong>{escape(call.procedure.label)}</strong></p>
{state}"""


def _card(*lines: str) -> str:
    first, rest = lines[0], "".join(f"<p>{line}</p>" for line in lines[1:])
    return f'<div class="card"><div class="card-body"><div class="rdv-font-weight-700">{first}</div>{rest}</div></div>'


def _none(_call: Call) -> str:
    return _card(texts.RSP_NONE)


def _invitation(_call: Call) -> str:
    return _card(texts.RSP_INVITATION, texts.RSP_SORRY)


def _referent(_call: Call) -> str:
    return _card(f"{texts.RSP_REFERENT} Veuillez réessayer plus tard.")


def _slots(call: Call) -> str:
    day = call.local.date() + timedelta(days=12)
    links = "".join(
        f'<li><a class="btn btn-light" aria-label="Choisir le créneau de {hour}" '
        f'href="{WIZARD}?public_link_organisation_id={call.procedure.id}&starts_at={day}+{hour}">{hour}</a></li>'
        for hour in ("09:00", "09:40", "11:20")
    )
    return f'<h2>{texts.RSP_CHOOSE}</h2><p class="day">{long_date(day)}</p><ul class="slot-list">{links}</ul>'


def _next(call: Call) -> str:
    day = call.local.date() + timedelta(days=19)
    button = f'<a class="btn btn-primary" href="#">Prochaine disponibilité le {long_date(day)}</a>'
    return f'<h2>{texts.RSP_CHOOSE}</h2><div class="calendar"><div class="overlay">{button}</div></div>'


def _closed_date(call: Call) -> str:
    day = call.local.date() + timedelta(days=5)
    return f"""<h2>{texts.RSP_CHOOSE}</h2><p class="day">{long_date(day)}</p>
<div class="calendar"><p>{texts.RSP_CLOSED_DATE}</p></div>"""


_STATES = {
    Page.RSP_SLOTS: _slots,
    Page.RSP_NEXT_AVAILABILITY: _next,
    Page.RSP_DATE_CLOSED: _closed_date,
    Page.RSP_INVITATION_NO_SLOT: _invitation,
    Page.RSP_REFERENT_NO_SLOT: _referent,
}
