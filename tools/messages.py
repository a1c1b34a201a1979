"""Collect the sentences of the code, bring the French catalogue up to date and compile it.

New sentences come out untranslated, and are listed: translate them in ``temoin.po``, then run this again.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.extract import extract_from_file, extract_python
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path("temoin") / "messages"  # relative, so that no path of this machine gets into the files
TEMPLATE = FOLDER / "temoin.pot"
FRENCH = FOLDER / "fr" / "LC_MESSAGES" / "temoin.po"
COMMANDS = ("cli.py", "commands")
SOURCES = (*COMMANDS, "web", "temoin", "capture", "scheduler", "store", "exhibits", "demo")
MAPPING = Path("tools") / "babel.cfg"
KEYWORDS = {"_": None, "n_": (1, 2)}


def main() -> int:
    """Extract, update, compile; 1 when a sentence has no French yet."""
    extract_template()
    same = ("-D", "temoin", "-i", TEMPLATE, "-d", FOLDER, "-l", "fr")
    if (ROOT / FRENCH).is_file():
        babel("update", *same, "--no-fuzzy-matching", "--ignore-obsolete", "--ignore-pot-creation-date", "--no-wrap")
    else:
        babel("init", *same, "--no-wrap")
    babel("compile", "-D", "temoin", "-d", FOLDER, "-l", "fr")
    bare = list(find_untranslated())
    for sentence in bare:
        print(f"no French yet: {sentence}", file=sys.stderr)
    return 1 if bare else 0


def extract_template() -> None:
    """Write the template; without its date, which would change it at every run."""
    options = ("--no-default-keywords", "-k", "_", "-k", "n_:1,2", "--add-location=file", "--sort-by-file", "--no-wrap")
    names = ("--project=temoin", "--copyright-holder=Témoin contributors", "--version=1", "-o", TEMPLATE)
    # File by file: Babel matches its patterns within a folder it is given, where "commands/**.py" matches nothing.
    files = [file.relative_to(ROOT) for source in COMMANDS for file in python_files(ROOT / source)]
    babel("extract", "-F", MAPPING, *options, *names, *files, *SOURCES[len(COMMANDS) :])
    text = (ROOT / TEMPLATE).read_text(encoding="utf-8")
    text = re.sub(r'"POT-Creation-Date:.*\n', "", text)
    (ROOT / TEMPLATE).write_text(text, encoding="utf-8")


def babel(*arguments: str | Path) -> None:
    """Run pybabel at the root of the checkout."""
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", *(str(part) for part in arguments)]
    subprocess.run(command, check=True, cwd=ROOT)


def extract_commands(file: Any, keywords: Any, tags: Any, options: Any) -> Iterator[Any]:  # noqa: ANN401 - Babel’s own
    """What Babel finds in Python, then click's help: the docstrings of commands and every ``help="…"``.

    ``temoin.messages.translate_help`` looks these up when the program starts.
    """
    yield from extract_python(file, keywords, tags, options)
    file.seek(0)
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.FunctionDef) and any(map(makes_command, node.decorator_list)):
            yield node.lineno, "", ast.get_docstring(node) or "", []
        elif isinstance(node, ast.keyword) and node.arg == "help" and isinstance(node.value, ast.Constant):
            yield node.value.lineno, "", node.value.value, []


def makes_command(decorator: ast.expr) -> bool:
    """Whether it is ``@….command(…)`` or ``@….group(…)``."""
    return isinstance(decorator, ast.Call) and getattr(decorator.func, "attr", "") in {"command", "group"}


def find_untranslated() -> Iterator[str]:
    """The sentences of the code that the French catalogue does not hold, each once."""
    with (ROOT / FRENCH).open("rb") as source:
        catalogue = read_po(source, locale="fr", domain="temoin")
    for sentence in dict.fromkeys(find_sentences()):
        message = catalogue.get(sentence)
        if message is None or message.fuzzy or not all(as_tuple(message.string or "")):
            yield sentence


def python_files(path: Path) -> list[Path]:
    """The module, or those of the package."""
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def templates(path: Path) -> list[Path]:
    """The pages of a package that has some."""
    return sorted(file for folder in path.rglob("templates") for file in folder.rglob("*.html"))


def find_sentences() -> Iterator[str]:
    """Every sentence of the code, a plural by its singular."""
    for source in SOURCES:
        for _file, message in find_sentences_of(source):
            yield as_tuple(message)[0]


def find_sentences_of(source: str) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """Each sentence of one of ``SOURCES`` with its file, from the root on; of a plural, its forms."""
    path = ROOT / source
    python: Any = extract_commands if source in COMMANDS else "python"
    for method, files in ((python, python_files(path)), ("jinja2", templates(path))):
        for file in files:
            for _line, message, _comments, _context in extract_from_file(method, file, KEYWORDS):
                yield file.relative_to(ROOT).as_posix(), message or ""


def as_tuple(message: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """One sentence, or the forms of a plural."""
    return (message,) if isinstance(message, str) else tuple(message)


if __name__ == "__main__":
    sys.exit(main())
