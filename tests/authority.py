"""A real RFC 3161 authority on loopback: an HTTP server that has `openssl ts -reply` answer, well or badly.

Its certificates are made by openssl in a temporary folder: a root, an intermediate, and several signers that differ
in one thing each. `Authority.asked` keeps the requests as they came: what left the machine.
"""

import base64
import http.server
import shutil
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from asn1crypto import cms, tsp
from typing_extensions import override

POLICY, OTHER_POLICY = "1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.99999.2"
SLOW_SECONDS = 30.0  # longer than anybody waits
_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
_CONFIG = f"""
[req]
distinguished_name = dn
prompt = no
[dn]
CN = unnamed
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[signer_of_more]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping,codeSigning
[server]
basicConstraints = critical,CA:FALSE
subjectAltName = IP:127.0.0.1
extendedKeyUsage = serverAuth
[client]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = clientAuth
[ca]
default_ca = dated
[dated]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = signer
[any]
commonName = supplied
[tsa]
serial = serial
signer_digest = sha256
default_policy = {POLICY}
digests = sha256
accuracy = secs:1
ess_cert_id_chain = yes
ess_cert_id_alg = sha256
[tsa_of_another_policy]
serial = serial
signer_digest = sha256
default_policy = {OTHER_POLICY}
digests = sha256
ess_cert_id_alg = sha256
[tsa_of_sha1]
serial = serial
signer_digest = sha1
default_policy = {POLICY}
digests = sha256
ess_cert_id_alg = sha256
[tsa_without_sha256]
serial = serial
signer_digest = sha256
default_policy = {POLICY}
digests = sha512
ess_cert_id_alg = sha256
"""


class Answers(StrEnum):
    """What the authority does with a request."""

    GRANTS = "grants"
    UNSORTED = "unsorted"  # grants, with its certificates in an order that DER forbids, as DigiCert does
    REFUSES = "refuses"
    SLOW = "slow"
    DRIPS = "drips"  # a byte now and then: no wait for one byte is ever long
    GARBAGE = "garbage"
    HTTP_ERROR = "http error"
    REDIRECTS = "redirects"
    EXPIRED = "expired"
    WRONG_USE = "wrong use"
    FOREIGN = "foreign"  # a root of the same name that nobody pinned, which it sends along
    ALTERED = "altered"  # the time it attests was changed after signing
    REPLAYS = "replays"  # its first token, whatever is asked
    OTHER_POLICY = "other policy"
    SHA1 = "sha-1"  # signs over a digest of which others have been found


@dataclass(frozen=True, slots=True, kw_only=True)
class Pki:
    """The folder that openssl works in; ``NAME.pem`` and ``NAME.key`` of each certificate."""

    folder: Path

    @property
    def root(self) -> Path:
        """The root that is to be pinned."""
        return self.folder / "root.pem"

    def openssl(self, *arguments: str, given: bytes = b"") -> bytes:
        """What openssl prints. Fails the test when openssl does."""
        done = subprocess.run(("openssl", *arguments), cwd=self.folder, input=given, capture_output=True, check=False)
        assert done.returncode == 0, (arguments, done.stderr.decode())
        return done.stdout


def make_pki(folder: Path) -> Pki:
    """Every certificate that a test wants; about 0.3 s."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine")
    pki = Pki(folder=folder)
    (folder / "openssl.cnf").write_text(_CONFIG, encoding="utf-8")
    (folder / "serial").write_text("01", encoding="ascii")
    (folder / "index.txt").touch()
    _make_root(pki, "root")
    _make_root(pki, "foreign_root")  # of the same name, with a key of its own
    _issue(pki, "intermediate", by="root", extensions="authority")
    for name, extensions in (
        ("tsa", "signer"), ("wrong_use", "signer_of_more"), ("server", "server"), ("client", "client"),
    ):  # fmt: skip
        _issue(pki, name, by="intermediate", extensions=extensions)
    _issue(pki, "foreign", by="foreign_root", extensions="signer")
    _issue_for_a_past_year(pki, "expired", by="intermediate")
    return pki


def _make_root(pki: Pki, name: str) -> None:
    pki.openssl(
        "req", "-x509", *_CURVE, "-config", "openssl.cnf", "-extensions", "authority", "-days", "3650",
        "-subj", "/CN=Test root", "-keyout", f"{name}.key", "-out", f"{name}.pem",
    )  # fmt: skip


def _ask(pki: Pki, name: str) -> None:
    pki.openssl(
        "req", *_CURVE, "-config", "openssl.cnf", "-subj", f"/CN=Test {name}",
        "-keyout", f"{name}.key", "-out", f"{name}.csr",
    )  # fmt: skip


def _issue(pki: Pki, name: str, *, by: str, extensions: str) -> None:
    _ask(pki, name)
    pki.openssl(
        "x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-days", "3000",
        "-extfile", "openssl.cnf", "-extensions", extensions, "-out", f"{name}.pem",
    )  # fmt: skip


def _issue_for_a_past_year(pki: Pki, name: str, *, by: str) -> None:
    _ask(pki, name)
    pki.openssl(
        "ca", "-batch", "-notext", "-config", "openssl.cnf", "-in", f"{name}.csr", "-cert", f"{by}.pem",
        "-keyfile", f"{by}.key", "-startdate", "20200101000000Z", "-enddate", "20201231000000Z", "-out", f"{name}.pem",
    )  # fmt: skip


def grant(pki: Pki, request: bytes, *, signer: str = "tsa", chain: str = "intermediate", section: str = "tsa") -> bytes:
    """What `openssl ts -reply` answers, its certificates sorted as DER asks."""
    with tempfile.TemporaryDirectory(dir=pki.folder) as folder:
        query, reply = Path(folder) / "query", Path(folder) / "reply"
        query.write_bytes(request)
        pki.openssl(
            "ts", "-reply", "-config", "openssl.cnf", "-section", section, "-queryfile", str(query),
            "-signer", f"{signer}.pem", "-inkey", f"{signer}.key", "-chain", f"{chain}.pem", "-out", str(reply),
        )  # fmt: skip
        return reply.read_bytes()


def in_order(answer: bytes, *, reverse: bool = False) -> bytes:
    """The answer with its certificates in the order of DER, or the other way round; what is signed stays."""
    certificates = tsp.TimeStampResp.load(answer)["time_stamp_token"]["content"]["certificates"]
    found = [one.dump() for one in certificates]
    assert answer.count(b"".join(found)) == 1
    return answer.replace(b"".join(found), b"".join(sorted(found, reverse=reverse)))


def signed_by_the_wrong_certificate(pki: Pki, request: bytes) -> bytes:
    """A token that openssl's `ts` would not make: signed as CMS, by a certificate that has two uses."""
    whole = tsp.TimeStampResp.load(grant(pki, request))
    info = whole["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed.dump()
    signed = pki.openssl(
        "cms", "-sign", "-binary", "-nodetach", "-cades", "-md", "sha256", "-outform", "DER",
        "-econtent_type", "1.2.840.113549.1.9.16.1.4", "-signer", "wrong_use.pem", "-inkey", "wrong_use.key",
        "-certfile", "intermediate.pem", given=info,
    )  # fmt: skip
    made = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(signed)})
    return in_order(made.dump())


def altered(answer: bytes) -> bytes:
    """The answer with another year in its time; the signature stays."""
    whole = tsp.TimeStampResp.load(answer)
    info = whole["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    written = info["gen_time"].dump()
    assert answer.count(written) == 1
    return answer.replace(written, written[:2] + b"2001" + written[6:])


@dataclass(slots=True, kw_only=True)
class Login:
    """The name and the password that the authority asks for."""

    name: str
    password: str

    @property
    def header(self) -> str:
        """What the request must hold (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.name}:{self.password}".encode()).decode()


@dataclass(slots=True, kw_only=True)
class Authority:
    """The server, between ``__enter__`` and ``__exit__``; ``answers`` may be changed at any time."""

    pki: Pki
    answers: Answers = Answers.GRANTS
    login: Login | None = None
    wants_certificate: bool = False  # and speaks TLS
    asked: list[bytes] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    _first: bytes = b""
    _over: threading.Event = field(default_factory=threading.Event)
    _turn: threading.Lock = field(default_factory=threading.Lock)  # one serial number at a time
    _server: http.server.ThreadingHTTPServer = field(init=False)

    def __enter__(self) -> Self:
        self._server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (_Handler,), {"authority": self})
        )
        self._server.daemon_threads = True
        if self.wants_certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            chain = self.pki.folder / "server_chain.pem"
            chain.write_bytes(
                b"".join((self.pki.folder / f"{one}.pem").read_bytes() for one in ("server", "intermediate"))
            )
            context.load_cert_chain(chain, self.pki.folder / "server.key")
            context.load_verify_locations(self.pki.root)
            context.load_verify_locations(self.pki.folder / "intermediate.pem")
            context.verify_mode = ssl.CERT_REQUIRED
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{'https' if self.wants_certificate else 'http'}://127.0.0.1:{self._server.server_address[1]}/tsr"

    def config(self, name: str = "essai", *, more: str = "") -> str:
        """The table of the configuration that names it, its root pinned, its floor of a minute lifted."""
        return (
            f'[[timestamp.authorities]]\nname = "{name}"\nurl = "{self.url}"\nroots = "{self.pki.root}"\n'
            f"min_seconds_between = 0\n{more}"
        )

    def imprints(self) -> list[str]:
        """The digests that it was asked about."""
        return [tsp.TimeStampReq.load(one)["message_imprint"]["hashed_message"].native.hex() for one in self.asked]

    def reply(self, request: bytes) -> bytes:
        """The answer to a request, by the present way of answering."""
        with self._turn:
            return self._reply(request)

    def _reply(self, request: bytes) -> bytes:
        if self.answers is Answers.REPLAYS and self._first:
            return self._first
        answer = _REPLIES.get(self.answers, _granted)(self.pki, request)
        self._first = self._first or answer
        return answer

    def wait(self, seconds: float) -> bool:
        """Wait, unless the test is over."""
        return self._over.wait(seconds)


def _granted(pki: Pki, request: bytes) -> bytes:
    return in_order(grant(pki, request))


_REPLIES: dict[Answers, Callable[[Pki, bytes], bytes]] = {
    Answers.GARBAGE: lambda _pki, _request: b"<!DOCTYPE html><html>Bienvenue sur le portail</html>",
    Answers.REFUSES: lambda pki, request: grant(pki, request, section="tsa_without_sha256"),
    Answers.EXPIRED: lambda pki, request: in_order(grant(pki, request, signer="expired")),
    Answers.WRONG_USE: signed_by_the_wrong_certificate,
    Answers.FOREIGN: lambda pki, request: in_order(grant(pki, request, signer="foreign", chain="foreign_root")),
    Answers.SHA1: lambda pki, request: in_order(grant(pki, request, section="tsa_of_sha1")),
    Answers.OTHER_POLICY: lambda pki, request: in_order(grant(pki, request, section="tsa_of_another_policy")),
    Answers.UNSORTED: lambda pki, request: in_order(grant(pki, request), reverse=True),
    Answers.ALTERED: lambda pki, request: altered(_granted(pki, request)),
}


class _Handler(http.server.BaseHTTPRequestHandler):
    authority: Authority

    def do_POST(self) -> None:
        authority = self.authority
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        authority.asked.append(body)
        authority.heads.append({name.lower(): value for name, value in self.headers.items()})
        if authority.login is not None and self.headers.get("Authorization") != authority.login.header:
            self._answer(401, b"", {"WWW-Authenticate": 'Basic realm="essai"'})
        elif authority.answers is Answers.HTTP_ERROR:
            self._answer(503, b"Service Unavailable", {})
        elif authority.answers is Answers.REDIRECTS:
            self._answer(302, b"", {"Location": f"{authority.url}/elsewhere"})
        elif authority.answers is Answers.SLOW:
            authority.wait(SLOW_SECONDS)
        elif authority.answers is Answers.DRIPS:
            self._drip()
        else:
            self._answer(200, authority.reply(body), {"Content-Type": "application/timestamp-reply"})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5000")
        self.end_headers()
        while not self.authority.wait(0.2):
            self.wfile.write(b"0")
            self.wfile.flush()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    @override
    def handle(self) -> None:
        # Nobody waits any longer, or the certificate was not one.
        with suppress(ConnectionError, ssl.SSLError, TimeoutError):
            super().handle()
