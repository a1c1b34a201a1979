"""An RFC 3161 answer (TimeStampResp) as it came, read leniently: its status, who signed it, and one repair.

asn1crypto reads what ``rfc3161-client`` is too strict to read. It decides nothing: what it finds here makes the
sentences, and the one form in which ``rfc3161-client`` then checks the answer (``store.tokens``).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

# What asn1crypto and cryptography raise over bytes that are none of theirs, as fuzzing found them.
UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    UnsupportedAlgorithm,
    x509.UnsupportedGeneralNameType,
    x509.InvalidVersion,
    x509.DuplicateExtension,
)
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_SHOWN = 100  # characters of the authority's own words that are repeated


class _Answer(core.Sequence):  # type: ignore[misc] # asn1crypto has no types
    """TimeStampResp; asn1crypto's own wants a token even of a refusal."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What an authority that grants nothing says: the word of RFC 3161 §2.4.2, and its own."""

    status: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signed a token, as its one SignerInfo says; ``certificate`` travelled with it, or was pinned."""

    certificate: x509.Certificate | None
    binds: bool  # the signed attributes name this very certificate (ESS, RFC 3161 §2.4.2)
    strong: bool  # signed over SHA-256 or longer; over SHA-1 others could be made to have the same signature
    signed: bool | None  # the signature is that of its key; None: of a kind that only rfc3161-client can tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A whole answer: ``refused``, or a token's bytes in the form that rfc3161-client reads."""

    refused: Refused | None
    strict: bytes
    content: Any  # asn1crypto's SignedData; None when refused


def read_response(data: bytes) -> Response:
    """The answer that ``data`` is.

    Raises:
        ValueError: it is not a TimeStampResp with a token of one signer, or a refusal.
    """
    try:
        answer = _Answer.load(data, strict=True)
        status = answer["status"]["status"].native
        if status != "granted":
            return Response(refused=Refused(status=str(status), words=_own_words(answer)), strict=b"", content=None)
        content = answer["time_stamp_token"]["content"]
        if len(content["signer_infos"]) != 1 or content["encap_content_info"]["content_type"].native != "tst_info":
            raise ValueError("not a token of one signer")
        return Response(refused=None, strict=_with_sorted_certificates(answer, data), content=content.copy())
    except UNREADABLE as error:
        raise ValueError(str(error)) from error


def _own_words(answer: Any) -> str:  # noqa: ANN401 - asn1crypto has no types
    said = answer["status"]
    texts = [text.native for text in said["status_string"]] if said["status_string"].native else []
    failure = said["fail_info"].native
    words = " ".join([*texts, *sorted(failure or ())])
    return "".join(letter if letter.isprintable() else " " for letter in words)[:_SHOWN].strip()


def _with_sorted_certificates(answer: Any, data: bytes) -> bytes:  # noqa: ANN401
    """``data``, with the SET of its certificates in the order that DER asks for (X.690 §11.6).

    Some authorities, DigiCert's among them, send it unsorted, and rfc3161-client reads DER only. The field
    ``certificates`` is not among the bytes that a CMS signature covers (RFC 5652 §5.4: the content and the signed
    attributes): whoever carries the answer may reorder, add or drop certificates at will, signed or not. So sorting
    them changes nothing of what is attested, and the stored bytes are not touched: only this copy is checked.
    """
    certificates = answer["time_stamp_token"]["content"]["certificates"]
    found = [one.dump() for one in certificates] if certificates.native else []
    if found == sorted(found):
        return data
    unsorted = b"".join(found)
    if data.count(unsorted) != 1:
        raise ValueError("the certificates are not where they must be")
    return data.replace(unsorted, b"".join(sorted(found)))


def find_signer(response: Response, pinned: tuple[x509.Certificate, ...]) -> Signer:
    """Who signed, among the certificates that travelled and those that are ``pinned``.

    Raises:
        ValueError: the signer is not named by issuer and serial number, or a certificate cannot be read.
    """
    try:
        info = response.content["signer_infos"][0]
        named = info["sid"].chosen
        travelled = [
            x509.load_der_x509_certificate(one.chosen.dump())
            for one in response.content["certificates"]
            if one.name == "certificate"
        ]
        for one in (*travelled, *pinned):
            if one.serial_number == named["serial_number"].native and _issuer(one) == named["issuer"].dump():
                return Signer(
                    certificate=one,
                    binds=_binds(info, one),
                    strong=info["digest_algorithm"]["algorithm"].native in _HASHES,
                    signed=_is_signed(response.content, info, one),
                )
    except UNREADABLE as error:
        raise ValueError(str(error)) from error
    return Signer(certificate=None, binds=False, strong=False, signed=None)


def _issuer(certificate: x509.Certificate) -> bytes:
    return certificate.issuer.public_bytes()


def _attributes(info: Any) -> dict[str, Any]:  # noqa: ANN401
    return {one["type"].native: one["values"] for one in info["signed_attrs"]}


def _binds(info: Any, certificate: x509.Certificate) -> bool:  # noqa: ANN401
    """Without this a certificate of the same issuer and number, for another use, could be put in its place."""
    attributes = _attributes(info)
    if "signing_certificate_v2" in attributes:
        first = attributes["signing_certificate_v2"][0]["certs"][0]
        name = first["hash_algorithm"]["algorithm"].native
        digest = _HASHES.get(name)
        return digest is not None and first["cert_hash"].native == certificate.fingerprint(digest())
    if "signing_certificate" in attributes:  # RFC 2634: SHA-1, of what the signature covers already
        first = attributes["signing_certificate"][0]["certs"][0]
        return bool(first["cert_hash"].native == certificate.fingerprint(hashes.SHA1()))  # noqa: S303
    return False


def _is_signed(content: Any, info: Any, certificate: x509.Certificate) -> bool | None:  # noqa: ANN401
    """Whether the signed attributes hold the content's digest and the signature is over them (RFC 5652 §5.4, 5.6)."""
    digest = _HASHES.get(info["digest_algorithm"]["algorithm"].native)
    attributes = _attributes(info)
    if digest is None or "message_digest" not in attributes:
        return None
    hashed = hashes.Hash(digest())
    hashed.update(content["encap_content_info"]["content"].parsed.dump())
    if attributes["message_digest"][0].native != hashed.finalize():
        return False
    signed = b"\x31" + info["signed_attrs"].dump()[1:]  # as SET OF, not under its implicit tag
    return _verify_signature(info, certificate, signed, digest())


def _verify_signature(
    info: Any,  # noqa: ANN401
    certificate: x509.Certificate,
    signed: bytes,
    digest: hashes.HashAlgorithm,
) -> bool | None:
    key, signature = certificate.public_key(), info["signature"].native
    try:
        kind = info["signature_algorithm"].signature_algo
        if isinstance(key, rsa.RSAPublicKey) and kind == "rsassa_pkcs1v15":
            key.verify(signature, signed, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and kind == "ecdsa":
            key.verify(signature, signed, ec.ECDSA(digest))
        else:
            return None
    except InvalidSignature:
        return False
    except (ValueError, UnsupportedAlgorithm):
        return None
    return True


def holds_at(certificate: x509.Certificate, at: datetime) -> bool:
    """Whether the certificate was valid then."""
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
