"""The page around every replica: header, footer, the mark that it is one, cookie banners.

The structure keeps the two recorded ways to the booking form: `/html/body/main/div/div/div/div[2]/form` (2023 on)
and `/html/body/div[1]/div[2]/div[3]/div/div/form` (before).
"""

from html import escape
from string import Template

from demo.scenario import Procedure
from demo.texts import MARK

STYLESHEET = "/assets/replica.css"

_DOCUMENT = Template("""<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>$title</title>
<link rel="stylesheet" href="$stylesheet">
$head
</head>
<body class="$kind">
$body
</body>
</html>
""")

_MODERN = Template("""<header class="site-header">
<p class="replica-mark">$mark</p>
<div class="site-title"><p class="site-name">$site</p><p class="site-service">$service</p></div>
</header>
$before
<main>
<div class="page"><div class="grid"><div class="column">$aside
<div id="$content_id" class="content">
$content
</div></div></div></div>
</main>
<footer class="site-footer">
<p class="footer-name">$site</p>
<p>Plan du site · Accessibilité : non évaluée · Mentions légales · Données personnelles · Gestion des cookies</p>
<p class="replica-mark">$mark</p>
</footer>
$banner""")

_OLD = Template("""<div class="old-page">
<div class="old-header"><p class="replica-mark">$mark</p><p class="site-name">$site</p>
<p class="site-service">$service</p></div>
<div class="old-body">
<div class="old-menu"><p>Accueil &gt; Démarches administratives &gt; Prendre un rendez-vous</p></div>
<div class="old-aside">$aside</div>
<div class="old-main"><div class="column"><div id="$content_id" class="content">
$content
</div></div></div>
</div>
<div class="old-footer"><p>$site — Mentions légales — Plan du site</p><p class="replica-mark">$mark</p></div>
</div>
$before
$banner""")

_OLD_BANNER = """<div id="cookies-banner"><p>En poursuivant votre navigation sur ce site, vous acceptez l'utilisation
de cookies pour mesurer la fréquentation du site.</p>
<p><a href="#" onclick="javascript:accepter()">Accepter</a></p></div>
<script>
function accepter() {
  document.cookie = 'cookies-accepted=1; path=/';
  document.getElementById('cookies-banner').remove();
}
if (document.cookie.indexOf('cookies-accepted=1') >= 0) { accepter(); }
</script>"""

# Identifiers of the library of that name: only its first two buttons were recorded on the real sites.
_NEW_BANNER = """<div id="tarteaucitronRoot"><div id="tarteaucitronAlertBig" role="dialog"
aria-label="Gestion des cookies">
<p id="tarteaucitronDisclaimerAlert"><strong>Gestion des cookies</strong> Ce site utilise des cookies de mesure
d'audience et vous donne le contrôle sur ceux que vous souhaitez activer.</p>
<p><button type="button" id="tarteaucitronPersonalize2" class="tarteaucitronCTAButton tarteaucitronAllow">Tout
accepter</button>
<button type="button" id="tarteaucitronAllDenied2" class="tarteaucitronCTAButton tarteaucitronDeny">Tout
refuser</button>
<button type="button" id="tarteaucitronCloseAlert">Personnaliser</button></p></div></div>
<script>
(function () {
  var root = document.getElementById('tarteaucitronRoot');
  function choose(value) {
    document.cookie = 'tarteaucitron=!audience=' + value + '; path=/';
    root.remove();
  }
  if (document.cookie.indexOf('tarteaucitron=') >= 0) { root.remove(); return; }
  document.getElementById('tarteaucitronPersonalize2').onclick = function () { choose('true'); };
  document.getElementById('tarteaucitronAllDenied2').onclick = function () { choose('false'); };
  document.getElementById('tarteaucitronCloseAlert').onclick = function () { choose('wait'); };
})();
</script>"""

_BANNERS = {"": "", "old": _OLD_BANNER, "tarteaucitron": _NEW_BANNER}


def document(*, title: str, body: str, kind: str, head: str = "") -> str:
    """Return a whole HTML document around `body`."""
    return _DOCUMENT.substitute(title=escape(title), body=body, kind=kind, head=head, stylesheet=STYLESHEET)


def page(
    procedure: Procedure,
    *,
    title: str,
    content: str,
    service: str,
    aside: str = "<div></div>",
    before: str = "",
    content_id: str = "content",
    head: str = "",
) -> str:
    """Return a page of `procedure` in its own layout, marked as a replica at top and bottom."""
    frame = _OLD if procedure.layout == "old" else _MODERN
    body = frame.substitute(
        mark=MARK,
        site=escape(procedure.prefecture),
        service=escape(service),
        aside=aside,
        before=before,
        content=content,
        content_id=content_id,
        banner=_BANNERS[procedure.cookie_banner],
    )
    return document(title=title, body=body, kind=f"{procedure.platform} {procedure.layout}", head=head)


def paragraphs(text: str) -> str:
    """Return each line of `text` as a paragraph."""
    return "\n".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())


def bare(heading: str, text: str = "") -> str:
    """Return a proxy's own page: one `<h1>` straight in the body, as the real ones; the mark is the tab's title."""
    return f"<html><head><title>{MARK}</title></head><body><h1>{heading}</h1>\n{text}\n</body></html>\n"
