"""How the page writes sizes."""

import pytest

from temoin.messages import speaking
from web.render import size_words


@pytest.mark.parametrize(
    ("size", "french", "english"),
    [
        (0, "0 o", "0 B"),
        (999, "999 o", "999 B"),
        (1400, "1,4 ko", "1.4 KB"),
        (12_345, "12 ko", "12 KB"),
        (2_500_000, "2,5 Mo", "2.5 MB"),
    ],
)
def test_a_size_has_the_decimal_sign_of_its_language(size: int, french: str, english: str) -> None:
    with speaking("fr"):
        assert size_words(size) == french.replace(" ", "\u00a0")
    with speaking("en"):
        assert size_words(size) == english.replace(" ", "\u00a0")
