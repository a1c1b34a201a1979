"""The local page: see everything, do everything, without a terminal (DESIGN §11)."""
