"""What people paste and type: cleaned where it is plain what they mean, refused in a sentence where it is not."""

from collections.abc import Callable

import pytest

from temoin.answers import (
    check_address_of,
    clean_address,
    clean_channel,
    clean_choices,
    clean_id,
    clean_line,
    clean_optional_address,
    clean_windows,
    clean_zone,
)
from temoin.errors import UsageError

BOOKING = "https://www.val-de-marne.gouv.fr/booking/create/4963"


@pytest.mark.parametrize(
    "pasted",
    [
        f"  {BOOKING}\t",
        f'"{BOOKING}"',
        f"«\u00a0{BOOKING}\u00a0»",
        f"<{BOOKING}>",
        f"{BOOKING}#haut",
        f"\ufeff{BOOKING}\u200b",
        f"\u202a{BOOKING}\u202c",
    ],
)
def test_an_address_is_taken_out_of_what_was_pasted_with_it(pasted: str) -> None:
    assert clean_address(pasted) == BOOKING


@pytest.mark.parametrize(
    ("pasted", "sentence"),
    [
        ("", "The address must begin with http:// or https://."),
        ("www.val-de-marne.gouv.fr/booking/create/4963", "The address must begin with http:// or https://."),
        ("ftp://www.exemple.invalid/", "The address must begin with http:// or https://."),
        ("javascript:alert(1)", "The address must begin with http:// or https://."),
        ("https://", "The address has no host."),
        ("https://marie:secret@www.exemple.invalid/", "The address must not hold a user name or password."),
        ("https://www.exemple.invalid/a b", "This is not an address alone: it holds spaces."),
        ("https://www.exemple.invalid/a\x00b", "The address must not hold spaces or control characters."),
        (f"https://{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 71}/", "The address has too long a host name."),
        ("https://[::1/", "The address is no web address."),
        ("https://www.exemple.invalid:port/", "The address is no web address."),
    ],
)
def test_an_address_that_is_none_is_refused_in_a_sentence_that_does_not_repeat_it(pasted: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        clean_address(pasted)
    assert caught.value.message == sentence
    assert "secret" not in caught.value.message + caught.value.remedy


@pytest.mark.parametrize(
    ("pasted", "remedy"),
    [
        ("préfecture de créteil", "copy the address from the top of its window"),
        ("Voici le lien : https://www.exemple.invalid/rdv", "Paste the address alone"),
        ("Voici : https://a.invalid/ ou https://b.invalid/", "copy the address from the top of its window"),
    ],
)
def test_words_beside_an_address_or_in_its_place_are_told_what_to_do(pasted: str, remedy: str) -> None:
    for clean in (clean_address, clean_optional_address):
        with pytest.raises(UsageError) as caught:
            clean(pasted)
        assert remedy in caught.value.remedy


def test_the_public_page_may_be_left_out() -> None:
    assert clean_optional_address("  ") == ""
    assert clean_optional_address("«https://www.exemple.invalid/a#b»") == "https://www.exemple.invalid/a#b"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("07:00-22:30", ("07:00-22:30",)),
        ("7h-22h30", ("07:00-22:30",)),
        ("7 - 22", ("07:00-22:00",)),
        ("de", None),
        ("8h à 12h et 14h à 18h", ("08:00-12:00", "14:00-18:00")),
        ("12:00–14:00 ; 18:00–22:00", ("12:00-14:00", "18:00-22:00")),
        ("22h-7h", None),
        ("7h-25h", None),
        ("", None),
        ("14h-18h, 8h-12h", None),
    ],
)
def test_hours_are_read_as_people_write_them(typed: str, expected: tuple[str, ...] | None) -> None:
    if expected is not None:
        assert clean_windows(typed) == expected
        return
    with pytest.raises(UsageError, match=r"^These hours cannot be used: "):
        clean_windows(typed)


@pytest.mark.parametrize(
    ("clean", "value", "sentence"),
    [
        (clean_line, " ", "This answer must not be empty."),
        (clean_line, "a\nb", "This answer must be one line of at most 300 characters."),
        (clean_id, "Créteil", "The id must be 1 to 60 characters"),
        (clean_zone, "Europe/Pari", "Not possible: no such time zone; did you mean “Europe/Paris”?"),
        (clean_channel, "marie@exemple.invalid", "An e-mail address alone is not enough"),
        (clean_channel, "ntfi://x/y", "This address cannot be used: no such kind of service"),
    ],
)
def test_other_answers_are_refused_in_a_sentence(clean: Callable[[str], str], value: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        clean(value)
    assert caught.value.message.startswith(sentence)


def test_another_page_of_a_known_site_is_told_what_the_right_one_looks_like() -> None:
    with pytest.raises(UsageError) as caught:
        check_address_of("rdv-prefecture", "https://www.rdv-prefecture.interieur.gouv.fr/")
    assert "not that of a démarche on rdv-prefecture" in caught.value.message
    assert "Such an address looks like https://" in caught.value.remedy


def test_choices_are_cut_at_semicolons() -> None:
    assert clean_choices(" Guichet 1 ;  ; Guichet 2, salle B ") == ("Guichet 1", "Guichet 2, salle B")
    assert clean_choices("") == ()
