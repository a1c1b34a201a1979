"""Answers that are none, by the ten thousand: whatever comes from the network ends in our own error, or in a token."""

import random
from collections import Counter
from collections.abc import Callable

import pytest

from store.tokens import Trust, build_request, check_token, load_roots
from temoin.errors import TokenError
from tests.authority import Answers, Authority, Pki
from tests.mutations import mutated

INPUTS = 40_000
MESSAGE = b"an entry"


@pytest.mark.soak
@pytest.mark.parametrize("answers", [Answers.GRANTS, Answers.REFUSES])
def test_no_answer_makes_anything_but_our_own_error(
    pki: Pki, answers: Answers, record_property: Callable[[str, object], None]
) -> None:
    trust = Trust(roots=load_roots(pki.root.read_bytes(), "root.pem"))
    answer = Authority(pki=pki, answers=answers).reply(build_request(MESSAGE).as_bytes())
    rng, found = random.Random(20261126), Counter[str]()  # noqa: S311 - to be repeated
    for _one in range(INPUTS):
        try:
            check_token(mutated(answer, rng), MESSAGE, trust)
            found["token"] += 1
        except TokenError as error:
            found[str(error.reason)] += 1
    record_property("found", dict(found))
    assert sum(found.values()) == INPUTS
    assert found["garbage"]
