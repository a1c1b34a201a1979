"""A visitor without a browser, for tests of what the replicas answer: one connection, a jar of cookies."""

import http.client
from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 5.0
FOUND = 302


class Visitor:
    """A client that keeps cookies and follows nothing unless told; `status`, `text`, `headers` are the last answer.

    Raises:
        OSError: the server resets the connection or does not answer in time.
    """

    def __init__(self, port: int) -> None:
        """Connect to nothing yet."""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        self._cookies: dict[str, str] = {}
        self.status = 0
        self.text = ""
        self.headers = http.client.HTTPMessage()

    def __enter__(self) -> Self:
        """Return the visitor."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection; the last answer stays readable."""
        self._connection.close()

    def ask(self, method: str, target: str, fields: Mapping[str, str] | None = None) -> Self:
        """Send one request, `fields` as an urlencoded form, to the path of `target`."""
        parts = urlsplit(target)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {}
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = None if fields is None else urlencode(fields)
        self._connection.request(method, path, body=body, headers=headers)
        self._keep(self._connection.getresponse())
        return self

    def get(self, target: str) -> Self:
        """Ask for `target`."""
        return self.ask("GET", target)

    def post(self, target: str, fields: Mapping[str, str]) -> Self:
        """Send a form."""
        return self.ask("POST", target, fields)

    def follow(self) -> Self:
        """Follow redirects to their end."""
        while self.status == FOUND:
            self.get(self.headers["Location"])
        return self

    def _keep(self, answer: http.client.HTTPResponse) -> None:
        self.status, self.headers = answer.status, answer.headers
        self.text = answer.read().decode(errors="replace")
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.split(";")[0].partition("=")
            self._cookies[name] = value
