"""Scripts of pages which try to send what nobody asked for; each try has an address of its own, to be found in the log.

A visitor that lets one of them through is caught by `ReplicaServer.requests`: every forbidden request carries the
word `interdit` in its address or its body.
"""

from types import MappingProxyType

from demo.scenario import Page

WORKER = "/assets/worker.js"
SERVICE_WORKER = "/assets/service-worker.js"
DOWNLOAD = "/telechargement/replique.pdf"

_POPUP = """
window.open('$slot?interdit=fenetre');
var lien = document.createElement('a');
lien.href = '$slot?interdit=lien'; lien.target = '_blank'; document.body.appendChild(lien); lien.click();
document.addEventListener('click', function () { window.open('$slot?interdit=clic'); });
"""

_SERVICE_WORKER = f"""
if (navigator.serviceWorker) {{
  var adresse = '{SERVICE_WORKER}?cible=' + encodeURIComponent('$slot?interdit=service');
  navigator.serviceWorker.register(adresse, {{scope: '/'}})
    .catch(function () {{}});
}}
"""

_SUBMIT = f"""
function silence(action) {{ try {{ action(); }} catch (erreur) {{ /* refused: what we hope for */ }} }}
function envoyer(adresse, methode) {{
  fetch(adresse, {{method: methode, body: 'nom=interdit'}}).catch(function () {{}});
}}
function formulaire(adresse, cible) {{
  var cadre = document.createElement('iframe');
  cadre.name = cible; cadre.hidden = true; document.body.appendChild(cadre);
  var f = document.createElement('form');
  f.method = 'post'; f.action = adresse; f.target = cible;
  f.innerHTML = '<input type="hidden" name="nom" value="interdit"><input type="hidden" name="condition" value="on">';
  document.body.appendChild(f); f.submit(); f.remove();
}}
silence(function () {{ formulaire('$entry', 'premier'); }});
silence(function () {{ formulaire('$slot?interdit=action', 'second'); }});
silence(function () {{ navigator.sendBeacon('$slot?interdit=balise', 'nom=interdit'); }});
silence(function () {{ envoyer('$slot?interdit=fetch', 'POST'); }});
silence(function () {{ envoyer('$entry?interdit=put', 'PUT'); }});
silence(function () {{ fetch('$slot?interdit=get').catch(function () {{}}); }});
silence(function () {{ new Image().src = '$slot?interdit=image'; }});
silence(function () {{ new WebSocket('ws://' + location.host + '$slot?interdit=websocket'); }});
silence(function () {{ new Worker('{WORKER}?cible=' + encodeURIComponent('$slot?interdit=worker')); }});
silence(function () {{ new SharedWorker('{WORKER}?cible=' + encodeURIComponent('$slot?interdit=partage')); }});
silence(function () {{
  var c = document.createElement('iframe');
  c.hidden = true; c.src = '$slot?interdit=cadre'; document.body.appendChild(c);
}});
window.addEventListener('pagehide', function () {{
  fetch('$slot?interdit=depart', {{method: 'POST', body: 'nom=interdit', keepalive: true}}).catch(function () {{}});
}});
"""

_TAMPER = """
document.querySelectorAll('form').forEach(function (f) {
  f.addEventListener('submit', function () {
    var champ = document.createElement('input');
    champ.type = 'hidden'; champ.name = 'nom'; champ.value = 'interdit';
    f.appendChild(champ);
  });
});
"""

_DIALOG = """
var compte = 0;
function parler() {
  compte += 1;
  if (compte % 3 === 0) { confirm('Voulez-vous vraiment continuer ? (' + compte + ')'); }
  else { alert('Message sans importance n° ' + compte); }
}
parler();
setInterval(parler, 50);
window.addEventListener('beforeunload', function (e) { e.preventDefault(); e.returnValue = 'Rester ?'; });
"""

_DOWNLOAD = f"""
var fichier = document.createElement('a');
fichier.href = '{DOWNLOAD}?interdit=fichier'; fichier.download = 'replique.pdf';
document.body.appendChild(fichier); fichier.click();
var cadre = document.createElement('iframe');
cadre.hidden = true; cadre.src = '{DOWNLOAD}?interdit=cadre'; document.body.appendChild(cadre);
"""

_FROZEN = "window.addEventListener('load', function () { setTimeout(function () { for (;;) { } }, 0); });"

_SCRIPTS = MappingProxyType(
    {
        Page.POPUP: _POPUP,
        Page.SERVICE_WORKER: _SERVICE_WORKER,
        Page.SCRIPT_SUBMIT: _SUBMIT,
        Page.SCRIPT_TAMPER: _TAMPER,
        Page.DIALOG: _DIALOG,
        Page.DOWNLOAD: _DOWNLOAD,
        Page.FROZEN: _FROZEN,
    }
)


def script(what: Page, *, entry: str, slot: str) -> str:
    """Return the script element that page `what` adds to an entry page: empty for a page that adds none."""
    source = _SCRIPTS.get(what, "").replace("$entry", entry).replace("$slot", slot)
    return f"<script>{source}</script>" if source else ""
