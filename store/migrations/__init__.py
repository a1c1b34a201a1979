"""The revisions of the database schema, run by Alembic from ``store.database.upgrade``."""
