"""When to visit, whether one may, and the one use case: visit, then record."""
