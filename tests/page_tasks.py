"""Programs of the page as they stand under way and ended, put there without being run: what their page shows."""

import base64
import time
from pathlib import Path

from PIL import Image

from temoin.canonical import Json
from temoin.messages import _, speaking
from tests.made_files import png
from tests.page_world import ALONE, CASE, PHOTO, WITH_YOU, World
from web.tasks import Task

MADE, LETTERS = "K7_brouillon_2026-10-04", "K7_lettres_2026-10-04"
FILES = (("00_Inventaire_detaille.pdf", "00 – Inventaire détaillé"), ("01-04_Captures.pdf", "01 à 04 – Captures"))
NAMED = ("absence_de_decision.docx", "requete_refere.docx")


def put_tasks(world: World, language: str, folder: Path) -> None:
    """One of each job and each end, in ``language``; the files for the court are in ``folder``."""
    with speaking(language):
        for task in _tasks(world, folder):
            world.site.tasks._tasks[task.id] = task


def _tasks(world: World, folder: Path) -> tuple[Task, ...]:
    bundle = _make_files(folder)
    court = _("Files for the court, case {code}").format(code=CASE)
    asked = {"code": CASE, "out": str(folder)}
    alone = _("An attempt: {label}").format(label="Démarche d’essai")
    refused = _("An attempt is under way already."), _("Wait until it has ended.")
    return (
        _task("running", "export", court, {**asked}, state="running", progress=(_("Files read"), 3, 10)),
        _task("stopped", "attempt", alone, {}, state="stopped"),
        _task("refused", "attempt", alone, {"procedures": [ALONE]}, state="failed", error=refused, code=20),
        _task("broken", "check", _("Check this computer"), {}, state="failed"),
        _task("attempt", "attempt", alone, {"confirm": ALONE}, result={"sequences": [world.picture]}),
        _task("tour", "tour", _("The tries that need you"), {"passed": list(WITH_YOU[:1])}, result={"sequences": []}),
        *_photographs(world),
        _task("check", "check", _("Check this computer"), {}, result=_report("configuration", "browser", "disk")),
        _task("verify", "verify", _("Verification of the register"), {}, result=_report("1 database", "2 schema")),
        _task(
            "entry",
            "entry",
            _("Check of capture n° {number}").format(number=world.picture),
            {"sequence": world.picture},
            result=_report("1 record"),
        ),
        _task("export", "export", court, asked, result=bundle),
        _task("supplement", "export", court, asked, result={**bundle, "filing": 1, "supplement": 1, "letters": None}),
    )


def _photographs(world: World) -> tuple[Task, ...]:
    """A window that waits for its answer, one that is still to be chosen, one that is kept."""
    title, asked = _("A photograph: {label}").format(label="Démarche d’essai"), {"procedure": PHOTO}
    picture = base64.b64encode(png(Image.new("RGB", (640, 400), "white"))).decode("ascii")
    taken = {"title": "Rendez-vous – Chromium", "browser": "Chromium", "at": "2026-10-04T08:00:00.000Z"}
    several = ["Rendez-vous – Chromium", "<b>Courriel</b> – Firefox"]
    return (
        _task("photo", "photo", title, asked, result={**asked, **taken, "windows": [], "picture": picture}),
        _task("windows", "photo", title, asked, result={**asked, "windows": several}),
        _task("kept", "keep_photo", title, asked, result={"sequences": [world.picture]}),
    )


def _task(name: str, job: str, title: str, asked: Json, **more: object) -> Task:
    return Task(id=name, job=job, title=title, asked=asked, started=time.monotonic(), **{"state": "done", **more})  # type: ignore[arg-type] # as the caller names them


def _report(*names: str) -> Json:
    """A report in which the first check failed and the last could not be made."""
    states = ["failed", *["passed"] * (len(names) - 2), "not_checked"][: len(names)]
    checks = [{"name": name, "status": state, "detail": ""} for name, state in zip(names, states, strict=True)]
    return {"status": "failed", "checks": checks}


def _make_files(folder: Path) -> Json:
    """A bundle's files as far as the page gives them; what its job gives back."""
    for name in (
        *(f"{MADE}/data/1_A_DEPOSER/{file}" for file, _title in FILES),
        *(f"{MADE}/data/2_MODELES/{file}" for file in NAMED),
        *(f"{LETTERS}/{file}" for file in NAMED),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"essai")
    return {
        "path": MADE,
        "filing": None,
        "exhibits": [],
        "letters": LETTERS,
        "letter_files": list(NAMED),
        "models": list(NAMED),
        "titles": [list(pair) for pair in FILES],
    }
