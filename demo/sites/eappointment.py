"""eAppointment: a postcode, motives, and an answer in the browser's own `alert()`."""

import json
import re
from html import escape

from demo import texts
from demo.exchange import Answer, Call, html
from demo.scenario import Page, Procedure
from demo.sites import failures, hostile
from demo.sites.layout import page

ADDRESS = re.compile(r"^/eAppointmentpref(?P<id>[0-9A-Za-z-]+)/(?P<rest>.*)$")
COOKIE = ("JSESSIONID", "/")
_MOTIVE_CALL = "dwr/call/plaincall/AjaxMotive.motiveMultiSiteSubmit.dwr"

_ENTRY_SCRIPT = """<script>
function coin() {
  if (/^[0-9]{5}$/.test(document.getElementById('CPId').value)) { location.href = '$next'; }
}
</script>"""

_MOTIVE_SCRIPT = """<script>
document.getElementById('nextButtonId').onclick = function () {
  var choisis = Array.from(document.querySelectorAll('input[name=selectedMotiveKeyList]:checked'));
  if (!choisis.length) { return; }
  var demande = new XMLHttpRequest();
  demande.open('POST', '$call');
  demande.setRequestHeader('Content-Type', 'text/plain');
  demande.onload = function () { (0, eval)(demande.responseText); };
  demande.send('callCount=1\\nc0-scriptName=AjaxMotive\\nc0-methodName=motiveMultiSiteSubmit\\nc0-param0=string:' +
    choisis.map(function (c) { return c.value; }).join(','));
};
</script>"""


def entry(procedure: Procedure) -> str:
    """Return the entry address."""
    return f"/eAppointmentpref{procedure.id}/element/jsp/specific/pref{procedure.id}.jsp"


def answer(call: Call) -> Answer:
    """Return what the site answers to `call`."""
    if call.rest == _MOTIVE_CALL:
        return _motive_answer(call)
    if call.rest == f"element/jsp/specific/pref{call.procedure.id}.jsp":
        return html(_postcode(call))
    draw = _PAGES.get(call.rest)
    return html(draw(call)) if draw else html("<h1>404 Not Found</h1>", status=404)


def _base(call: Call) -> str:
    return f"/eAppointmentpref{call.procedure.id}"


def _eapp_page(call: Call, content: str) -> str:
    return page(call.procedure, title="eAppointment", service="Prise de rendez-vous", content=content)


def _postcode(call: Call) -> str:
    script = _ENTRY_SCRIPT.replace("$next", f"{_base(call)}/element/jsp/appointment.jsp")
    bad = hostile.script(
        call.visit.page, entry=entry(call.procedure), slot=f"{_base(call)}/element/jsp/informations.jsp"
    )
    return _eapp_page(
        call,
        f"""<h1>1/4 : Votre code postal</h1>
<form class="form-horizontal" action="javascript:coin()">
<p><label for="CPId">Code postal</label> <input id="CPId" name="CP" maxlength="5" inputmode="numeric"></p>
<p><button type="submit" class="btn btn-primary">Continuer</button></p></form>{script}{bad}""",
    )


def _motives(call: Call) -> str:
    script = _MOTIVE_SCRIPT.replace("$call", f"{_base(call)}/{_MOTIVE_CALL}")
    return _eapp_page(
        call,
        f"""<h1>2/4 : Motif du rendez-vous</h1>
<div id="pane3">
<p><input type="checkbox" id="motif1" name="selectedMotiveKeyList" value="1">
<label for="motif1">{escape(call.procedure.label)}</label></p>
<p><input type="checkbox" id="motif2" name="selectedMotiveKeyList" value="2">
<label for="motif2">Retrait de titre de séjour</label></p></div>
<p><button type="button" id="nextButtonId" class="btn btn-primary">Suivant</button></p>{script}""",
    )


def _motive_answer(call: Call) -> Answer:
    what = call.result()
    if (failed := failures.answer(call, what)) is not None:
        return failed
    if what is Page.EAPP_SLOTS:
        source = f"location.href = {json.dumps(_base(call) + '/element/jsp/lieu.jsp')};"
    else:
        source = f"alert({json.dumps(texts.EAPP_NONE, ensure_ascii=False)});"
    return Answer(body=source.encode(), media_type="text/javascript; charset=utf-8")


def _hours(call: Call) -> str:
    days = "".join(
        f'<td class="availabilityColumn{day}"><a class="ui-state-default" href="#">{day}</a></td>'
        for day in range(8, 13)
    )
    return _eapp_page(
        call,
        f"""<h1>3/4 : Lieu, date et heure</h1>
<table class="ui-datepicker"><tr>{days}</tr></table>
<p><label for="hourValueSelect">Heure</label>
<select id="hourValueSelect"><option>09:00</option><option>09:30</option></select></p>
<p><a class="btn btn-primary" href="{_base(call)}/element/jsp/informations.jsp">Suivant</a></p>""",
    )


def _person(call: Call) -> str:
    return _eapp_page(
        call,
        """<h1>4/4 : informations personnelles</h1>
<p><label for="nom">Nom</label> <input id="nom" name="nom"></p>
<p><label for="imgc">Recopiez les chiffres</label> <input id="imgc" name="imgc"></p>""",
    )


_PAGES = {
    "element/jsp/appointment.jsp": _motives,
    "element/jsp/lieu.jsp": _hours,
    "element/jsp/informations.jsp": _person,
}
