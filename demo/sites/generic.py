"""A page of any site, whose sentence the user gives; and the préfecture's page that imposes online booking."""

import re
from html import escape

from demo.exchange import Answer, Call, html
from demo.scenario import Page, Procedure
from demo.sites import failures, hostile
from demo.sites.layout import page

ADDRESS = re.compile(r"^/page/(?P<id>[0-9A-Za-z-]+)(?:/(?P<rest>.*))?$")
COOKIE = ("PHPSESSID", "/")


def entry(procedure: Procedure) -> str:
    """Return the entry address."""
    return f"/page/{procedure.id}"


def answer(call: Call) -> Answer:
    """Return what the site answers to `call`."""
    what = call.result()
    if (failed := failures.answer(call, what)) is not None:
        return failed
    if call.rest.rstrip("/") == "reserver":
        return html(_generic_page(call, "<h1>Vos informations</h1><p>Étape suivante de la réservation.</p>"))
    if what is Page.GENERIC_SLOTS:
        state = f'<p class="callout"><a href="{entry(call.procedure)}/reserver">Réserver le premier créneau</a></p>'
    else:
        state = f'<p class="callout" id="etat">{escape(call.procedure.sentence)}</p>'
    script = hostile.script(call.visit.page, entry=entry(call.procedure), slot=f"{entry(call.procedure)}/reserver")
    return html(_generic_page(call, f"<h1>{escape(call.procedure.label)}</h1>{state}{script}"))


def _generic_page(call: Call, content: str) -> str:
    return page(call.procedure, title=call.procedure.label, service="Rendez-vous", content=content)


def instructions(procedure: Procedure, address: str) -> Answer:
    """Return the public page which says that the appointment is only given online, with the link to `address`."""
    label = escape(procedure.label)
    content = f"""<p class="trail"><a href="/">Accueil</a> &gt; Démarches administratives &gt; Étrangers en France &gt;
{label}</p>
<h1>{label}</h1>
<p class="updated">Page mise à jour le 1er septembre 2026</p>
<div class="callout"><p><strong>La demande se dépose au guichet, exclusivement sur rendez-vous. Le rendez-vous se prend
uniquement en ligne, sur le présent site.</strong></p>
<p>Aucun rendez-vous n'est donné au guichet, par téléphone, par courriel ou par courrier. Les personnes qui se
présentent sans rendez-vous ne sont pas reçues ; les dossiers envoyés par courrier sont retournés sans examen.</p></div>
<h2>Prendre rendez-vous</h2>
<p><a class="q-btn bg-primary" href="{escape(address)}">Accéder à la prise de rendez-vous en ligne</a></p>
<p>De nouveaux rendez-vous sont mis en ligne régulièrement. Si aucune plage horaire n'est proposée, renouvelez votre
recherche ultérieurement.</p>
<h2>Pièces à présenter le jour du rendez-vous</h2>
<p>Passeport ou justificatif d'identité ; justificatif de domicile de moins de six mois ; trois photographies
d'identité.</p>"""
    return html(page(procedure, title=f"{procedure.label} - démarche", service="Étrangers en France", content=content))


def index(procedures: tuple[Procedure, ...]) -> Answer:
    """Return the home page of the site, with a link to each procedure's page."""
    links = "".join(f'<li><a href="/instructions/{p.id}">{escape(p.label)}</a></li>' for p in procedures)
    content = f"<h1>Démarches administratives</h1><ul>{links}</ul>"
    first = Procedure(platform="generic", id="accueil", pages=(Page.GENERIC_NO_SLOT,))
    return html(page(first, title="Accueil", service="Services de l'État en ligne (réplique)", content=content))
