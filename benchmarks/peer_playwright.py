"""The peer of a warm capture: Playwright alone. A process of its own, run with the Python it is measured with.

``peer_playwright.py EXECUTABLE``; then one address a line. For each it opens a new context, goes there, takes a
picture of the full page, closes the context, and answers with the milliseconds that took.
"""

import sys
import time

from playwright.sync_api import Browser, sync_playwright

SIZE = {"width": 1280, "height": 900}


def visit(browser: Browser, url: str) -> bytes:
    """The picture of the page at ``url``."""
    context = browser.new_context(locale="fr-FR", viewport=SIZE)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url)
    picture = page.screenshot(full_page=True)
    context.close()
    return picture


def main(executable: str) -> None:
    """Answer until there is nothing more to read."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable)
        print("ready", flush=True)
        for line in sys.stdin:
            started = time.perf_counter()
            visit(browser, line.strip())
            print((time.perf_counter() - started) * 1000, flush=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
