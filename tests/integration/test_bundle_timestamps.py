"""Timestamps in a bundle: what covers what is shown, the manifest's own, and checks with and without the right root."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from exhibits import bag
from exhibits.export import ExportRequest, ExportResult, export
from exhibits.token_files import Stamper
from exhibits.verify_bundle import verify_bundle
from store.pinned import read_roots
from store.stamp_values import NewToken
from store.store import Store
from store.tokens import Trust, build_request, check_token
from temoin.clock import utc_now
from temoin.records import Kind
from temoin.report import Report
from temoin.settings import Authority, Settings
from tests.authority import Pki, grant
from tests.exhibit_case import CASE, fill, open_case, settings

STEP = "13 timestamps"


def granted(pki: Pki, message: bytes, *, signer: str = "tsa", chain: str = "intermediate") -> bytes:
    return grant(pki, build_request(message).as_bytes(), signer=signer, chain=chain)


def stamp(store: Store, pki: Pki, sequence: int, authority: str = "essai") -> None:
    answer, at = granted(pki, next(store.entries(sequence, sequence)).line), utc_now()
    token = check_token(answer, next(store.entries(sequence, sequence)).line, Trust(roots=read_roots(pki.root)))
    kept = NewToken(
        sequence=sequence, authority=authority, asked_at=at, received_at=at, gen_time=token.gen_time, response=answer
    )
    store.keep_stamps([kept], [])


def authority_of(pki: Pki, name: str = "essai", *, qualified: bool = False) -> Authority:
    return Authority(name=name, url="http://127.0.0.1:9/tsa", roots=pki.root, qualified=qualified)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> Iterator[tuple[Store, Settings]]:
    """A case whose attempts are covered but for the last; one token is over an entry of another procedure."""
    folder = tmp_path_factory.mktemp("stamped")
    with open_case(folder) as store:
        shown = fill(store)
        day = {"day": "2026-06-01", "times": [], "windows": [], "timezone": "Europe/Paris"}
        record = {"format": 1, "procedure": "autre", **day, "replaces": None, "cause": "evening"}
        other = store.append(kind=Kind.PLAN, record=record, at=utc_now(), procedure="autre").sequence
        stamp(store, pki, shown[0])
        stamp(store, pki, shown[3])
        stamp(store, pki, other)
        configured = settings(folder)
        stamped = configured.timestamp.model_copy(update={"authorities": (authority_of(pki),)})
        yield store, configured.model_copy(update={"timestamp": stamped})


def make(case: tuple[Store, Settings], pki: Pki, out: Path, *, file: bool = False) -> ExportResult:
    store, configured = case
    asked = configured.timestamp.authorities
    stamper = Stamper(authorities=asked, ask=lambda manifest: {"essai": granted(pki, manifest)})
    request = ExportRequest(case=CASE, out=out, file=file)
    return export(store, configured, request, now=utc_now(), stamper=lambda _simulated: stamper)


@pytest.fixture(scope="module")
def bundle(case: tuple[Store, Settings], pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Path:
    result = make(case, pki, tmp_path_factory.mktemp("out"))
    assert "The bundle as a whole is timestamped by: essai." in result.sentences()
    return result.path


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle, tmp_path / "copy"))


def step(report: Report) -> list[tuple[str, str]]:
    return [(check.status.value, check.detail) for check in report.checks if check.name == STEP]


def answers(bundle: Path) -> list[Path]:
    return sorted(bundle.rglob("*.tsr"))


def test_a_bundle_holds_what_covers_its_entries_the_manifests_own_and_the_roots(bundle: Path, pki: Pki) -> None:
    names = [path.relative_to(bundle).as_posix() for path in answers(bundle)]
    assert len(names) == 4
    assert names[-1] == "manifest-sha256.txt.essai.tsr"
    assert sum("/horodatages/" in name for name in names) == 1
    assert (bundle / "data/3_PREUVES/autorites/essai.pem").read_bytes() == pki.root.read_bytes()


def test_it_passes_deeply_with_the_authoritys_root_and_is_incomplete_without(bundle: Path, pki: Pki) -> None:
    whole = verify_bundle(bundle, deep=True, roots=read_roots(pki.root))
    assert whole.status == "passed", whole
    ((_status, detail),) = step(whole)
    assert detail.startswith("timestamps: essai 4; the whole bundle existed at ")
    without = verify_bundle(bundle)
    assert without.exit_code == 11
    ((status, words),) = step(without)
    assert (status, words.startswith("4 timestamps of “essai” are right in themselves")) == ("not_checked", True)


def test_openssl_verifies_each_answer_on_the_files_of_the_bundle(bundle: Path) -> None:
    root = bundle / "data/3_PREUVES/autorites/essai.pem"
    for answer in answers(bundle):
        data = answer.with_name(answer.name.removesuffix(".essai.tsr"))
        command = ["openssl", "ts", "-verify", "-data", str(data), "-in", str(answer), "-CAfile", str(root)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, "Verification: OK" in done.stdout + done.stderr) == (0, True), answer


def run_shell(bundle: Path, *, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = None if path is None else {"PATH": path}
    return subprocess.run(
        ["/bin/sh", "verifier.sh.txt"],
        cwd=bundle / "data/3_PREUVES",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_shell_verifier_does_the_same(bundle: Path) -> None:
    done = run_shell(bundle)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Étape 13, les horodatages (timestamps) : en ordre" in done.stdout
    assert "    4 réponses." in done.stdout
    assert "essai.pem : sha256 Fingerprint=" in done.stdout


def test_without_openssl_the_shell_verifier_says_that_it_checked_no_timestamp(bundle: Path, tmp_path: Path) -> None:
    for name in ("sh", "awk", "sed", "grep", "sort", "find", "comm", "sha256sum", "xargs", "cut", "mktemp", "rm", "tr",
                 "wc", "dirname", "cat", "mkdir"):  # fmt: skip
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    done = run_shell(bundle, path=str(tmp_path))
    assert done.returncode == 1
    assert "NON CONTRÔLÉS, il manque la commande openssl" in done.stdout
    assert "CONTRÔLE INCOMPLET" in done.stdout


def _own(bundle: Path) -> Path:
    return next(path for path in answers(bundle) if "/horodatages/" not in str(path) and path.name.startswith("entry"))


def _elsewhere(bundle: Path) -> Path:
    return next(path for path in answers(bundle) if "/horodatages/" in str(path))


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def swap(bundle: Path) -> None:
    first, second = [path for path in answers(bundle) if path.name == "entry.json.essai.tsr"][:2]
    kept = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(kept)


def reseal(bundle: Path) -> None:
    """Manifests made anew over what is there, as a forger would; the manifest's own timestamp cannot be."""
    from exhibits import bag  # noqa: PLC0415 - what a forger has

    payload = {path: bag.hash_file(bundle / path) for path in bag.find_files(bundle) if path.startswith("data/")}
    size = sum((bundle / path).stat().st_size for path in payload)
    info = (bundle / "bag-info.txt").read_text().splitlines()
    kept = [line for line in info if not line.startswith("Payload-Oxum")]
    (bundle / "bag-info.txt").write_text(
        "".join(f"{line}\n" for line in sorted([*kept, f"Payload-Oxum: {size}.{len(payload)}"]))
    )
    (bundle / "manifest-sha256.txt").write_bytes(bag.manifest_bytes(payload))
    tags = [*bag.TAG_FILES, *(path.name for path in bundle.glob("*.tsr"))]
    (bundle / bag.TAG_MANIFEST).write_bytes(bag.manifest_bytes({name: bag.hash_file(bundle / name) for name in tags}))


def forge(bundle: Path, pki: Pki) -> None:
    """Every answer made anew by somebody whose root has the same name, and that root put beside them."""
    for path in answers(bundle):
        data = path.with_name(path.name.removesuffix(".essai.tsr"))
        path.write_bytes(granted(pki, data.read_bytes(), signer="foreign", chain="foreign_root"))
    shutil.copy(pki.folder / "foreign_root.pem", bundle / "data/3_PREUVES/autorites/essai.pem")


TAMPERINGS: dict[str, Callable[[Path], object]] = {
    "flip": lambda bundle: flip(_own(bundle)),
    "truncate": lambda bundle: _own(bundle).write_bytes(_own(bundle).read_bytes()[:100]),
    "swap": swap,
    "garbage": lambda bundle: _elsewhere(bundle).write_bytes(b"no answer"),
    "other line": lambda bundle: flip(_elsewhere(bundle).with_name("entry.json")),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_an_answer_that_was_changed_is_found_by_both_even_under_new_manifests(name: str, copy: Path, pki: Pki) -> None:
    TAMPERINGS[name](copy)
    assert verify_bundle(copy, roots=read_roots(pki.root)).status == "failed"
    reseal(copy)
    found = step(verify_bundle(copy, roots=read_roots(pki.root)))
    assert ("failed", True) in [(status, "entry.json" in detail) for status, detail in found], found
    assert any("manifest-sha256.txt.essai.tsr" in detail for _status, detail in found)
    done = run_shell(copy)
    assert done.returncode == 1
    assert "Étape 13, les horodatages (timestamps) : ÉCHEC" in done.stdout


@pytest.mark.parametrize("which", [_own, _elsewhere, lambda bundle: bundle / "manifest-sha256.txt.essai.tsr"])
def test_an_answer_that_was_taken_away_is_found(which: Callable[[Path], Path], copy: Path, pki: Pki) -> None:
    which(copy).unlink()
    assert verify_bundle(copy, roots=read_roots(pki.root)).status == "failed"
    assert run_shell(copy).returncode == 1


def test_that_no_answer_is_over_the_whole_bundle_is_said_by_both(copy: Path, pki: Pki) -> None:
    """An authority that did not answer leaves none: no failure, but nothing that goes without saying."""
    for answer in copy.glob("*.tsr"):
        answer.unlink()
    names = [name for name in bag.find_files(copy) if "/" not in name and name != bag.TAG_MANIFEST]
    (copy / bag.TAG_MANIFEST).write_bytes(bag.manifest_bytes({name: bag.hash_file(copy / name) for name in names}))
    report = verify_bundle(copy, roots=read_roots(pki.root))
    assert [(status, "none is over the whole bundle" in said) for status, said in step(report)] == [("passed", True)]
    assert "Aucune ne porte sur le dossier entier" in run_shell(copy).stdout


def test_answers_by_somebody_else_do_not_pass_though_their_root_comes_along(copy: Path, pki: Pki) -> None:
    forge(copy, pki)
    reseal(copy)
    (copy / "manifest-sha256.txt.essai.tsr").write_bytes(
        granted(pki, (copy / "manifest-sha256.txt").read_bytes(), signer="foreign", chain="foreign_root")
    )
    report = verify_bundle(copy, roots=read_roots(pki.root))
    assert report.status != "passed"
    assert "whether they are this authority’s is not checked" in str(step(report))


def test_of_an_authority_one_answer_by_somebody_else_among_its_own_has_failed(copy: Path, pki: Pki) -> None:
    line = _elsewhere(copy).with_name("entry.json").read_bytes()
    _elsewhere(copy).write_bytes(granted(pki, line, signer="foreign", chain="foreign_root"))
    assert ("failed", True) in [
        (status, "horodatages" in detail) for status, detail in step(verify_bundle(copy, roots=read_roots(pki.root)))
    ]


def test_documents_say_who_attested_how_late_and_what_is_not_covered(case: tuple[Store, Settings]) -> None:
    from exhibits.reading import read_material  # noqa: PLC0415 - beside its only use
    from exhibits.stamps import stamp_sentences  # noqa: PLC0415
    from store.vault import Keys  # noqa: PLC0415

    store, configured = case
    head = store.head()
    assert head is not None
    material = read_material(store, CASE, last=head.sequence, keys=Keys(), authorities=configured.timestamp.authorities)
    entries = [(facts.sequence, facts.at) for facts in material.attempts]
    words = " ".join(stamp_sentences(material.stamps, entries))
    assert f"{len(entries)} tentatives sur {len(entries)} sont couvertes" in words.replace("\u00a0", " ")
    assert "tardif" in words  # the case is of last summer, its timestamps are of today
    assert "Horodatage non qualifié : essai." in words
    cover = material.stamps.covers(*entries[0])
    assert cover is not None
    assert cover.delay > timedelta(days=1)


def test_a_filing_is_issued_again_with_the_very_same_timestamps(
    case: tuple[Store, Settings], pki: Pki, tmp_path: Path
) -> None:
    filed = make(case, pki, tmp_path / "first", file=True).path
    again = make(case, pki, tmp_path / "again", file=True).path
    assert {path.relative_to(filed): path.read_bytes() for path in answers(filed)} == {
        path.relative_to(again): path.read_bytes() for path in answers(again)
    }
    assert len(answers(filed)) == 4
