"""docs/format.md is run as it stands: what it tells people to type gives what it says."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from store.chain import EntryFields, build_line, check_chain, parse_line
from temoin.canonical import is_canonical

FORMAT = Path(__file__).parents[2] / "docs" / "format.md"
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def blocks() -> list[tuple[str, str]]:
    section = FORMAT.read_text(encoding="utf-8").split("\n## 7.")[1].split("\n## 8.")[0]
    return [(kind, text) for kind, text in BLOCK.findall(section)]


@pytest.fixture
def example(blocks: list[tuple[str, str]], tmp_path: Path) -> Path:
    _run(blocks[0][1], tmp_path)
    return tmp_path


def _run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    shell = shutil.which("sh")
    if shell is None:
        pytest.skip("no sh on this system: the example is for systems that have one")
    return subprocess.run([shell, "-c", script], cwd=folder, capture_output=True, text=True, check=False, timeout=30)


def test_every_shell_block_of_the_example_prints_what_the_page_says(
    blocks: list[tuple[str, str]], tmp_path: Path
) -> None:
    kinds = [kind for kind, _text in blocks]
    assert kinds == ["sh"] + ["sh", "text"] * 4
    expected = [text for kind, text in blocks if kind == "text"]
    found = [_run(text, tmp_path) for kind, text in blocks if kind == "sh"]
    assert [(run.stdout, run.stderr, run.returncode) for run in found] == [(text, "", 0) for text in ["", *expected]]


def test_the_example_is_what_our_own_code_writes(example: Path) -> None:
    lines = (example / "registre.jsonl").read_bytes().splitlines()
    assert list(check_chain(lines)) == []
    for number, line in enumerate(lines, 1):
        entry = parse_line(line)
        assert build_line(EntryFields(**{n: getattr(entry, n) for n in EntryFields.__slots__})) == line
        assert is_canonical((example / str(number) / "record.json").read_bytes())


@pytest.mark.parametrize(
    ("file", "change", "words"),
    [
        ("registre.jsonl", ('"kind":"plan"', '"kind":"erasure"'), "line 3 does not follow from the line before it"),
        ("3/record.json", ('"no_slot"', '"slot_seen"'), "record 3: NOT that of its entry"),
    ],
)
def test_the_shell_lines_find_a_change(
    example: Path, blocks: list[tuple[str, str]], file: str, change: tuple[str, str], words: str
) -> None:
    path = example / file
    path.write_text(path.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    runs = [_run(text, example) for kind, text in blocks[1:] if kind == "sh"]
    failed = [run.stdout for run in runs if run.returncode]
    assert len(failed) == 1
    assert words in failed[0]
