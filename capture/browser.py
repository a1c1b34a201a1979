"""A real browser, started in French, with nothing disguised: the guard under it, a fresh context for each visit.

On Linux an unattended browser in window view has a private display of its own (``capture.display``); an assisted
one stands on the person's desktop. Chromium's sandbox stays on, except as root on Linux, where Chromium refuses
it; the record says so (DESIGN §15).
"""

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from playwright.sync_api import Browser, BrowserContext, CDPSession, Error, Page, Playwright, WebSocketRoute

from capture.display import PrivateDisplay, can_have_private_display
from capture.driver import started_driver
from capture.guard import Guard
from capture.surroundings import (
    NO_EXTENSIONS,
    NO_PROXY,
    Proxy,
    count_extensions,
    measure_fresh,
    os_patch,
    proxy_state,
)
from capture.window import WindowGrabber, private_display_grabber, window_grabber
from temoin import __version__
from temoin.browsers import find_browser
from temoin.canonical import Json
from temoin.errors import BrowserError
from temoin.messages import _

View = Literal["window", "page"]

WIDTH, HEIGHT = 1280, 1000  # of the window, in CSS pixels: a desktop layout, and legible on A4
PAGE_HEIGHT = 900  # of the viewport in page view
LAUNCH_SECONDS = 30
LOCALE = "fr-FR"

# The last ``--disable-features`` wins, so Playwright's own list stands here too (that of 1.65).
FEATURES_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,"
    "LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,"
    "TcpPortRandomizationWin,OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch,"
    "msForceBrowserSignIn,msEdgeUpdateLaunchServicesPreferredVersion,"
    # A sandboxed frame in a process of its own opened a web socket before the scripts below had reached it (tried).
    "IsolateSandboxedIframes,"
    # Suggestions under the address bar are a web page of their own, made at every start: a third of all that a visit's
    # browser computes, for a bar in which nobody types (measured, Chromium 156).
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup,PreloadTopChromeWebUI"
)

# What the browser would otherwise do on its own: no background traffic, no first-run page, no translate bubble
# over the sentence, no saved-password bubble. Nothing here hides that a program drives.
_ARGUMENTS = (
    "--lang=fr",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    NO_EXTENSIONS,
    "--disable-quic",
    "--disable-gpu",
    "--disable-save-password-bubble",
    "--disable-search-engine-choice-screen",
    f"--disable-features={FEATURES_OFF}",
    # No datagram past the guard, from whatever frame a peer connection is made; the older name for older browsers.
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--deny-permission-prompts",  # a bubble would stand over the sentence
    "--window-position=0,0",
    f"--window-size={WIDTH},{HEIGHT}",
)

# Speculation rules make the browser fetch and render pages ahead by a way that ``Fetch`` never sees (tried: a slot's
# page was asked for), and no switch of the browser turns them off. An observer is told of the element before the
# browser acts on it, and takes it out; a shadow tree needs an observer of its own.
_NO_SPECULATION = """
(() => {
  const rules = 'script[type*=speculationrules i]';
  const seen = new WeakSet();
  const clear = (root) => {
    for (const found of root.querySelectorAll(rules)) found.remove();
    for (const inner of root.querySelectorAll('*')) if (inner.shadowRoot) watch(inner.shadowRoot);
  };
  const told = (changes) => {
    for (const change of changes) for (const node of change.addedNodes) {
      if (node.nodeType !== 1) continue;
      if (node.matches(rules)) node.remove();
      if (node.shadowRoot) watch(node.shadowRoot);
      clear(node);
    }
  };
  const watch = (root) => {
    if (seen.has(root)) return;
    seen.add(root);
    new MutationObserver(told).observe(root, {childList: true, subtree: true});
    clear(root);
  };
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function attachShadow(...options) {
    const root = attach.apply(this, options);
    watch(root);
    return root;
  };
  watch(document);
})();
"""

# Web sockets of a worker pass neither ``Fetch`` nor Playwright's routes, nor do these other ways out (tried).
_NO_OTHER_WAY_OUT = """
for (const name of ['Worker', 'SharedWorker', 'WebTransport', 'RTCPeerConnection', 'webkitRTCPeerConnection']) {
  if (name in window) window[name] = class { constructor() { throw new DOMException(name, 'SecurityError'); } };
}
window.print = () => {};  // the print dialog would stand over the page until the visit's time is over
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserChoice:
    """How the browser is to be started: ``view`` and ``proxy`` as configured, ``assisted`` when a person will drive."""

    view: Literal["auto", "window", "page"] = "auto"
    executable: str = ""
    assisted: bool = False
    proxy: Literal["system", "none"] = "system"


class BrowserSession:
    """One running browser. Each ``page`` opens a fresh context: no cookie, no cache, no history.

    ``page_session`` and ``page_target`` are those of the page that was opened last.
    """

    page_session: CDPSession
    page_target: str

    def __init__(self, choice: BrowserChoice, *, driver: Playwright | None = None) -> None:
        """Nothing is started before the ``with`` block; a ``driver`` that runs already is used, and left running."""
        self._choice = choice
        self._driver = driver
        self._stack = ExitStack()
        self._display: PrivateDisplay | None = None
        self._viewport: Json | None = None
        self._fresh: Json | None = None
        self.view: View = "page"

    def __enter__(self) -> Self:
        """Start the display, if one is wanted, the browser and its guard.

        Raises:
            BrowserError: no browser, no display, or the browser does not start.
        """
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the browser, then the display."""
        self._stack.close()

    def _start(self) -> None:
        executable = find_browser(self._choice.executable)
        if executable is None:
            raise _no_browser(self._choice.executable)
        self.view = _wanted_view(self._choice)
        environment = dict(os.environ, LANGUAGE="fr")
        if self._on_private_display():
            self._display = self._stack.enter_context(PrivateDisplay(width=WIDTH, height=HEIGHT))
            environment.update(self._display.env)
        driver = self._driver or self._stack.enter_context(started_driver())
        self._browser = _launch(driver, executable, self._arguments, headless=self._headless(), environment=environment)
        self._stack.callback(_close_quietly, self._browser)
        session = self._browser.new_browser_cdp_session()
        self.guard = Guard(session)
        version = session.send("Browser.getVersion")
        self.product: str = version["product"]
        self._extensions = count_extensions(session, self._arguments)
        self._proxy: Proxy = proxy_state(self._arguments)
        self.user_agent = f"{version['userAgent']} Temoin/{__version__}"
        processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
        self.pid = next(int(process["id"]) for process in processes if process["type"] == "browser")

    @property
    def _arguments(self) -> tuple[str, ...]:
        return (*_ARGUMENTS, NO_PROXY) if self._choice.proxy == "none" else _ARGUMENTS

    def _on_private_display(self) -> bool:
        return sys.platform == "linux" and self.view == "window" and not self._choice.assisted

    def _headless(self) -> bool:
        return self.view == "page" and not self._choice.assisted

    @contextmanager
    def page(self, *, timezone: str, url: str = "about:blank") -> Iterator[Page]:
        """A page in a fresh context, in French, in the procedure's own time zone; closed at the end.

        How fresh it is towards ``url``, which will be visited, is measured before anything is asked for.

        Raises:
            BrowserError: the browser is gone.
        """
        try:
            context = self._context(timezone)
            page = context.new_page()
            self._own(context, page, url)
        except Error as error:
            raise BrowserError(
                _("The browser stopped: {error}").format(error=first_line(error)),
                remedy=_("Try again; if it happens again, update the browser."),
            ) from error
        try:
            yield page
        finally:
            self.guard.close()
            _close_quietly(context)
            self.guard.leave()

    def _context(self, timezone: str) -> BrowserContext:
        size = {"width": WIDTH, "height": PAGE_HEIGHT}
        context = self._browser.new_context(
            locale=LOCALE,
            timezone_id=timezone,
            user_agent=self.user_agent,
            service_workers="block",
            accept_downloads=False,
            no_viewport=True if not self._headless() else None,
            viewport=size if self._headless() else None,  # type: ignore[arg-type]
        )
        context.set_default_timeout(LAUNCH_SECONDS * 1000)
        context.route_web_socket("**", self._refuse_socket)
        context.add_init_script(_NO_SPECULATION)
        if not self._choice.assisted:  # a person's captcha may need a worker
            context.add_init_script(_NO_OTHER_WAY_OUT)
        return context

    def _refuse_socket(self, socket: WebSocketRoute) -> None:
        self.guard.note(socket.url, "websocket")
        socket.close()

    def _own(self, context: BrowserContext, page: Page, url: str) -> None:
        session = self.page_session = context.new_cdp_session(page)
        self._fresh = measure_fresh(session, url)
        target = self.page_target = session.send("Target.getTargetInfo")["targetInfo"]["targetId"]
        self.guard.own(target)
        context.on("page", lambda other: self._close_popup(other, page))
        if not self._headless():
            window = session.send("Browser.getWindowForTarget")["windowId"]
            bounds = {"left": 0, "top": 0, "width": WIDTH, "height": HEIGHT}
            session.send("Browser.setWindowBounds", {"windowId": window, "bounds": bounds})
        # Playwright knows the size it set; a real window's inside is the window's own affair.
        size = page.viewport_size
        self._viewport = dict(size) if size else page.evaluate("() => ({width: innerWidth, height: innerHeight})")

    def _close_popup(self, other: Page, own: Page) -> None:
        if other is not own and not self.guard.lifted:
            _close_quietly(other)

    @property
    def alive(self) -> bool:
        """Whether the browser still runs; a visit that had to be ended takes it along."""
        return self._browser.is_connected()

    def grabber(self) -> WindowGrabber | None:
        """What photographs the real window; None in page view, or where the desktop does not let it."""
        if self._display is not None:
            return private_display_grabber(self._display)
        if self.view == "page":
            return None
        return window_grabber(self.pid)

    def environment(self) -> Json:
        """The record's ``environment``: an allow-list, without host name, user name or serial number (DESIGN §9)."""
        return {
            "temoin": __version__,
            "browser": self.product,
            "os": f"{platform.system()} {platform.release()}",
            "os_patch": os_patch(),
            "extensions": self._extensions,
            "fresh": self._fresh,
            "proxy": self._proxy,
            "view": self.view,
            "window_language": "fr",
            "viewport": self._viewport,
            "locale": LOCALE,
            "sandbox": sandboxed(),
        }


def sandboxed() -> bool:
    """Whether Chromium's sandbox is on: always, except as root on Linux, where Chromium refuses it."""
    return not (sys.platform == "linux" and os.geteuid() == 0)


def first_line(error: Error) -> str:
    """The first line of a Playwright message; the rest is a call log."""
    return error.message.splitlines()[0] if error.message else "?"


def _wanted_view(choice: BrowserChoice) -> View:
    if choice.assisted and sys.platform == "linux" and not os.environ.get("DISPLAY"):
        raise BrowserError(
            _("There is no screen on which a person could drive the browser."),
            remedy=_("Run this from a desktop session, or set DISPLAY."),
        )
    if choice.view == "page":
        return "page"
    if sys.platform != "linux" or choice.assisted or can_have_private_display():
        return "window"
    if choice.view == "window":
        raise BrowserError(
            _("The browser’s window cannot be photographed: Xvfb is not installed."),
            remedy=_('Install the package xvfb, or set view = "page" in [browser].'),
        )
    return "page"


def _launch(
    driver: Playwright, executable: Path, arguments: tuple[str, ...], *, headless: bool, environment: dict[str, str]
) -> Browser:
    try:
        return driver.chromium.launch(
            executable_path=executable,
            headless=headless,
            args=list(arguments),
            env=environment,  # type: ignore[arg-type]
            chromium_sandbox=sandboxed(),
            timeout=LAUNCH_SECONDS * 1000,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )
    except Error as error:
        raise BrowserError(
            _("The browser {path} does not start: {error}").format(path=executable.name, error=first_line(error)),
            remedy=_("Start it by hand once; if it works, run “temoin check”. Another can be named in [browser]."),
        ) from error


def _no_browser(configured: str) -> BrowserError:
    if configured:
        return BrowserError(
            _("The browser named in the configuration is not there: {path}").format(path=configured),
            remedy=_("Correct executable in [browser], or leave it empty to let Témoin find one."),
        )
    return BrowserError(
        _("No browser was found: neither Edge, nor Chrome, nor Chromium."),
        remedy=_("Install one of them, or run “make browser”."),
    )


def _close_quietly(thing: Browser | BrowserContext | Page) -> None:
    try:
        thing.close()
    except Error:
        # Already gone: closing is all that was wanted.
        return
