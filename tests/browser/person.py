"""A stand-in for the person at the window: another process, which sends keys and clicks to the same browser.

Used by the assisted tests only. It types the captcha's code and, after the hand-over, picks a slot; Témoin's own
process never does either, which is what the tests prove.
"""

import itertools
import json
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.connection import Connection

WAIT_SECONDS = 30.0
PAUSE_SECONDS = 0.1


class Window:
    """The booking page, seen and touched as a person does: look for a thing, click on it, type."""

    def __init__(self, socket: Connection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)

    def look(self, script: str) -> Any:
        answer = self._send("Runtime.evaluate", expression=script, returnByValue=True)
        return answer.get("result", {}).get("result", {}).get("value")

    def click(self, selector: str) -> None:
        script = f"""(() => {{ const e = document.querySelector({json.dumps(selector)});
            if (!e || document.readyState !== 'complete') return null;
            e.scrollIntoView({{block: 'center'}}); const b = e.getBoundingClientRect();
            return b.width ? [b.left + b.width / 2, b.top + b.height / 2] : null; }})()"""
        x, y = self.wait_for(script)
        for kind in ("mousePressed", "mouseReleased"):
            self._send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def type(self, text: str) -> None:
        self._send("Input.insertText", text=text)

    def close(self) -> None:
        with suppress(ConnectionClosed):  # the window goes before it can answer
            self._send("Page.close")

    def wait_for(self, script: str) -> Any:
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            found = self.look(script)
            if found:
                return found
            time.sleep(PAUSE_SECONDS)
        raise SystemExit(f"never came: {script}")

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer: dict[str, Any] = json.loads(self._socket.recv(timeout=WAIT_SECONDS))
            if answer.get("id") == number:
                return answer


def _find_window(address: str) -> str:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/json/list", timeout=5) as answer:  # noqa: S310 - loopback
                pages = json.load(answer)
        except OSError:
            pages = []
        for page in pages:
            if page["type"] == "page" and "/rdvpref/" in page["url"]:
                return str(page["webSocketDebuggerUrl"])
        time.sleep(PAUSE_SECONDS)
    raise SystemExit("no booking page was opened")


def _accept(window: Window, _code: str) -> None:
    window.click('a.q-btn.bg-primary[href$="/cgu/"]')
    window.wait_for("!!document.querySelector('#captchaFormulaireExtInput')")


def _solve(window: Window, code: str) -> None:
    window.click("#captchaFormulaireExtInput")
    window.type(code)
    window.click('button[formaction*="_validerCaptcha"]')
    window.wait_for("location.pathname.endsWith('/creneau/') && document.readyState === 'complete'")


def _pick(window: Window, _code: str) -> None:
    """Try until the window is really the person's: before the hand-over the guard stops it."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        if window.look("location.pathname.includes('/vosinfos/')"):
            return
        if window.look("!!document.querySelector('input[name=trhId]')"):
            window.look("document.querySelector('input[name=trhId]').checked = true")
            window.click('button[formaction*="_choisirCreneau"]')
        else:
            window.look("history.back()")
        time.sleep(0.5)
    raise SystemExit("the slot could not be picked")


def _close(window: Window, _code: str) -> None:
    window.close()


MOVES: dict[str, Callable[[Window, str], None]] = {"accept": _accept, "solve": _solve, "pick": _pick, "close": _close}


def main() -> int:
    address, code, *moves = sys.argv[1:]
    with connect(_find_window(address), max_size=None) as socket:
        window = Window(socket)
        try:
            for move in moves:
                MOVES[move](window, code)
        except ConnectionClosed:
            return 0  # the answer came, and the window went with the visit
    return 0


if __name__ == "__main__":
    sys.exit(main())
