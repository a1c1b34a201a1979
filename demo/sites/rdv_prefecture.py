"""RDV-Préfecture: landing, conditions with captcha, slots page in all its states, and the step past it."""

import re
from html import escape

from demo.exchange import Answer, Call, html, redirect
from demo.scenario import Page, Procedure
from demo.sites import drawings, failures, hostile
from demo.sites import rdv_prefecture_parts as parts
from demo.sites.layout import document, paragraphs

ADDRESS = re.compile(r"^/rdvpref/reservation/demarche/(?P<id>[0-9A-Za-z-]+)/(?P<rest>.*)$")
COOKIE = ("JSESSIONID", "/rdvpref")
CAPTCHA_ENDPOINT = "/rdvpref/simple-captcha-endpoint"

_CHANGED_TERM = "L'usage de tout programme automatique sur ce site est interdit."
_CAPTCHA_NEEDED = "{}/cgu/?error=errorSessionInvalide"


def entry(procedure: Procedure) -> str:
    """Return the entry address."""
    return f"/rdvpref/reservation/demarche/{procedure.id}/"


def answer(call: Call) -> Answer:
    """Return what the site answers to `call`."""
    if call.visit.page is Page.RP_CLOUDFLARE_BLOCK:
        return html(parts.cloudflare_block(), status=403, headers=(("CF-RAY", "8e1f2a3b4c5d6e7f-CDG"),))
    if call.visit.page is Page.RP_CHALLENGE:
        return html(parts.challenge(), status=403, headers=(("cf-mitigated", "challenge"),))
    handler = _STEPS.get(call.rest.rstrip("/"))
    return handler(call) if handler else html("<h1>404 Not Found</h1>", status=404)


def captcha_image(code: str) -> Answer:
    """Return the captcha's picture, as the national captcha service would."""
    return Answer(body=drawings.captcha_png(code), media_type="image/png", headers=(("Cache-Control", "no-store"),))


def _base(call: Call) -> str:
    return entry(call.procedure).rstrip("/")


def _landing(call: Call) -> Answer:
    content = f"""<h1>{escape(call.procedure.label)}</h1>
{parts.stepper(1)}
<h2>Que souhaitez-vous faire ?</h2>
<p><a class="q-btn q-btn--standard bg-primary" href="{_base(call)}/cgu/"><span>Prendre un rendez-vous</span></a></p>
<p><a class="q-btn q-btn--standard outline" href="/rdvpref/login/"><span>Gérer mes rendez-vous</span></a></p>
<p>La prise de rendez-vous est gratuite.</p>"""
    script = hostile.script(call.visit.page, entry=f"{_base(call)}/", slot=f"{_base(call)}/vosinfos/")
    return html(parts.rp_page(call, title="Accueil", content=content + script))


def _conditions(call: Call) -> Answer:
    procedure = call.procedure
    terms = procedure.terms + (f"\n{_CHANGED_TERM}" if call.visit.page is Page.CHANGED_TERMS else "")
    error = call.query.get("error", "")
    content = f"""<h1>{escape(procedure.label)}</h1>
{parts.stepper(2)}
{parts.session_alert(error)}
<form method="post" action="{_base(call)}/cgu/">
<div class="conditions"><h3>Conditions d'utilisation</h3>
{paragraphs(terms)}
</div>
{parts.captcha(call, CAPTCHA_ENDPOINT, error)}
<p><button type="submit" class="q-btn q-btn--standard bg-primary" formaction="{_base(call)}/_validerCaptcha">
<span>Suivant</span></button></p>
</form>
{parts.MASK_URL_PARAMS if error else ""}"""
    return html(parts.rp_page(call, title=f"{procedure.label} / Constituez votre dossier", content=content))


def _check_captcha(call: Call) -> Answer:
    if call.method != "POST":
        return redirect(f"{_base(call)}/cgu/")
    typed = call.fields.get("captchaUsercode", "").strip().upper()
    call.visit.captcha_passed = typed == call.captcha_code.upper()
    if not call.visit.captcha_passed:
        return redirect(f"{_base(call)}/cgu/?error=invalidCaptcha")
    return redirect(f"{_base(call)}/creneau/")


def _slots(call: Call) -> Answer:
    what = call.result()
    if not call.visit.captcha_passed or what is Page.RP_SESSION_EXPIRED:
        return redirect(_CAPTCHA_NEEDED.format(_base(call)))
    if (failed := failures.answer(call, what)) is not None:
        return failed
    return html(parts.slots_page(call, what, _base(call)))


def _choose_slot(call: Call) -> Answer:
    if not call.visit.captcha_passed:
        return redirect(_CAPTCHA_NEEDED.format(_base(call)))
    if "trhId" not in call.fields:
        return redirect(f"{_base(call)}/creneau/")
    return redirect(f"{_base(call)}/vosinfos/")


def _person(call: Call) -> Answer:
    content = f"""<h1>{escape(call.procedure.label)}</h1>
{parts.stepper(4)}
<form method="post" action="{_base(call)}/confirmation/">
<p><label for="nom">Nom</label> <input id="nom" name="nom"></p>
<p><label for="courriel">Adresse électronique</label> <input id="courriel" name="courriel" type="email"></p>
<p><button type="submit" class="q-btn q-btn--standard bg-primary"><span>Suivant</span></button></p>
</form>"""
    return html(parts.rp_page(call, title="Vos informations", content=content))


def _confirmation(call: Call) -> Answer:
    content = f"{parts.stepper(5)}<p>Rien n'a été réservé : ce site est une réplique.</p>"
    return html(parts.rp_page(call, title="Confirmer le rendez-vous", content=content))


def frame(title: str) -> Answer:
    """Return what stands in the frame of an outside captcha or challenge: a box that nothing answers."""
    box = f'<p class="robot-box"><span class="box"></span> {escape(title)}</p>'
    return html(document(title=title, kind="frame", body=box))


_STEPS = {
    "": _landing,
    "cgu": _conditions,
    "_validerCaptcha": _check_captcha,
    "creneau": _slots,
    "_choisirCreneau": _choose_slot,
    "vosinfos": _person,
    "confirmation": _confirmation,
}
