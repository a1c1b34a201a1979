"""The proof that the site is the only way in: the préfecture's own public page, and the link that it gives.

Nothing is read into the page: its picture, its address, its hour, and whether a link on it leads to the booking page.
What it says is for the reader to see.
"""

from collections.abc import Callable, Iterator

from exhibits.capture_pdfs import item_path, read_png_size
from exhibits.captures import PROVISIONAL, STRIPS, Size, mark
from exhibits.content import Content
from exhibits.desk import FOLDER, Desk, Document, enter_document
from exhibits.facts import PartFacts, Picture
from exhibits.heading import NUMBER
from exhibits.model import clean
from exhibits.names import file_name
from exhibits.order import ExhibitKind
from exhibits.story import NoticeFacts
from temoin.canonical import Json
from temoin.french import french_datetime, quoted, typeset
from temoin.records import Role

NAME = "Site_seule_voie_pour_un_rendez-vous"
PictureFile = Callable[[NoticeFacts, PartFacts, Picture], tuple[str, Size]]
Shot = tuple[PartFacts, Picture]
STRONG = ("Date et heure", "Lien vers la prise de rendez-vous")


def draw_only_way(content: Content, desk: Desk) -> None:
    """Draw the exhibit and enter it; nothing where no such page was photographed.

    Raises:
        StoreError: the disk refuses.
        TemoinError: it could not be drawn.
    """
    number = content.order.only_way
    if number is None:
        return

    def picture_file(one: NoticeFacts, part: PartFacts, picture: Picture) -> tuple[str, Size]:
        path = item_path(one.sequence, one.record, part, picture)
        return path, read_png_size(desk.root / path)

    data = only_way_document(content, number, picture_file)
    file = file_name(content.order.shown(number), NAME)
    desk.draw(data, "captures.typ", f"{FOLDER}/{file}", content.at)
    document = Document(number=number, kind=ExhibitKind.ONLY_WAY, name=NAME, template="captures.typ", data=data)
    enter_document(content, desk, document, file)


def only_way_document(content: Content, number: int, picture_file: PictureFile) -> Json:
    """Everything the exhibit says, for ``templates/captures.typ`` to draw (pure but for the pictures' sizes)."""
    heading, notices = content.heading, content.shown_notices
    shown = (f"Pièce {NUMBER}{number}", PROVISIONAL if heading.draft else "")
    places = ", ".join(dict.fromkeys(clean(one.prefecture) for one in notices))
    return {
        "title": f"{content.order.shown(number)} Page de la préfecture qui renvoie au site de rendez-vous, {places}",
        "band": heading.band,
        "paper": False,
        "continued": ["image, partie ", " sur "],
        "scaled": typeset("Image réduite pour tenir sur la page ; elle est entière."),
        "strips": typeset(STRIPS),
        "strong": list(STRONG),
        "brief": list(STRONG),
        "pages": [
            _page(one, shot, shown, picture_file, note=_note(_count(content, one)))
            for one in notices
            for shot in _shots(one, picture_file)
        ],
    }


def _count(content: Content, notice: NoticeFacts) -> int:
    return sum(1 for one in content.material.notices if one.procedure == notice.procedure and one.is_shown)


def _page(one: NoticeFacts, shot: Shot, shown: tuple[str, str], picture_file: PictureFile, *, note: str) -> Json:
    part, picture = shot
    path, (width, height) = picture_file(one, part, picture)
    return {
        "key": f"{one.sequence}/{picture.role.value}",
        "number": shown[0],
        "provisional": shown[1],
        "prefecture": clean(one.prefecture),
        "label": clean(one.label),
        "choice": "Page publique qui renvoie au site de rendez-vous",
        "picture": {"path": path, "width": width, "height": height, "alt": f"Page de la préfecture, {shown[0]}"},
        "note": note,
        "rows": [[name, value] for name, value in _rows(one, picture) if value],
    }


def _shots(one: NoticeFacts, picture_file: PictureFile) -> Iterator[Shot]:
    """The window, with its address bar; and the whole page where the window does not show all of it."""
    found = {role: (part, Picture(role=role, digest=digest)) for part in one.parts for role, digest in part.artefacts}
    window, page = found.get(Role.WINDOW), found.get(Role.PAGE)
    if window is not None:
        yield window
    if page is not None and (window is None or picture_file(one, *page)[1][1] > _seen(one)):
        yield page


def _seen(one: NoticeFacts) -> int:
    """How many pixels of the page's height the window shows."""
    viewport = (one.record.get("environment") or {}).get("viewport") or {}
    return int(viewport.get("height") or 0)


def _note(count: int) -> str:
    if count < 2:  # noqa: PLR2004 - several
        return ""
    return typeset(
        f"Page photographiée {count} fois, au début, puis chaque mois et au dépôt ; la première et la dernière image "
        "sont données ici, les autres sont conservées avec les preuves."
    )


def _rows(one: NoticeFacts, picture: Picture) -> Iterator[tuple[str, str]]:
    yield "Date et heure", french_datetime(one.at, one.zone, seconds=True)
    yield "Titre de la page", quoted(clean(one.title)) if one.title else ""
    yield "Adresse", clean(one.url)
    yield "Lien vers la prise de rendez-vous", _link(one)
    yield "Inscription", f"entrée {NUMBER}{one.sequence} du registre"
    yield "Empreinte", f"{mark(picture.digest)} (début du SHA-256 de l’image d’origine)"


def _link(one: NoticeFacts) -> str:
    if not one.link_found:
        return typeset("aucun lien direct vers la page de rendez-vous n'a été trouvé sur cette page")
    text = f"{quoted(clean(one.link_text))}, " if one.link_text else ""
    return f"{text}vers {clean(one.link_path[-1])}"
