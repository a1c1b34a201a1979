"""What is masked in an exchange, by which rule, and what is left as it was."""

import pytest

from capture.masking import Mask

COOKIE_VALUE = "9f8e7d6c5b4a"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://a.fr/rdv?sid=12345&lieu=94", "https://a.fr/rdv?sid=xxxxx&lieu=94"),
        ("https://a.fr/rdv;jsessionid=AB12?x=1", "https://a.fr/rdv;jsessionid=xxxx?x=1"),
        ("https://a.fr/rdv?csrf_token=%2Bab&annonce=7", "https://a.fr/rdv?csrf_token=xxxxx&annonce=7"),
        ("https://a.fr/rdv?token=ab/c?d=&annonce=7", "https://a.fr/rdv?token=xxxxxxx&annonce=7"),
        ("https://a.fr/rdv#access_token=abc&x=1", "https://a.fr/rdv#access_token=xxx&x=1"),
        ("https://a.fr/rdv?suite=/b?token=abc&x=1", "https://a.fr/rdv?suite=/b?token=xxx&x=1"),
        ("https://a.fr/rdv;jsessionid=AB12/b;c=d", "https://a.fr/rdv;jsessionid=xxxx/b;c=d"),
        ("https://a.fr/rdv?author=x&secretariat=y", "https://a.fr/rdv?author=x&secretariat=y"),
    ],
)
def test_parameters_of_an_address_are_masked_by_their_names(before: str, after: str) -> None:
    assert Mask().url(before) == after


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("Cookie", "PHPSESSID=abc; langue=fr", "PHPSESSID=xxx; langue=xx"),
        ("set-cookie", "A=bcd; Path=/; HttpOnly", "A=xxx; Path=/; HttpOnly"),
        (
            "set-cookie",
            "A=b,cd; Expires=Wed, 09 Jun 2027 10:18:14 GMT, E=f",
            "A=xxxx; Expires=Wed, 09 Jun 2027 10:18:14 GMT, E=x",
        ),
        ("Authorization", "Basic YTpi", "xxxxxxxxxx"),
        ("X-CSRF-Token", "abc", "xxx"),
        ("Location", "/rdv?token=abc", "/rdv?token=xxx"),
        ("Location", "/rdv#id_token=abc", "/rdv#id_token=xxx"),
        ("Refresh", "0; url=/rdv?token=abc", "0; url=/rdv?token=xxx"),
        ("Link", "</rdv?token=abc>; rel=preload", "</rdv?token=xxx>; rel=preload"),
        ("Content-Type", "text/html", "text/html"),
    ],
)
def test_headers_are_masked_by_their_names(name: str, before: str, after: str) -> None:
    assert Mask().header(name, before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<input type=hidden name="_token" value="ab">', '<input type=hidden name="_token" value="xx">'),
        ("<input value='abc' name=session>", "<input value='xxx' name=session>"),
        ('<meta name="csrf-token" content="abc">', '<meta name="csrf-token" content="xxx">'),
        ('<meta name="author" content="Préfecture">', '<meta name="author" content="Préfecture">'),
        ('<input name="planning" value="20678">', '<input name="planning" value="20678">'),
        ('{"accessToken": "abcdef", "lieu": "Créteil"}', '{"accessToken": "xxxxxx", "lieu": "Créteil"}'),
        ('<a href="/rdv?lieu=94&amp;token=abc">', '<a href="/rdv?lieu=94&amp;token=xxx">'),
        ("<form action='/rdv;jsessionid=AB12'>", "<form action='/rdv;jsessionid=xxxx'>"),
        (
            '<div data-p="{&quot;token&quot;:&quot;abcdef&quot;}">',
            '<div data-p="{&quot;token&quot;:&quot;xxxxxx&quot;}">',
        ),
        ('x = "{\\"token\\":\\"abcdef\\"}"', 'x = "{\\"token\\":\\"xxxxxx\\"}"'),
        ("var csrfToken = `abcdef`;", "var csrfToken = `xxxxxx`;"),
        ("<div data-api-key='abcdef'>", "<div data-api-key='xxxxxx'>"),
        ('{"sessionId": 1234567890, "lieu": 94000123}', '{"sessionId": 0000000000, "lieu": 94000123}'),
        ('{"sessionTimeout": 180000000}', '{"sessionTimeout": 180000000}'),
        ("var message = 'Votre session : a expiré';", "var message = 'Votre session : a expiré';"),
    ],
)
def test_hidden_values_of_a_page_are_masked_by_their_names(before: str, after: str) -> None:
    assert Mask().text(before, named=True) == after


def test_a_secret_is_masked_wherever_else_it_stands_and_a_word_is_not() -> None:
    mask = Mask(cookies=[COOKIE_VALUE, "accepted"])
    mask.learn(url="https://a.fr/", headers=(), text='<input name=token value="ABCDEFGH12"><input name=auth value=non>')
    assert mask.text(f"ouvrir('{COOKIE_VALUE}', 'ABCDEFGH12'); // accepted, non", named=False) == (
        "ouvrir('xxxxxxxxxxxx', 'xxxxxxxxxx'); // accepted, non"
    )
    assert mask.url(f"https://a.fr/{COOKIE_VALUE}/image.png") == "https://a.fr/xxxxxxxxxxxx/image.png"


@pytest.mark.parametrize(
    "piece", ["<input ", "token", "a" * 50, '"', "token='", "&sid", "<meta name=token ", "?token=", "href='?"]
)
def test_a_page_made_to_keep_an_expression_busy_does_not(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    assert len(Mask().text(text, named=True)) == len(text)
