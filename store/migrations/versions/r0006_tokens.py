"""What timestamp authorities answered, and how requests to them went.

Revision ID: 0006
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Frozen like the revisions before it: later changes are later revisions. New tables and one index only.
STATEMENTS = (
    """CREATE TABLE token (
    number INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    authority TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    received_at TEXT NOT NULL,
    gen_time TEXT NOT NULL,
    delay_ms INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    response BLOB NOT NULL,
    PRIMARY KEY (number),
    FOREIGN KEY(sequence) REFERENCES entry (sequence)
)""",
    """CREATE INDEX ix_token_authority ON token (authority, sequence, gen_time)""",
    """CREATE TABLE stamping (
    authority TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    tries INTEGER NOT NULL,
    next_try TEXT,
    failing_since TEXT,
    failure TEXT,
    PRIMARY KEY (authority)
)""",
    """CREATE INDEX ix_entry_anchor ON entry (sequence) WHERE kind = 'anchor'""",
    """CREATE TRIGGER token_no_update BEFORE UPDATE ON token BEGIN SELECT RAISE(ABORT, 'token: rows are never changed nor removed'); END""",
    """CREATE TRIGGER token_no_delete BEFORE DELETE ON token BEGIN SELECT RAISE(ABORT, 'token: rows are never changed nor removed'); END""",
    """CREATE TRIGGER token_once BEFORE INSERT ON token WHEN EXISTS (SELECT 1 FROM token WHERE number = NEW.number) BEGIN SELECT RAISE(ABORT, 'token: this row is already there'); END""",
)


def upgrade() -> None:
    """Create them."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Refuse: evidence is never given up for an older schema."""
    raise NotImplementedError("a store is never taken back to an older schema")
