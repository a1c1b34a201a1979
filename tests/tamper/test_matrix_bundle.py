"""Every file of a bundle in every way: found by step 1 or 2, and under new manifests by the step of its kind.

The files are listed from a bundle with one of each kind: a new kind fails here until it is said which step holds it.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exhibits import bag
from temoin.canonical import canonical_bytes, read_json, sha256
from tests.bundle_bench import MANIFEST_STAMP, PROOFS, Bench, Kind, delete, empty, flip, lengthen, truncate
from tests.whole_case import Whole

ENTRY = Kind(pattern=rf"{PROOFS}/\d+/entry\.json", step="4 entries")
RECORD = Kind(pattern=rf"{PROOFS}/\d+/record\.json", step="5 records")
ARTEFACT = Kind(pattern=rf"{PROOFS}/\d+/(\d+|conditions|journal)/[a-z0-9.-]+", step="6 artefacts")
REGISTER = Kind(pattern=rf"{PROOFS}/registre\.jsonl", step="3 chain")
SECRETS = Kind(pattern=rf"{PROOFS}/secrets\.json", step="7 subjects")
INVENTORY = Kind(pattern=r"data/1_A_DEPOSER/00_Inventaire_detaille\.csv", step="8 inventory")
WORD = Kind(pattern=r"data/1_A_DEPOSER/00_Inventaire_detaille\.docx", step="8 inventory")
TITLES = Kind(pattern=r"data/1_A_DEPOSER/TITRES\.txt", step="9 names")
STAMP = Kind(pattern=rf"{PROOFS}/(horodatages/)?\d+/entry\.json\.essai\.tsr", step="13 timestamps")
STAMPED_LINE = Kind(pattern=rf"{PROOFS}/horodatages/\d+/entry\.json", step="13 timestamps")
ROOT = Kind(pattern=rf"{PROOFS}/autorites/essai\.pem", step="13 timestamps")  # not checked, hence not passed
DOCUMENT = Kind(
    pattern=r"data/(LISEZ-MOI\.pdf|1_A_DEPOSER/\w[\w-]*\.pdf|2_MODELES/\w+\.(docx|txt|pdf))",
    step="12 documents",
    deep=True,
)
SCRIPT = Kind(pattern=rf"{PROOFS}/verifier\.(sh|ps1)\.txt", step="12 documents", deep=True)
DESCRIPTION = Kind(pattern=rf"{PROOFS}/dossier\.json", step="12 documents", deep=True)
ARCHIVE = Kind(pattern=rf"{PROOFS}/captures\.wacz", step="14 exchanges", deep=True)
KINDS = (
    *(ENTRY, RECORD, ARTEFACT, REGISTER, SECRETS, INVENTORY, WORD, TITLES, STAMP, STAMPED_LINE, ROOT),
    *(DOCUMENT, SCRIPT, DESCRIPTION, ARCHIVE),
)
TAGS = (
    *bag.TAG_FILES,
    bag.TAG_MANIFEST,
    MANIFEST_STAMP,
)  # made anew by whoever covers their tracks; the stamp cannot be


@pytest.fixture(scope="module")
def copied(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench.of(whole, tmp_path_factory.mktemp("matrix"))


@pytest.fixture
def bench(copied: Bench) -> Iterator[Bench]:
    yield copied
    copied.put_back()


CHANGES: tuple[Callable[[Path], None], ...] = (flip, truncate, empty, delete, lengthen)


def test_the_bundle_has_a_file_of_every_kind_and_none_of_another(copied: Bench) -> None:
    payload = [name for name in copied.digests if name not in TAGS]
    assert [name for name in payload if sum(name in kind for kind in KINDS) != 1] == []
    assert [kind for kind in KINDS if not copied.names(kind)] == []
    assert set(TAGS) <= copied.digests.keys()


@pytest.mark.parametrize("change", CHANGES)
def test_every_file_changed_is_found_and_named(bench: Bench, change: Callable[[Path], None]) -> None:
    for name in bench.digests:
        before = (bench.root / name).read_bytes()
        change(bench.root / name)
        found = bench.quickly_found([name])
        step = "1 bag" if name in TAGS else "2 files"
        assert any(one.startswith(step) and name in one for one in found), (name, found)
        (bench.root / name).write_bytes(before)


def other_than(bench: Bench, name: str) -> str:
    """The next file that has other bytes."""
    names = sorted(bench.digests)
    place = names.index(name)
    return next(one for one in names[place + 1 :] + names[:place] if bench.digests[one] != bench.digests[name])


def test_every_file_exchanged_with_its_neighbour_is_found_and_both_are_named(bench: Bench) -> None:
    for name in bench.digests:
        one, other = bench.root / name, bench.root / other_than(bench, name)
        first, second = one.read_bytes(), other.read_bytes()
        one.write_bytes(second)
        other.write_bytes(first)
        found = " ".join(bench.quickly_found([name, other.relative_to(bench.root).as_posix()]))
        assert bag.MANIFEST in found
        if not {bag.MANIFEST, bag.TAG_MANIFEST} & {name, other.name}:  # a manifest of another shape names nothing
            assert all(path.relative_to(bench.root).as_posix() in found for path in (one, other)), name
        one.write_bytes(first)
        other.write_bytes(second)


def test_a_file_added_in_every_folder_is_found_and_named(bench: Bench) -> None:
    for folder in sorted({name.rpartition("/")[0] for name in bench.digests}):
        name = f"{folder}/ajout.txt".removeprefix("/")
        (bench.root / name).write_bytes(b"x")
        assert any(f"{name}: no export makes such a file" in one or f"{name} is not in" in one
                   for one in bench.quickly_found([name])), name  # fmt: skip
        (bench.root / name).unlink()


def test_files_dated_otherwise_are_the_same_files(bench: Bench) -> None:
    for name in bench.digests:
        os.utime(bench.root / name, (0, 0))
    assert bench.found() == []


# Under new manifests. All files of the kinds that do not hide one another at once: each must be named by its step.
TOGETHER = (
    (ARTEFACT, WORD, TITLES, STAMP),
    (STAMPED_LINE, ENTRY),
    (RECORD,),
    (REGISTER,),
    (SECRETS, INVENTORY, ROOT),
    (DOCUMENT, SCRIPT, ARCHIVE),
    (DESCRIPTION,),
)


@pytest.mark.parametrize("kinds", TOGETHER)
def test_under_new_manifests_each_file_is_found_by_its_step(bench: Bench, kinds: tuple[Kind, ...]) -> None:
    names = bench.names(*kinds)
    for name in names:
        flip(bench.root / name)
    bench.reseal()
    found = bench.found(deep=any(kind.deep for kind in kinds))
    assert any(one.startswith(f"13 timestamps: {MANIFEST_STAMP}") for one in found)  # whatever else is found
    for name in names:
        step = next(kind.step for kind in kinds if name in kind)
        assert any(one.startswith(step) and name.removeprefix(f"{PROOFS}/") in one for one in found), (name, found)


def test_a_register_chained_again_from_the_middle_is_found_by_its_timestamps(bench: Bench) -> None:
    """Everything made to agree: the record, its entry, all lines after it, folders and manifests."""
    proofs = bench.root / PROOFS
    changed = (
        min(int(name.split("/")[-2]) for name in bench.names(STAMP)) - 1
    )  # the entry before the first that has a token
    lines = (proofs / "registre.jsonl").read_bytes().splitlines()
    record = proofs / str(changed) / "record.json"
    record.write_bytes(canonical_bytes(read_json(record.read_bytes()) | {"cause": "late"}))
    for place in range(changed - 1, len(lines)):
        line = read_json(lines[place])
        if place == changed - 1:
            line["record"] = sha256(record.read_bytes())
        else:
            line["previous"] = sha256(lines[place - 1])
        lines[place] = canonical_bytes(line)
        for entry in proofs.glob(f"{place + 1}/entry.json"), proofs.glob(f"horodatages/{place + 1}/entry.json"):
            for path in entry:
                path.write_bytes(lines[place])
    (proofs / "registre.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    bench.reseal()
    found = bench.found()
    assert {one.split(":")[0] for one in found} == {"13 timestamps"}
    for name in [*bench.names(STAMP), MANIFEST_STAMP]:
        assert f"13 timestamps: {name}: The timestamp is over other bytes than those asked about." in found


# What may be taken away under new manifests, when the timestamp over the manifest goes too; nothing else may.
MAY_GO = {
    ROOT: "whoever checks takes the root from the authority; nothing is held to this copy",
    STAMP: "a later answer covers the same entries; the documents drawn again differ where it says another time",
}


@pytest.mark.soak
@pytest.mark.parametrize("change", CHANGES)
def test_every_file_in_every_way_under_new_manifests(
    bench: Bench, change: Callable[[Path], None], record_property: Callable[[str, object], None]
) -> None:
    """One at a time, without regard to the timestamp over the manifest; the deep steps where the others are quiet."""
    by_default = by_deep = 0
    missed = []
    for name in bench.names(*KINDS):
        change(bench.root / name)
        bench.reseal()
        found = [one for one in bench.found() if MANIFEST_STAMP not in one]
        by_default += bool(found)
        if not found:
            found = [one for one in bench.found(deep=True) if MANIFEST_STAMP not in one]
            by_deep += bool(found)
        if not any(name.removeprefix(f"{PROOFS}/") in one or name.rpartition("/")[2] in one for one in found):
            missed.append((name, found))
        bench.put_back()
    record_property("by default", by_default)
    record_property("by deep", by_deep)
    record_property("missed", missed)
    assert [name for name, _found in missed if not any(name in kind for kind in MAY_GO)] == []
