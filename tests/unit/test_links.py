"""Which addresses are the same one, and which link of a page leads to the booking."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.links import MAX_HREF, MAX_WORDS, Anchor, address_key, find_link, same_address
from temoin.notice import NoticeLink

BOOKING = "https://www.exemple.gouv.fr/booking/create/4963"
PAGE = "https://www.exemple.gouv.fr/demarches/premiere-demande"

SAME = [
    "http://www.exemple.gouv.fr/booking/create/4963",
    "https://www.exemple.gouv.fr/booking/create/4963/",
    "https://www.exemple.gouv.fr/booking/create/4963//",
    "https://www.exemple.gouv.fr/booking/create/4963/0",
    "https://www.exemple.gouv.fr/booking/create/4963/0/",
    "https://www.exemple.gouv.fr:443/booking/create/4963",
    "http://www.exemple.gouv.fr:80/booking/create/4963",
    "https://WWW.Exemple.gouv.fr./booking/create/4963",
    "HTTPS://www.exemple.gouv.fr/booking/create/4963#contenu",
    "https://www.exemple.gouv.fr/booking/create/%34963",
    " https://www.exemple.gouv.fr/booking/create/4963?\n",
]
OTHERS = [
    "https://www.exemple.gouv.fr/booking/create/4964",
    "https://www.exemple.gouv.fr/booking/create/4963/1",
    "https://www.exemple.gouv.fr/booking/create/49630",
    "https://www.exemple.gouv.fr/booking/create/4963/00",
    "https://www.exemple.gouv.fr/booking/create/0/4963",
    "https://www.exemple.gouv.fr/Booking/create/4963",
    "https://www.exemple.gouv.fr/booking/create/4963?id=0",
    "https://www.exemple.gouv.fr/booking%2Fcreate/4963",
    "https://www.exemple.gouv.fr:8443/booking/create/4963",
    "http://www.exemple.gouv.fr:443/booking/create/4963",
    "https://exemple.gouv.fr/booking/create/4963",
    "https://www.exemple.gouv.fr@ailleurs.example/booking/create/4963",
    "https://personne@www.exemple.gouv.fr/booking/create/4963",
    "https://www.exemple.gouv.fr.ailleurs.example/booking/create/4963",
    "ftp://www.exemple.gouv.fr/booking/create/4963",
    "javascript:location='https://www.exemple.gouv.fr/booking/create/4963'",
    "mailto:prefecture@exemple.gouv.fr",
    "https://[www.exemple.gouv.fr/booking/create/4963",
    "https://www.exemple.gouv.fr:99999/booking/create/4963",
    "",
]

hosts = st.sampled_from(["www.exemple.gouv.fr", "rdv.exemple.gouv.fr", "127.0.0.1"])
segments = st.lists(
    st.text("abz09-_.~%/", min_size=1, max_size=6).map(lambda text: text.replace("%", "%41")), max_size=4
)
queries = st.sampled_from(["", "?a=1", "?a=1&b=2", "?q=%C3%A9"])


@st.composite
def addresses(draw: st.DrawFn) -> str:
    path = "".join(f"/{segment}" for segment in draw(segments))
    return f"https://{draw(hosts)}{path}{draw(queries)}"


@pytest.mark.parametrize("address", SAME)
def test_a_difference_that_no_site_makes_is_none(address: str) -> None:
    assert same_address(address, BOOKING)


@pytest.mark.parametrize("address", OTHERS)
def test_any_other_difference_makes_another_address(address: str) -> None:
    assert not same_address(address, BOOKING)


@given(addresses(), st.sampled_from(["https", "http"]), st.sampled_from(["", "/"]), st.sampled_from(["", "#haut"]))
def test_scheme_final_slash_and_fragment_make_no_difference(
    address: str, scheme: str, slash: str, fragment: str
) -> None:
    path, question, query = address.partition("?")
    written = f"{path}{slash}{question}{query}{fragment}".replace("https:", f"{scheme}:", 1)
    assert same_address(address, written)


@given(addresses(), addresses())
def test_two_hosts_or_two_queries_are_never_the_same_address(one: str, other: str) -> None:
    if same_address(one, other):
        key, other_key = address_key(one), address_key(other)
        assert key is not None
        assert other_key is not None
        assert (key[0], key[3]) == (other_key[0], other_key[3])
        assert one.split("?")[1:] == other.split("?")[1:]
        assert one.split("/")[2] == other.split("/")[2]


@given(st.text(), st.text())
def test_whatever_a_page_calls_an_address_is_compared_without_an_error(one: str, other: str) -> None:
    assert same_address(one, other) == same_address(other, one)


def test_the_first_link_in_sight_is_the_one() -> None:
    anchors = [
        Anchor(href=f"{PAGE}#contenu", text="Aller au contenu"),
        Anchor(href=f"{BOOKING}/0", text="Rendez-vous", visible=False),
        Anchor(href=f"{BOOKING}/", text="  Prendre\n rendez-vous "),
        Anchor(href=BOOKING, text="encore"),
    ]
    assert find_link(anchors, booking=BOOKING, page=PAGE) == NoticeLink(
        found=True, href=f"{BOOKING}/", text="Prendre rendez-vous", in_sight=True, path=(PAGE, BOOKING)
    )


def test_a_link_that_must_be_unfolded_first_is_said_to_be() -> None:
    anchors = [Anchor(href=BOOKING, text="Rendez-vous", visible=False)]
    found = find_link(anchors, booking=BOOKING, page=PAGE)
    assert (found.found, found.in_sight, found.path) == (True, False, (PAGE, BOOKING))


def test_without_a_direct_link_the_way_ends_at_the_page() -> None:
    anchors = [Anchor(href=address, text="Rendez-vous") for address in OTHERS]
    assert find_link(anchors, booking=BOOKING, page=PAGE) == NoticeLink(
        found=False, href=None, text=None, in_sight=False, path=(PAGE,)
    )
    assert find_link([], booking=BOOKING, page=PAGE).to_json() == {
        "found": False,
        "href": None,
        "text": None,
        "in_sight": False,
        "path": [PAGE],
    }


def test_a_link_with_endless_words_is_cut() -> None:
    anchor = Anchor(href=f"{BOOKING}#{'x' * 5_000}", text="mot " * 1_000)
    found = find_link([anchor], booking=BOOKING, page=PAGE)
    assert (len(found.href or ""), len(found.text or "")) == (MAX_HREF, MAX_WORDS)
