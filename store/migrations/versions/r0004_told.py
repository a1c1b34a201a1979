"""What was told to whom, and which slot an answer of the journal is about.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Frozen like the revisions before it: later changes are later revisions. New tables only.
STATEMENTS = (
    """CREATE TABLE told (
    number INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    channel TEXT NOT NULL,
    at TEXT NOT NULL,
    failure TEXT,
    PRIMARY KEY (number)
)""",
    """CREATE INDEX ix_told_key ON told ("key", channel)""",
    """CREATE INDEX ix_told_channel ON told (channel, number)""",
    """CREATE TABLE slot_answer (
    sequence INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    PRIMARY KEY (sequence),
    FOREIGN KEY(sequence) REFERENCES item (sequence),
    FOREIGN KEY(attempt) REFERENCES entry (sequence)
)""",
    """CREATE TRIGGER told_no_update BEFORE UPDATE ON told BEGIN SELECT RAISE(ABORT, 'told: rows are never changed nor removed'); END""",
    """CREATE TRIGGER told_no_delete BEFORE DELETE ON told BEGIN SELECT RAISE(ABORT, 'told: rows are never changed nor removed'); END""",
    """CREATE TRIGGER slot_answer_no_update BEFORE UPDATE ON slot_answer BEGIN SELECT RAISE(ABORT, 'slot_answer: rows are never changed nor removed'); END""",
    """CREATE TRIGGER slot_answer_no_delete BEFORE DELETE ON slot_answer BEGIN SELECT RAISE(ABORT, 'slot_answer: rows are never changed nor removed'); END""",
    """CREATE TRIGGER told_once BEFORE INSERT ON told WHEN EXISTS (SELECT 1 FROM told WHERE number = NEW.number) BEGIN SELECT RAISE(ABORT, 'told: this row is already there'); END""",
    """CREATE TRIGGER slot_answer_once BEFORE INSERT ON slot_answer WHEN EXISTS (SELECT 1 FROM slot_answer WHERE sequence = NEW.sequence) BEGIN SELECT RAISE(ABORT, 'slot_answer: this row is already there'); END""",
)


def upgrade() -> None:
    """Create the new tables, indexes and triggers."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Refuse: evidence is never given up for an older schema."""
    raise NotImplementedError("a store is never taken back to an older schema")
