"""The one font family of frame and PDF alike: Inter (SIL Open Font License 1.1, OFL.txt), regular and bold.

It has the French letters and the narrow no-break space (U+202F) that French typography needs.
"""

from pathlib import Path

FONT_FOLDER = Path(__file__).parent
FAMILY = "Inter"
REGULAR = FONT_FOLDER / "Inter-Regular.otf"
BOLD = FONT_FOLDER / "Inter-Bold.otf"
