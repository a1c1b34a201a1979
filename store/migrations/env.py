"""Run by Alembic only: migrates the connection that ``store.database.upgrade`` holds, in its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
