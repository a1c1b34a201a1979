"""What an authority may answer, and what is said of it; the authority is openssl's."""

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import tsp
from cryptography import x509
from rfc3161_client import decode_timestamp_response

from store.tokens import TokenFault, Trust, build_request, check_token, load_roots
from temoin.clock import utc_now
from temoin.errors import ConfigError, TokenError
from tests.authority import OTHER_POLICY, POLICY, Answers, Authority, Pki, altered, grant, in_order
from tests.mutations import mutated

MESSAGE = b'{"at":"2026-11-23T07:12:33.481Z","format":1}'


@pytest.fixture(scope="module")
def roots(pki: Pki) -> tuple[x509.Certificate, ...]:
    """The pinned root."""
    return load_roots(pki.root.read_bytes(), "root.pem")


@pytest.fixture
def answer(pki: Pki) -> Callable[..., tuple[bytes, int]]:
    """Ask, without a network: the answer, and the request's nonce."""

    def ask(answers: Answers = Answers.GRANTS, message: bytes = MESSAGE) -> tuple[bytes, int]:
        request = build_request(message)
        assert request.nonce is not None
        return Authority(pki=pki, answers=answers).reply(request.as_bytes()), request.nonce

    return ask


Ask = Callable[..., tuple[bytes, int]]


def test_a_granted_token_attests_the_bytes_at_a_time(answer: Ask, roots: tuple[x509.Certificate, ...]) -> None:
    data, nonce = answer()
    token = check_token(data, MESSAGE, Trust(roots=roots, policy=POLICY), nonce=nonce)
    assert timedelta(0) <= utc_now() - token.gen_time < timedelta(seconds=30)
    assert (token.accuracy, token.policy, token.subject) == (timedelta(seconds=1), POLICY, "CN=Test tsa")
    assert len(token.fingerprint) == 64
    assert int(token.serial, 16) > 0


@pytest.mark.parametrize(
    ("answers", "reason", "words"),
    [
        (Answers.GARBAGE, TokenFault.GARBAGE, "The answer is not that of a timestamp authority (RFC 3161)."),
        (
            Answers.REFUSES,
            TokenFault.REFUSED,
            "The authority grants no timestamp (rejection: Message digest algorithm is not supported. bad_alg).",
        ),
        (
            Answers.EXPIRED,
            TokenFault.EXPIRED,
            "The certificate of the signer was not valid at ",
        ),
        (
            Answers.WRONG_USE,
            TokenFault.USE,
            "The certificate of the signer is not one for timestamps alone (RFC 3161 §2.3).",
        ),
        (
            Answers.FOREIGN,
            TokenFault.UNTRUSTED,
            "The timestamp does not lead to a pinned root that was valid at the time that it gives.",
        ),
        (Answers.SHA1, TokenFault.WEAK, "The timestamp is signed over a digest that is none of SHA-256, "),
        (Answers.ALTERED, TokenFault.SIGNATURE, "The signature of the timestamp is wrong: it was changed."),
        (
            Answers.OTHER_POLICY,
            TokenFault.POLICY,
            f"The timestamp is of the policy {OTHER_POLICY}, not {POLICY}.",
        ),
    ],
)
def test_what_is_no_timestamp_is_refused_with_its_reason(
    answer: Ask, roots: tuple[x509.Certificate, ...], answers: Answers, reason: TokenFault, words: str
) -> None:
    data, nonce = answer(answers)
    with pytest.raises(TokenError) as caught:
        check_token(data, MESSAGE, Trust(roots=roots, policy=POLICY), nonce=nonce)
    assert caught.value.reason == reason
    assert caught.value.message.startswith(words)
    assert caught.value.remedy


def test_a_replayed_token_is_refused_for_its_digest_then_for_its_nonce(
    pki: Pki, roots: tuple[x509.Certificate, ...]
) -> None:
    authority = Authority(pki=pki, answers=Answers.REPLAYS)
    trust = Trust(roots=roots)
    old = authority.reply(build_request(b"an older entry").as_bytes())
    request = build_request(MESSAGE)
    assert authority.reply(request.as_bytes()) == old
    with pytest.raises(TokenError, match="over other bytes than those asked about"):
        check_token(old, MESSAGE, trust, nonce=request.nonce)
    with pytest.raises(TokenError, match=r"answers another request: its number \(nonce\) is not ours"):
        check_token(old, b"an older entry", trust, nonce=request.nonce)
    check_token(old, b"an older entry", trust)


def test_an_unsorted_certificate_set_is_sorted_for_the_check_and_never_dropped(
    answer: Ask, roots: tuple[x509.Certificate, ...]
) -> None:
    data, nonce = answer(Answers.UNSORTED)
    with pytest.raises(ValueError, match="InvalidSetOrdering"):
        decode_timestamp_response(data)
    token = check_token(data, MESSAGE, Trust(roots=roots), nonce=nonce)
    assert token == check_token(in_order(data), MESSAGE, Trust(roots=roots), nonce=nonce)


def test_an_unsorted_set_hides_no_wrong_token(answer: Ask, roots: tuple[x509.Certificate, ...]) -> None:
    data, _nonce = answer(Answers.UNSORTED)
    with pytest.raises(TokenError, match="The signature of the timestamp is wrong"):
        check_token(altered(data), MESSAGE, Trust(roots=roots))
    foreign, _nonce = answer(Answers.FOREIGN)
    with pytest.raises(TokenError, match="does not lead to a pinned root"):
        check_token(in_order(foreign, reverse=True), MESSAGE, Trust(roots=roots))


def test_a_certificate_that_travels_is_no_anchor(pki: Pki, answer: Ask) -> None:
    """Neither the intermediate that was pinned alone, nor the root that a foreign token brings along."""
    data, _nonce = answer()
    intermediate = load_roots((pki.folder / "intermediate.pem").read_bytes(), "intermediate.pem")
    with pytest.raises(TokenError, match="does not lead to a pinned root"):
        check_token(data, MESSAGE, Trust(roots=intermediate))
    foreign, _nonce = answer(Answers.FOREIGN)
    carried = tsp.TimeStampResp.load(foreign)["time_stamp_token"]["content"]["certificates"]
    root = load_roots((pki.folder / "foreign_root.pem").read_bytes(), "foreign_root.pem")
    assert any(one.chosen.subject.native == one.chosen.issuer.native for one in carried)
    check_token(foreign, MESSAGE, Trust(roots=root))


def test_without_a_root_nothing_is_passed_but_what_is_wrong_is_still_said(answer: Ask) -> None:
    data, _nonce = answer()
    for changed, message, reason in (
        (data, MESSAGE, TokenFault.NO_ROOT),
        (altered(data), MESSAGE, TokenFault.SIGNATURE),
        (data, b"other", TokenFault.DIGEST),
    ):
        with pytest.raises(TokenError) as caught:
            check_token(changed, message, Trust(roots=()))
        assert caught.value.reason == reason


def test_a_token_without_certificates_is_held_to_the_pinned_ones(pki: Pki) -> None:
    """Some authorities send none unless asked; the file of roots may hold the chain."""
    request = tsp.TimeStampReq.load(build_request(MESSAGE).as_bytes())
    request["cert_req"] = False
    data = grant(pki, request.dump(), chain="intermediate")
    assert not tsp.TimeStampResp.load(data)["time_stamp_token"]["content"]["certificates"].native
    root = load_roots(pki.root.read_bytes(), "root.pem")
    with pytest.raises(TokenError, match="does not come with the certificate of its signer"):
        check_token(data, MESSAGE, Trust(roots=root))
    chain = b"".join((pki.folder / f"{name}.pem").read_bytes() for name in ("root", "intermediate", "tsa"))
    assert check_token(data, MESSAGE, Trust(roots=load_roots(chain, "chain.pem"))).subject == "CN=Test tsa"


def test_every_byte_that_is_signed_counts(answer: Ask, roots: tuple[x509.Certificate, ...]) -> None:
    """A bit of what the token says, one byte after the other; the answer is refused, by our own error."""
    data, nonce = answer()
    content = tsp.TimeStampResp.load(data)["time_stamp_token"]["content"]
    said = content["encap_content_info"]["content"].parsed.dump()
    start = data.index(said)
    for place in range(start, start + len(said), 3):
        changed = bytearray(data)
        changed[place] ^= 1 << place % 8
        with pytest.raises(TokenError):
            check_token(bytes(changed), MESSAGE, Trust(roots=roots), nonce=nonce)


def test_an_answer_that_is_nearly_one_ends_in_our_own_error_or_attests_the_same(
    answer: Ask, roots: tuple[x509.Certificate, ...]
) -> None:
    """Bytes that nothing signs may differ (a travelling certificate); the time that is attested never does."""
    data, _nonce = answer()
    token, rng = check_token(data, MESSAGE, Trust(roots=roots)), random.Random(1)  # noqa: S311 - to be repeated
    reasons: set[str] = set()
    for _one in range(300):
        try:
            assert check_token(mutated(data, rng), MESSAGE, Trust(roots=roots)) == token
        except TokenError as error:
            reasons.add(error.reason)
    assert reasons >= {TokenFault.GARBAGE, TokenFault.SIGNATURE}


@pytest.mark.parametrize("pem", [b"", b"hello", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_file_without_certificates_is_told_with_where_to_get_them(pem: bytes) -> None:
    with pytest.raises(ConfigError, match=r"roots/x\.pem holds no certificate that can be read") as caught:
        load_roots(pem, "roots/x.pem")
    assert "from the authority’s own site, in PEM" in caught.value.remedy


def test_openssl_agrees_on_what_was_granted(pki: Pki, answer: Ask, tmp_path: Path) -> None:
    data, _nonce = answer()
    (tmp_path / "message").write_bytes(MESSAGE)
    (tmp_path / "answer.tsr").write_bytes(data)
    verify = ("ts", "-verify", "-data", str(tmp_path / "message"), "-in", str(tmp_path / "answer.tsr"))
    pki.openssl(*verify, "-CAfile", str(pki.root))
