from benchmarks.measure import HEAD, Row, Sample, in_turn, repeated


def row(*, limit: float) -> Row:
    ours, theirs = Sample(values=(2.0, 3.0, 9.0)), Sample(values=(1.0, 2.0, 3.0))
    return Row(what="a thing", unit="ms", limit=limit, ours=ours, peer="another", against=theirs)


def test_the_ratio_is_that_of_each_pair_and_the_budget_bounds_its_median() -> None:
    assert row(limit=2.0).ratios == Sample(values=(2.0, 1.5, 3.0))
    assert row(limit=2.0).kept
    assert not row(limit=1.9).kept


def test_a_row_that_misses_its_budget_says_so_in_the_table() -> None:
    assert row(limit=1.9).line().count("|") == HEAD[0].count("|")
    assert row(limit=1.9).line() == ("| a thing | 3 ms (2–9) | another: 2 ms (1–3) | 2 × (1.5–3) | 1.9 × | **no** |")


def test_two_things_are_done_in_turn_and_who_goes_first_alternates() -> None:
    done: list[str] = []

    def one(name: str) -> float:
        done.append(name)
        return float(len(done))

    ours, theirs = in_turn(lambda: one("a"), lambda: one("b"), times=2, unmeasured=1)
    assert done == ["a", "b", "b", "a", "a", "b"]
    assert (ours.values, theirs.values) == ((4.0, 5.0), (3.0, 6.0))


def test_what_comes_before_the_count_is_not_counted() -> None:
    values = iter([9.0, 1.0, 2.0])
    assert repeated(lambda: next(values), times=2, unmeasured=1).values == (1.0, 2.0)
