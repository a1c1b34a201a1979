"""The pages of RDV-Préfecture, drawn; `rdv_prefecture` decides which one is shown."""

import base64
import json
from datetime import date, timedelta
from html import escape

from demo import texts
from demo.exchange import Call
from demo.scenario import Page
from demo.sites.drawings import captcha_png
from demo.sites.french import long_date, short_date
from demo.sites.layout import document, page

_STEP_NAMES = (
    "Accueil",
    "Constituez votre dossier",
    texts.RP_CHOOSE,
    "Vos informations",
    "Confirmer le rendez-vous",
    "Rendez-vous confirmé",
)
_HOURS = ("09h30", "10h00", "14h15")

# The real pages carry a directive of that name: the error leaves the address bar, not the navigation.
MASK_URL_PARAMS = """<script>
history.replaceState(null, '', location.pathname);
</script>"""


def rp_page(call: Call, *, title: str, content: str, head: str = "") -> str:
    """Return a page of the national site."""
    service = "RDV-Préfecture — prise de rendez-vous en préfecture"
    body = f'<div id="q-app">{content}</div>'
    return page(call.procedure, title=title, service=service, content=body, head=head)


def stepper(number: int) -> str:
    """Return where the visitor stands among the six steps."""
    bars = "".join(f'<i class="{"done" if index < number else ""}"></i>' for index in range(len(_STEP_NAMES)))
    following = f"<small>Étape suivante : {_STEP_NAMES[number]}</small>" if number < len(_STEP_NAMES) else ""
    return (
        f'<div class="stepper"><p><span>Étape {number} sur {len(_STEP_NAMES)}</span> '
        f'<strong>{_STEP_NAMES[number - 1]}</strong></p><div class="bars">{bars}</div>{following}</div>'
    )


def session_alert(error: str) -> str:
    """Return the message of an ended session, or nothing."""
    if error != "errorSessionInvalide":
        return ""
    return '<div class="alert" role="alert"><p>Votre session a expiré. Veuillez recommencer votre démarche.</p></div>'


def captcha(call: Call, endpoint: str, error: str) -> str:
    """Return the captcha in the procedure's variant."""
    if call.procedure.captcha == "recaptcha":
        return (
            '<div class="captcha-frame"><div class="g-recaptcha" data-sitekey="replique-sans-cle"><iframe '
            'title="reCAPTCHA" src="/recaptcha/api2/anchor" width="304" height="78"></iframe></div></div>'
        )
    picture = _inline(call) if call.procedure.captcha == "inline" else _component(endpoint)
    wrong = (
        '<p id="text-input-captcha-desc-error" class="error-text">Le code de sécurité saisi est incorrect</p>'
        if error == "invalidCaptcha"
        else ""
    )
    return f"""<div class="captcha-frame"><h3>Vérification de sécurité</h3>
{picture}
<p><label for="captchaFormulaireExtInput">Veuillez recopier le code de sécurité :</label></p>
<p><input type="text" id="captchaFormulaireExtInput" name="captchaUsercode" autocomplete="off"></p>
{wrong}</div>"""


def _inline(call: Call) -> str:
    picture = base64.b64encode(captcha_png(call.captcha_code)).decode()
    return (
        f'<div class="captcha"><img src="data:image/png;base64,{picture}" width="200" height="70" '
        'alt="Code de sécurité"></div><p class="links"><span>Générer un nouveau captcha</span> '
        "<span>Énoncer le code du captcha</span></p>"
    )


def _component(endpoint: str) -> str:
    """Return the component of 2024; its picture comes by a request and is shown as `blob:`, as recorded."""
    return f"""<rdv-captchetat token="replique" captcha-style-name="captchaFR" endpoint-url="{endpoint}">
<div id="BDC_CaptchaComponent">
<div id="captchaFR_CaptchaImageDiv"><img id="captchaFR_CaptchaImage" width="200" height="70"
alt="Recopier le code de sécurité de l'image"></div>
<p class="links"><a id="captchaFR_ReloadLink" href="#">Générer un nouveau captcha</a>
<a id="captchaFR_SoundLink" href="#">Énoncer le code du captcha</a></p>
<input type="hidden" name="BDC_VCID_captchaFR" id="BDC_VCID_captchaFR" value="replique">
<input type="hidden" name="captchaId" value="replique">
</div></rdv-captchetat>
<script>
fetch('{endpoint}?get=image&c=captchaFR&t=replique').then(function (r) {{ return r.blob(); }}).then(function (b) {{
  document.getElementById('captchaFR_CaptchaImage').src = URL.createObjectURL(b);
}});
</script>"""


def slots_page(call: Call, what: Page, base: str) -> str:
    """Return `/creneau/` in the state `what`; its title says "choose" even when there is nothing to choose."""
    content = f"""<h1>{escape(call.procedure.label)}</h1>
{stepper(3)}
{_STATES.get(what, _none)(call, base)}
<p class="back"><a href="{base}/">Retour à l'accueil de la démarche</a></p>"""
    return rp_page(call, title=texts.RP_CHOOSE, content=content, head=_init_data(call, what))


def _init_data(call: Call, what: Page) -> str:
    calendar = what not in (Page.RP_NO_SLOT, Page.RP_NO_SLOT_ANNOUNCED)
    has_slots = what in (Page.RP_SLOTS, Page.RP_MOBILE_DAY, Page.RP_EMPTY_WEEK_NEXT)
    first = _first_day(call).isoformat() if has_slots else ""
    vue = {
        "critere": {"demarcheId": call.procedure.id, "datePremiereDispo": first},
        "isDisplayCalendar": calendar,
    }
    return f'<script id="vui-init-data" type="application/json">{json.dumps({"vueData": vue})}</script>'


def _none(_call: Call, _base: str) -> str:
    return f'<div class="callout"><h2>{texts.RP_NONE}</h2><p>{texts.RP_RETRY}</p></div>'


def _announced(call: Call, _base: str) -> str:
    today = call.local.date()
    next_monday = today + timedelta(days=7 - today.weekday())
    last_monday = next_monday - timedelta(days=7)
    return f"""<div class="callout"><h2>{texts.RP_NONE}</h2><p>{texts.RP_RETRY}</p>
<p>Prochaine mise en ligne de nouveaux rendez-vous : le {short_date(next_monday)} à 09:00<br>
pour des créneaux de la semaine du {short_date(next_monday + timedelta(days=14))}</p>
<p>Dernière mise en ligne de rendez-vous : le {short_date(last_monday)} à 09:00<br>
pour des créneaux de la semaine du {short_date(last_monday + timedelta(days=14))}</p></div>"""


def _end(call: Call, _base: str) -> str:
    return f"""<h2>{texts.RP_CHOOSE}</h2>{_week_bar(call)}
<div class="callout"><p>{texts.RP_END}<br/>{texts.RP_RETRY}</p></div>"""


def _empty_week(call: Call, _base: str) -> str:
    return f"""<h2>{texts.RP_CHOOSE}</h2>{_week_bar(call)}
<div class="callout"><p>{texts.RP_WEEK}</p></div>"""


def _empty_week_next(call: Call, base: str) -> str:
    button = (
        f'<p><button type="button" class="q-btn q-btn--standard bg-primary"><span>'
        f"Prochaine disponibilité le {short_date(_first_day(call))}</span></button></p>"
    )
    return _empty_week(call, base) + button


def _mobile_day(call: Call, base: str) -> str:
    first = _first_day(call)
    return f"""<h2>{texts.RP_CHOOSE}</h2>
<div class="q-expansion-item expanded"><p class="day">{long_date(first - timedelta(days=1))}</p>
<div>{texts.RP_NONE}</div></div>
<div class="q-expansion-item"><p class="day">{long_date(first)}</p>
<div class="collapsed" style="display:none">{_choices(call, base)}</div></div>"""


def _with_slots(call: Call, base: str) -> str:
    first = _first_day(call)
    return f"""<h2>{texts.RP_CHOOSE}</h2>{_week_bar(call)}
<p class="day">{long_date(first)}</p>
{_choices(call, base)}"""


def _choices(call: Call, base: str) -> str:
    seed = int(call.local.timestamp()) // 86_400
    items = "\n".join(
        f'<li class="radio-card"><input type="radio" name="trhId" id="trhId_{seed + index}" value="{seed + index}">'
        f'<label for="trhId_{seed + index}">{hour}</label></li>'
        for index, hour in enumerate(_HOURS)
    )
    return f"""<form method="post" action="{base}/creneau/"><ul class="radio-cards">
{items}
</ul><p><button type="button" class="q-btn q-btn--standard outline"><span>Voir plus de créneaux</span></button></p>
<p><button type="submit" class="q-btn q-btn--standard bg-primary" formaction="{base}/_choisirCreneau">
<span>Suivant</span></button></p></form>"""


def _first_day(call: Call) -> date:
    today = call.local.date()
    return today + timedelta(days=15 - today.weekday())


def _week_bar(call: Call) -> str:
    monday = _first_day(call) - timedelta(days=1)
    return (
        f'<p class="week-bar"><span>‹ Semaine précédente</span> <strong>Semaine du {short_date(monday)}</strong> '
        "<span>Semaine suivante ›</span></p>"
    )


def cloudflare_block() -> str:
    """Return the shield's refusal."""
    body = f"""<p class="replica-mark">{texts.MARK}</p>
<div id="cf-wrapper"><div id="cf-error-details"><h1>Sorry, you have been blocked</h1>
<h2>You are unable to access <span>rdv-prefecture (réplique)</span></h2>
<p>This website is using a security service to protect itself from online attacks. error 1020</p>
<p>Cloudflare Ray ID: <strong>8e1f2a3b4c5d6e7f</strong></p></div></div>"""
    return document(title="Attention Required! | Cloudflare", kind="shield", body=body)


def challenge() -> str:
    """Return the shield's challenge: a frame that nothing answers."""
    body = f"""<p class="replica-mark">{texts.MARK}</p>
<div id="cf-wrapper"><h1>rdv-prefecture (réplique)</h1><p>Vérification que vous êtes humain.</p>
<iframe title="Défi" src="/challenges.cloudflare.com/turnstile" width="304" height="78"></iframe></div>"""
    return document(title="Just a moment...", kind="shield", body=body)


_STATES = {
    Page.RP_NO_SLOT_ANNOUNCED: _announced,
    Page.RP_END_OF_CALENDAR: _end,
    Page.RP_EMPTY_WEEK: _empty_week,
    Page.RP_EMPTY_WEEK_NEXT: _empty_week_next,
    Page.RP_MOBILE_DAY: _mobile_day,
    Page.RP_SLOTS: _with_slots,
}
