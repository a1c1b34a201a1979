"""Which attempts share a PDF: any list of weights, and the names of the parts."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from exhibits import model, names
from exhibits.splitting import LIGHT, MOST_PICTURES, Load, cut, halve, split_file
from tests.exhibit_case import START, Try, build_facts, part

HEAVIEST = 29_000_000
loads = st.lists(
    st.builds(Load, size=st.integers(0, 40_000_000) | st.integers(60_000, 400_000), pictures=st.integers(1, 12)),
    min_size=1,
    max_size=600,
)


def file_of(count: int) -> model.CaptureFile:
    one = build_facts(5, Try(at=START, parts=(part(),)))
    attempts = [replace(one, sequence=5 + place, at=START + timedelta(hours=5 * place)) for place in range(count)]
    return model.capture_files(model.number(attempts, 3), model.Grouping.ALL, 3)[0]


@given(loads)
def test_every_attempt_is_in_exactly_one_file_and_the_bounds_are_kept(every: list[Load]) -> None:
    counts = cut(every)
    assert sum(counts) == len(every)
    assert min(counts) >= 1
    start = 0
    for count in counts:
        held = every[start : start + count]
        start += count
        assert count == 1 or sum(load.size for load in held) <= LIGHT < HEAVIEST
        assert count == 1 or sum(load.pictures for load in held) <= MOST_PICTURES


@given(loads, st.integers(1, 50))
def test_attempts_that_come_later_change_no_file_but_the_last(every: list[Load], later: int) -> None:
    before = cut(every)
    after = cut([*every, *[Load(size=100_000, pictures=1)] * later])
    assert after[: len(before) - 1] == before[:-1]


@given(st.lists(st.integers(0, 12_000_000), min_size=1, max_size=40))
def test_parts_keep_order_and_numbers_and_say_their_range(sizes: list[int]) -> None:
    whole = file_of(len(sizes))
    size_of = dict(zip((one.number for one in whole.attempts), sizes, strict=True))
    parts = split_file(whole, lambda one: Load(size=size_of[one.number], pictures=1))
    assert tuple(one for each in parts for one in each.attempts) == whole.attempts
    assert len({each.file for each in parts}) == len(parts)
    for each in parts:
        assert names.check_name(each.file) is None
        assert names.numbers_of(each.file) == (each.attempts[0].number, each.attempts[-1].number)
        assert each.title.startswith(f"{each.numbers} ")


def test_a_file_that_is_light_enough_stays_as_it_is() -> None:
    whole = file_of(3)
    assert split_file(whole, lambda _one: Load(size=100_000, pictures=1)) == (whole,)


def test_the_parts_say_their_own_days() -> None:
    first, second = halve(file_of(10))  # five hours apart from 07:12 on Monday
    assert first.title.endswith("du 14 au 15 septembre 2026")
    assert first.file == "003-007_Captures_RDV_Val-de-Marne_2026-09-14_au_2026-09-15.pdf"
    assert second.file == "008-012_Captures_RDV_Val-de-Marne_2026-09-15_au_2026-09-16.pdf"
