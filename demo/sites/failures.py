"""Pages and conducts of a site that fails; none of them says anything about appointments."""

from types import MappingProxyType

from demo.exchange import Answer, Call, Conduct, html, redirect
from demo.scenario import Page
from demo.sites.layout import bare, document, page
from demo.texts import MARK

RETRY_SECONDS = "120"

_RETRY = (("Retry-After", RETRY_SECONDS),)

# Heading and text as recorded; the wording after "403" and "502" is HAProxy's own, and so we write the others.
_BARE = MappingProxyType(
    {
        Page.OVERLOADED: (200, "Service surchargé", "", ()),
        Page.FORBIDDEN: (403, "403 Forbidden", "Request forbidden by administrative rules.", ()),
        Page.BAD_GATEWAY: (
            502,
            "502 Bad Gateway",
            "The server returned an invalid or incomplete response.",
            (),
        ),
        Page.ERROR_500: (500, "500 Internal Server Error", "An internal server error occurred.", ()),
        Page.UNAVAILABLE_503: (
            503,
            "503 Service Unavailable",
            "No server is available to handle this request.",
            _RETRY,
        ),
        Page.TIMEOUT_504: (504, "504 Gateway Time-out", "The server didn't respond in time.", ()),
        Page.ERROR_400: (400, "400 Bad Request", "Your browser sent an invalid request.", ()),
        Page.ERROR_401: (
            401,
            "401 Unauthorized",
            "You need a valid user and password to access this content.",
            (),
        ),
        Page.NOT_FOUND: (404, "404 Not Found", "The resource could not be found.", ()),
        Page.TOO_MANY: (
            429,
            "429 Too Many Requests",
            "You have sent too many requests in a given amount of time.",
            _RETRY,
        ),
    }
)

_CONDUCTS = MappingProxyType(
    {
        Page.NEVER_ANSWERS: Conduct.NEVER,
        Page.RESET: Conduct.RESET,
        Page.ENDLESS: Conduct.ENDLESS,
    }
)

HUGE_ROWS = 120_000  # about 30 MB of HTML, some four million pixels high


def answer(call: Call, what: Page) -> Answer | None:
    """Return the answer for a failing page, or None when `what` is not one."""
    if what in _BARE:
        status, heading, text, headers = _BARE[what]
        return html(bare(heading, text), status=status, headers=headers)
    if what in _CONDUCTS:
        return Answer(body=_beginning().encode(), conduct=_CONDUCTS[what])
    return _other(call, what)


def _other(call: Call, what: Page) -> Answer | None:
    if what is Page.MAINTENANCE:
        return html(_maintenance(call), status=503)
    if what in (Page.UNKNOWN, Page.UNKNOWN_ENTRY):
        return html(_unknown(call))
    if what is Page.HUGE:
        return html(_huge(call))
    if what is Page.DOWNLOAD_ANSWER:
        return attachment()
    if what is Page.REDIRECT_LOOP:
        return redirect(call.target)
    return None


def attachment() -> Answer:
    """Return a file that the browser would save."""
    headers = (("Content-Disposition", 'attachment; filename="replique.pdf"'),)
    return Answer(body=b"%PDF-1.4\n% replique\n", media_type="application/octet-stream", headers=headers)


def _beginning() -> str:
    return document(title=MARK, kind="endless", body=f"<p>{MARK}</p><p>Chargement en cours</p>").split("</body>")[0]


def _maintenance(call: Call) -> str:
    content = (
        "<h1>Site indisponible</h1><p>Le site est actuellement en maintenance. "
        "Nous vous prions de nous excuser pour la gêne occasionnée.</p>"
    )
    return page(call.procedure, title="Site en maintenance", service="Prise de rendez-vous", content=content)


def _unknown(call: Call) -> str:
    content = (
        "<h1>Votre espace usager évolue</h1><p>Ce service a été réorganisé. Choisissez votre situation dans la "
        "nouvelle arborescence pour connaître les modalités d'accueil.</p>"
        "<ul><li>Je suis étudiant</li><li>Je suis salarié</li><li>Autre situation</li></ul>"
    )
    return page(call.procedure, title="Nouveau service", service="Accueil des usagers", content=content)


def _huge(call: Call) -> str:
    row = "<p>Ligne de remplissage sans intérêt, répétée pour faire une page démesurée. " + "x" * 160 + "</p>\n"
    return page(call.procedure, title="Page démesurée", service="Prise de rendez-vous", content=row * HUGE_ROWS)
