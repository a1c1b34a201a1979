"""What ``status`` counts of an attempt stands in the index by which attempts of a procedure are found.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Frozen like the revisions before it: later changes are later revisions. One index, in the place of another.
STATEMENTS = (
    """DROP INDEX ix_attempt_procedure_at""",
    """CREATE INDEX ix_attempt_procedure_at ON attempt (procedure, at, outcome, sequence, at_local, mode, simulated)""",
)


def upgrade() -> None:
    """Replace the index: some seconds for a million attempts, once."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Refuse: evidence is never given up for an older schema."""
    raise NotImplementedError("a store is never taken back to an older schema")
