"""Collect the sentences of the code, bring the French catalogue up to date and compile it.

New sentences come out untranslated, and are listed: translate them in ``temoin.po``, then run this again.
"""

import subprocess
import sys
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path("temoin") / "messages"  # relative, so that no path of this machine gets into the files
TEMPLATE = FOLDER / "temoin.pot"
FRENCH = FOLDER / "fr" / "LC_MESSAGES" / "temoin.po"
SOURCES = ("cli.py", "temoin", "capture", "scheduler", "store", "exhibits", "demo")


def main() -> int:
    """Extract, update, compile; 1 when a sentence has no French yet."""
    babel("extract", "--no-default-keywords", "-k", "_", "-k", "n_:1,2", "--add-location=file", "--sort-by-file",
          "--no-wrap", "--project=temoin", "-o", TEMPLATE, *SOURCES)  # fmt: skip
    same = ("-D", "temoin", "-i", TEMPLATE, "-d", FOLDER, "-l", "fr")
    if (ROOT / FRENCH).is_file():
        babel("update", *same, "--no-fuzzy-matching", "--ignore-obsolete", "--no-wrap")
    else:
        babel("init", *same, "--no-wrap")
    babel("compile", "-D", "temoin", "-d", FOLDER, "-l", "fr")
    return report_untranslated()


def babel(*arguments: str | Path) -> None:
    """Run pybabel at the root of the checkout."""
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", *(str(part) for part in arguments)]
    subprocess.run(command, check=True, cwd=ROOT)


def report_untranslated() -> int:
    """Say which sentences have no French; 1 if there are any."""
    with (ROOT / FRENCH).open("rb") as source:
        catalogue = read_po(source, locale="fr", domain="temoin")
    bare = [message for message in catalogue if message.id and not message.string]
    for message in bare:
        print(f"no French yet: {message.id}", file=sys.stderr)
    return 1 if bare else 0


if __name__ == "__main__":
    sys.exit(main())
