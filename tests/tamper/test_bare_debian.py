"""``verifier.sh.txt`` where there is nothing but what a bare Debian has, and openssl: no Python, no Témoin.

In ``make test`` a root with these very programs and the libraries that they load, or, where a root may not be changed,
a PATH that leads to them only. In ``make soak`` what ``debootstrap --variant=minbase`` makes.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.authority import Pki, grant, in_order
from tests.bundle_bench import MANIFEST_STAMP, PROOFS, Bench, delete, flip, truncate
from tests.exhibit_case import picture
from tests.whole_case import Whole

# Of the packages dash, coreutils, sed, mawk, grep, findutils: all essential in Debian, or of priority required.
TOOLS = {
    "sh": "dash",
    "awk": "mawk",
    **{
        name: name
        for name in (
            *("sed", "grep", "find", "xargs", "sha256sum", "sort", "comm", "cut", "tr", "wc", "cat", "mktemp", "rm"),
            *("mkdir", "dirname", "date", "openssl"),
        )
    },
}
Run = Callable[[Path], subprocess.CompletedProcess[str]]


def in_root(root: Path) -> Run:
    """Run the script on a bundle that is copied into ``root``, which it cannot see out of."""

    def run(bundle: Path) -> subprocess.CompletedProcess[str]:
        inside = root / "bundle"
        shutil.rmtree(inside, ignore_errors=True)
        shutil.copytree(bundle, inside)
        script = f"cd /bundle/{PROOFS} && exec sh verifier.sh.txt"
        return _done(["unshare", "--map-root-user", "--root", str(root), "/bin/sh", "-c", script])

    return run


def on_path(folder: Path) -> Run:
    """Run the script where it lies, with no other program on the way than these."""
    for name, program in TOOLS.items():
        (folder / name).symlink_to(shutil.which(program) or "")

    def run(bundle: Path) -> subprocess.CompletedProcess[str]:
        return _done([str(folder / "sh"), "verifier.sh.txt"], cwd=bundle / PROOFS, path=str(folder))

    return run


def _done(
    command: list[str], *, cwd: Path | None = None, path: str = "/usr/bin:/bin"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env={"PATH": path}, capture_output=True, text=True, check=False, timeout=120
    )


def make_root(root: Path) -> None:
    """The programs under their names, the libraries that they load under theirs, and a place for temporary files."""
    for name in ("bin", "dev", "tmp", "etc"):
        (root / name).mkdir(parents=True)
    (root / "usr").mkdir()
    (root / "usr" / "bin").symlink_to("/bin")
    told = subprocess.run(["openssl", "version", "-d"], capture_output=True, text=True, check=True).stdout
    settings = Path(told.split('"')[1]) / "openssl.cnf"  # comes with the package; `openssl ts` reads nothing without it
    (root / settings.parent.relative_to("/")).mkdir(parents=True)
    shutil.copy(settings, root / settings.relative_to("/"))
    (root / "dev" / "null").touch()  # what is written there is thrown away with the root
    for name, program in TOOLS.items():
        found = Path(shutil.which(program) or "").resolve()
        shutil.copy(found, root / "bin" / name)
        loaded = subprocess.run(["ldd", str(found)], capture_output=True, text=True, check=True).stdout
        for library in re.findall(r"(/\S+) \(0x", loaded):
            target = root / library.lstrip("/")
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(library, target)


def _need(*programs: str) -> None:
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed here: {', '.join(missing)}")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The strictest that this machine allows."""
    _need(*TOOLS.values())
    root = tmp_path_factory.mktemp("bare") / "root"
    if shutil.which("unshare") and shutil.which("ldd"):
        make_root(root)
        if (
            _done(["unshare", "--map-root-user", "--root", str(root), "/bin/sh", "-c", "cat /etc/nothing"]).returncode
            == 1
        ):
            return in_root(root)
    return on_path(tmp_path_factory.mktemp("programs"))


@pytest.fixture(scope="module")
def copied(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench.of(whole, tmp_path_factory.mktemp("bare-bundle"))


@pytest.fixture
def bench(copied: Bench) -> Iterator[Bench]:
    yield copied
    copied.put_back()


def first(bench: Bench, pattern: str) -> Path:
    return min(bench.root.glob(f"{PROOFS}/{pattern}"))


def swap_lines(bench: Bench) -> None:
    path = bench.root / PROOFS / "registre.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[4], lines[5] = lines[5], lines[4]
    path.write_bytes(b"".join(lines))


def drop_last_line(bench: Bench) -> None:
    """With its folder: a register may end anywhere, but the timestamp over the manifest was over the whole."""
    path = bench.root / PROOFS / "registre.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def exchange_answers(bench: Bench) -> None:
    one, two = sorted(bench.root.glob(f"{PROOFS}/[0-9]*/entry.json.essai.tsr"))[:2]
    kept = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(kept)


def forge_answer(bench: Bench, pki: Pki) -> None:
    """An answer by somebody whose root has the same name."""
    from store.tokens import build_request  # noqa: PLC0415 - its only use

    path = first(bench, "[0-9]*/entry.json.essai.tsr")
    asked = build_request(path.with_name("entry.json").read_bytes()).as_bytes()
    path.write_bytes(in_order(grant(pki, asked, signer="foreign", chain="foreign_root")))


def other_picture(bench: Bench) -> None:
    first(bench, "*/*/window.png").write_bytes(picture("autre chose"))


def leave_out(bench: Bench) -> None:
    shutil.rmtree(first(bench, "[0-9]*/1/window.png").parent.parent)


def add(bench: Bench) -> None:
    (bench.root / "data" / "1_A_DEPOSER" / "99_Autre.pdf").write_bytes(b"%PDF-1.7")


# What is done, whether manifests are then made anew, and what the script must print.
TAMPERINGS: dict[str, tuple[Callable[[Bench, Pki], object], bool, str]] = {
    "a byte of a picture": (lambda bench, _pki: flip(first(bench, "*/*/window.png")), False, r"window\.png"),
    "a byte of a document": (lambda bench, _pki: flip(min(bench.root.glob("data/1*/*.pdf"))), False, r"data/1_.*\.pdf"),
    "a file cut": (lambda bench, _pki: truncate(first(bench, "*/*/page.txt")), False, r"page\.txt"),
    "a file gone": (lambda bench, _pki: delete(first(bench, "*/*/page.txt")), False, r"page\.txt"),
    "a file more": (lambda bench, _pki: add(bench), False, r"99_Autre\.pdf : en trop"),
    "a byte of the manifest": (lambda bench, _pki: flip(bench.root / "manifest-sha256.txt"), False, r"manifest-sha256"),
    "no tag manifest": (lambda bench, _pki: delete(bench.root / "tagmanifest-sha256.txt"), False, r"tagmanifest"),
    "another picture, sealed": (lambda bench, _pki: other_picture(bench), True, r"Étape 6.* ÉCHEC\n.*window\.png"),
    "a record, sealed": (
        lambda bench, _pki: flip(first(bench, "[0-9]*/record.json")),
        True,
        r"Étape 5.* ÉCHEC\n.*record",
    ),
    "an entry, sealed": (
        lambda bench, _pki: flip(first(bench, "[0-9]*/entry.json")),
        True,
        r"Étape 4.* ÉCHEC\n.*entry",
    ),
    "lines exchanged, sealed": (lambda bench, _pki: swap_lines(bench), True, r"Étape 3.* ÉCHEC\n.*ligne 5"),
    "an attempt left out, sealed": (
        lambda bench, _pki: leave_out(bench),
        True,
        r"Étape 7.* ÉCHEC\n.*concerne le dossier",
    ),
    "a line less, sealed": (
        lambda bench, _pki: drop_last_line(bench),
        True,
        rf"Étape 13.* ÉCHEC(\n.*)*{MANIFEST_STAMP}",
    ),
    "a byte of a token, sealed": (
        lambda bench, _pki: flip(first(bench, "[0-9]*/entry.json.essai.tsr")),
        True,
        r"Étape 13.* ÉCHEC\n.*entry\.json\.essai\.tsr",
    ),
    "tokens exchanged, sealed": (lambda bench, _pki: exchange_answers(bench), True, r"Étape 13.* ÉCHEC\n.*entry\.json"),
    "a token by somebody else, sealed": (forge_answer, True, r"Étape 13.* ÉCHEC\n.*ne mène pas à"),
}


def check_finds(run: Run, bench: Bench, pki: Pki, name: str) -> None:
    change, sealed, words = TAMPERINGS[name]
    change(bench, pki)
    if sealed:
        bench.reseal()
    done = run(bench.root)
    assert done.returncode == 1, done.stdout
    assert re.search(words, done.stdout), done.stdout
    assert "CONTRÔLE EN ÉCHEC" in done.stdout
    assert "not found" not in done.stderr
    assert bench.found()  # and Témoin itself finds it


def check_passes(run: Run, bench: Bench) -> None:
    done = run(bench.root)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "CONTRÔLE RÉUSSI" in done.stdout
    assert "Étape 13, les horodatages (timestamps) : en ordre" in done.stdout


def test_an_untouched_bundle_passes_with_nothing_but_the_tools_of_debian(bare: Run, bench: Bench) -> None:
    check_passes(bare, bench)


@pytest.mark.parametrize("name", TAMPERINGS)
def test_each_tampering_is_found_there(bare: Run, bench: Bench, pki: Pki, name: str) -> None:
    check_finds(bare, bench, pki, name)


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A real one, made by debootstrap from where this machine's own packages come."""
    _need("debootstrap", "unshare", "apt-get")
    if os.geteuid() != 0:
        pytest.skip("debootstrap wants root")
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    suites = [line.split() for line in listed]
    place, suite = next(one for one in suites if "-" not in one[1])  # not the one of updates, nor of security
    root = tmp_path_factory.mktemp("debian") / "root"
    made = subprocess.run(
        ["debootstrap", "--variant=minbase", "--include=openssl", suite, str(root), place],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        pytest.skip(f"debootstrap could not: {made.stdout[-300:]}{made.stderr[-300:]}")
    assert not (root / "usr" / "bin" / "python3").exists()
    return in_root(root)


@pytest.mark.soak
def test_in_a_real_bare_debian_every_tampering_is_found(debian: Run, bench: Bench, pki: Pki) -> None:
    check_passes(debian, bench)
    for name in TAMPERINGS:
        check_finds(debian, bench, pki, name)
        bench.put_back()
