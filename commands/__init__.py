"""The commands that are too many for ``cli.py``: they parse, call and render, as it does."""
