"""Check an authority's answer (RFC 3161) against the bytes that it was asked about, and the roots that are pinned.

Nothing is read but what is given: no clock, no network, no file. An answer is judged at the time that it attests.
The steps, by their numbers in docs/format.md §12:

1 a whole answer · 2 granted · 3 the digest · 4 the number used once · 5 the policy · 6 the signer · 7 the use of its
certificate · 8 its validity at the attested time · 9 signature and chain, up to a pinned root

A certificate that travels with a token, or beside it in a bundle, is never an anchor: it only fills the chain.
Revocation is not asked about, which would need the network; docs/adr/0023 says what that leaves.
"""

import secrets
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from store.responses import UNREADABLE, Response, Signer, find_signer, holds_at, read_response
from temoin.canonical import sha256
from temoin.clock import parse_instant, utc_text
from temoin.errors import ConfigError, TokenError
from temoin.messages import _

if TYPE_CHECKING:
    from rfc3161_client.tsp import Accuracy

_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
LONGEST_BYTES = 256_000  # of an answer; those of public authorities have 3 to 10 kB
CHECK_BYTES = 32  # random ones, that `check` asks about


class TokenFault(StrEnum):
    """What can be wrong with an answer; the words are stable, and stored."""

    GARBAGE = "garbage"
    REFUSED = "refused"
    DIGEST = "other_digest"
    NONCE = "other_nonce"
    POLICY = "other_policy"
    CERTIFICATE = "no_certificate"
    USE = "wrong_use"
    EXPIRED = "expired"
    WEAK = "weak_digest"
    SIGNATURE = "bad_signature"
    UNTRUSTED = "not_pinned"
    NO_ROOT = "no_root"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What an authority's answers are held to: pinned certificates, and a policy if it must be one."""

    roots: tuple[x509.Certificate, ...]
    policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a token that was checked attests: the bytes existed at ``gen_time``, within ``accuracy`` if it says so."""

    gen_time: datetime
    accuracy: timedelta | None
    policy: str
    serial: str  # hexadecimal: larger than any integer of JSON
    subject: str
    fingerprint: str  # SHA-256 of the authority's certificate


def build_request(message: bytes) -> TimeStampRequest:
    """A request about the SHA-256 of ``message``, with a number used once; nothing else of it is in there."""
    return TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()


def random_message() -> bytes:
    """Bytes that mean nothing, for a trial."""
    return secrets.token_bytes(CHECK_BYTES)


def load_roots(pem: bytes, name: str) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file called ``name``.

    Raises:
        ConfigError: it holds none, or one that cannot be read.
    """
    remedy = _("Take the root certificate from the authority’s own site, in PEM (“-----BEGIN CERTIFICATE-----”).")
    try:
        found = tuple(x509.load_pem_x509_certificates(pem))
    except ValueError as error:
        raise ConfigError(
            _("{name} holds no certificate that can be read.").format(name=name), remedy=remedy
        ) from error
    return found


def check_token(answer: bytes, message: bytes, trust: Trust, *, nonce: int | None = None) -> Token:
    """What the whole ``answer`` attests of ``message``.

    Raises:
        TokenError: anything is not as it must be; ``reason`` is a ``TokenFault``. ``NO_ROOT``: nothing else is wrong,
            but there is no pinned root to hold it to.
    """
    with warnings.catch_warnings():  # old roots have the serial number 0, of which cryptography complains
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        return _check(answer, message, trust, nonce=nonce)


def read_time(answer: bytes) -> datetime | None:
    """The time that an answer gives, to the millisecond as registers keep it, unchecked; None where it gives none."""
    try:
        response = read_response(answer)
        found = (
            response.content["encap_content_info"]["content"].parsed["gen_time"].native if response.content else None
        )
    except UNREADABLE:
        return None
    return parse_instant(utc_text(found.astimezone(UTC))) if isinstance(found, datetime) else None


def _check(answer: bytes, message: bytes, trust: Trust, *, nonce: int | None) -> Token:
    response = _read(answer)
    if response.refused is not None:
        raise _fault(
            TokenFault.REFUSED,
            _("The authority grants no timestamp ({status}{words}).").format(
                status=response.refused.status, words=f": {response.refused.words}" if response.refused.words else ""
            ),
        )
    decoded = _decode(response)
    info = decoded.tst_info
    _check_question(decoded, message, nonce=nonce, policy=trust.policy)
    signer = _signer(response, trust.roots)
    if signer.certificate is None:
        raise _fault(TokenFault.CERTIFICATE, _("The timestamp does not come with the certificate of its signer."))
    gen_time = info.gen_time.astimezone(UTC)
    _check_signer(signer, signer.certificate, gen_time)
    _check_chain(decoded, message, trust.roots, signer.certificate)
    return Token(
        gen_time=gen_time,
        accuracy=_accuracy(decoded),
        policy=info.policy.dotted_string,
        serial=f"{info.serial_number:x}",
        subject=signer.certificate.subject.rfc4514_string(),
        fingerprint=signer.certificate.fingerprint(hashes.SHA256()).hex(),
    )


def _fault(reason: TokenFault, message: str) -> TokenError:
    remedies = {
        TokenFault.REFUSED: _("Read the authority’s terms: it may want an account, or fewer requests."),
        TokenFault.UNTRUSTED: _("Compare the file of “roots” with the fingerprint that the authority publishes."),
        TokenFault.NO_ROOT: _("Give the authority’s root certificate with --root."),
        TokenFault.POLICY: _("Ask the authority which policy its service has, and mend “policy”."),
    }
    return TokenError(message, reason=reason, remedy=remedies.get(reason, _("Do not rely on this timestamp.")))


# 1, 2


def _read(answer: bytes) -> Response:
    words = _("The answer is not that of a timestamp authority (RFC 3161).")
    if len(answer) > LONGEST_BYTES:
        raise _fault(TokenFault.GARBAGE, words)
    try:
        return read_response(answer)
    except ValueError as error:
        raise _fault(TokenFault.GARBAGE, words) from error


def _decode(response: Response) -> TimeStampResponse:
    try:
        decoded = decode_timestamp_response(response.strict)
        decoded.tst_info.gen_time  # noqa: B018 - read late, and then asked for its ValueError
    except UNREADABLE as error:
        raise _fault(TokenFault.GARBAGE, _("The answer is not that of a timestamp authority (RFC 3161).")) from error
    return decoded


# 3, 4, 5


def _check_question(decoded: TimeStampResponse, message: bytes, *, nonce: int | None, policy: str) -> None:
    info = decoded.tst_info
    imprint = info.message_imprint
    if imprint.hash_algorithm != _SHA256 or imprint.message.hex() != sha256(message):
        raise _fault(TokenFault.DIGEST, _("The timestamp is over other bytes than those asked about."))
    if nonce is not None and info.nonce != nonce:
        raise _fault(TokenFault.NONCE, _("The timestamp answers another request: its number (nonce) is not ours."))
    if policy and info.policy.dotted_string != policy:
        raise _fault(
            TokenFault.POLICY,
            _("The timestamp is of the policy {found}, not {expected}.").format(
                found=info.policy.dotted_string, expected=policy
            ),
        )


# 6, 7, 8


def _signer(response: Response, pinned: tuple[x509.Certificate, ...]) -> Signer:
    try:
        return find_signer(response, pinned)
    except ValueError as error:
        raise _fault(TokenFault.CERTIFICATE, _("The certificates of the timestamp cannot be read.")) from error


def _check_signer(signer: Signer, certificate: x509.Certificate, gen_time: datetime) -> None:
    if not signer.binds:
        raise _fault(TokenFault.CERTIFICATE, _("The timestamp does not name the certificate that it comes with."))
    if not signer.strong:
        raise _fault(
            TokenFault.WEAK, _("The timestamp is signed over a digest that is none of SHA-256, SHA-384 and SHA-512.")
        )
    if signer.signed is False:
        raise _fault(TokenFault.SIGNATURE, _("The signature of the timestamp is wrong: it was changed."))
    if not _is_for_timestamps(certificate):
        raise _fault(
            TokenFault.USE, _("The certificate of the signer is not one for timestamps alone (RFC 3161 §2.3).")
        )
    if not holds_at(certificate, gen_time):
        raise _fault(
            TokenFault.EXPIRED,
            _("The certificate of the signer was not valid at {time}, the time that the timestamp gives.").format(
                time=f"{gen_time:%Y-%m-%d %H:%M:%S} UTC"
            ),
        )


def _is_for_timestamps(certificate: x509.Certificate) -> bool:
    """One use, the right one, and critical."""
    try:
        use = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, *UNREADABLE):
        return False
    return use.critical and list(use.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


# 9


def _check_chain(
    decoded: TimeStampResponse, message: bytes, roots: tuple[x509.Certificate, ...], signer: x509.Certificate
) -> None:
    if not roots:
        raise _fault(TokenFault.NO_ROOT, _("No root certificate is given that the timestamp could be held to."))
    carried = decoded.signed_data.certificates
    verifier = VerifierBuilder(roots=list(roots), tsa_certificate=None if carried else signer).build()
    try:
        verifier.verify_message(decoded, message)
    except (VerificationError, *UNREADABLE) as error:
        raise _fault(
            TokenFault.UNTRUSTED,
            _("The timestamp does not lead to a pinned root that was valid at the time that it gives."),
        ) from error


def _accuracy(decoded: TimeStampResponse) -> timedelta | None:
    said: Accuracy | None = decoded.tst_info.accuracy  # absent in some, whatever the library's types say
    if said is None:
        return None
    return timedelta(seconds=said.seconds or 0, milliseconds=said.millis or 0, microseconds=said.micros or 0)
