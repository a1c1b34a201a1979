"""A form that another run of Témoin made: it comes back as it was filled in, to be sent by whoever filled it in.

The gate has seen the cookie of this run and our own ``Origin``: whoever asks is the person at this page, and has only
been away while Témoin began anew. Nothing is done before they press the button of the page that is shown.
"""

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from temoin.messages import _
from web.render import render

SECRET_FIELD = "secret"  # noqa: S105 - the field's name
PASSPHRASES = frozenset({"passphrase", "passphrase_again", "unlock"})  # no page ever holds one: they are typed again


def show_resend(request: Request, data: FormData) -> Response:
    """The same fields with the secret of this run, and a button; files and passphrases are asked for again.

    Raises:
        HTTPException: 403, it holds no secret at all: no page of ours made it.
    """
    if not data.get(SECRET_FIELD):
        raise HTTPException(403, _("That did not come from this page; nothing was done."))
    every = [(name, value) for name, value in data.multi_items() if name != SECRET_FIELD]
    texts = [(name, value) for name, value in every if isinstance(value, str) and name not in PASSPHRASES]
    return render(
        request,
        "resend.html",
        403,
        texts=texts,
        written=[value for _name, value in texts if " " in value.strip()],
        passphrases=[name for name, _value in every if name in PASSPHRASES],
        files=list(dict.fromkeys(name for name, value in every if isinstance(value, UploadFile))),
        chosen=[value.filename for _name, value in every if isinstance(value, UploadFile) and value.filename],
    )
