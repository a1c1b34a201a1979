"""A person with the installed command, and the replica site that they follow."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo.scenario import Page, Procedure
from demo.server import ReplicaServer
from tests.acceptance.command import ID, Person


@pytest.fixture
def make_person(tmp_path: Path) -> Iterator[Callable[..., Person]]:
    """A person whose folder is the test's own; none of their processes may outlive the test."""
    made: list[Person] = []

    def make(folder: Path = tmp_path, **environ: str) -> Person:
        person = Person(folder=folder, temporary=Path(tempfile.mkdtemp(prefix="t-")), environ=environ)
        made.append(person)
        return person

    yield make
    left = [command for person in made for command in person.left_running()]
    for person in made:
        shutil.rmtree(person.temporary, ignore_errors=True)
    assert left == []


@pytest.fixture
def person(make_person: Callable[..., Person]) -> Person:
    return make_person()


@pytest.fixture
def site() -> Iterator[ReplicaServer]:
    """An EZBooking page without any appointment, which any program may visit."""
    procedure = Procedure(platform="ezbooking", id=ID, pages=(Page.NO_SLOT,))
    with ReplicaServer([procedure]) as server:
        yield server
