"""The peer of a cold capture: shot-scraper, told which browser to start (it has no option for it).

Run with the Python of the environment where it is installed: ``peer_shot_scraper.py EXECUTABLE ARGUMENT…``.
"""

import sys
from typing import Any

from playwright.sync_api import Browser, BrowserType
from shot_scraper.cli import cli  # type: ignore[import-not-found,unused-ignore]


def main(executable: str, arguments: list[str]) -> None:
    """Be shot-scraper, with ``executable`` as its browser."""
    launch = BrowserType.launch

    def launch_same(kind: BrowserType, **options: Any) -> Browser:  # noqa: ANN401 - whatever it asks
        return launch(kind, executable_path=executable, **options)

    BrowserType.launch = launch_same  # type: ignore[assignment,method-assign]
    cli(arguments)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
