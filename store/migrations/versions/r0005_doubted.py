"""Which proofs are kept and not counted.

Revision ID: 0005
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Frozen like the revisions before it: later changes are later revisions. One new index only.
STATEMENTS = (
    """CREATE INDEX ix_attempt_doubted ON attempt (sequence) WHERE reason IN ('control_failed', 'steps_not_served')""",
)


def upgrade() -> None:
    """Create the index."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Refuse: evidence is never given up for an older schema."""
    raise NotImplementedError("a store is never taken back to an older schema")
