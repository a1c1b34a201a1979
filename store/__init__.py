"""Objects, ledger and queries. The only package that knows SQL."""
