"""What the person adds, sealed; erasures; more about cases; notices.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Frozen like the revision before it: later changes are later revisions. New tables only.
STATEMENTS = (
    """CREATE TABLE notice (
    sequence INTEGER NOT NULL,
    procedure TEXT NOT NULL,
    at TEXT NOT NULL,
    outcome TEXT NOT NULL,
    simulated BOOLEAN NOT NULL,
    PRIMARY KEY (sequence),
    FOREIGN KEY(sequence) REFERENCES entry (sequence)
)""",
    """CREATE INDEX ix_notice_procedure ON notice (procedure)""",
    """CREATE TABLE item (
    sequence INTEGER NOT NULL,
    case_sha256 TEXT NOT NULL,
    entry TEXT NOT NULL,
    kind TEXT NOT NULL,
    at TEXT,
    content_sha256 TEXT NOT NULL,
    files INTEGER NOT NULL,
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (sequence),
    FOREIGN KEY(sequence) REFERENCES entry (sequence)
)""",
    """CREATE INDEX ix_item_case ON item (case_sha256)""",
    """CREATE TABLE erasure (
    erased INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (erased),
    FOREIGN KEY(erased) REFERENCES entry (sequence),
    FOREIGN KEY(sequence) REFERENCES entry (sequence)
)""",
    """CREATE TABLE filing_sealed (
    filing_id INTEGER NOT NULL,
    path TEXT NOT NULL,
    PRIMARY KEY (filing_id, path),
    FOREIGN KEY(filing_id) REFERENCES filing (filing_id)
)
 WITHOUT ROWID""",
    """CREATE TABLE case_detail (
    code TEXT NOT NULL,
    closed_why TEXT,
    obtained TEXT,
    asked_on TEXT,
    reviewed_on TEXT,
    expires_on TEXT,
    PRIMARY KEY (code),
    FOREIGN KEY(code) REFERENCES case_file (code)
)""",
    """CREATE TABLE vault (
    "key" INTEGER NOT NULL CHECK (key = 1),
    recipient TEXT NOT NULL,
    kept TEXT NOT NULL,
    wrapped BLOB,
    PRIMARY KEY ("key")
)""",
    """CREATE TABLE sealing (
    sha256 TEXT NOT NULL,
    pid INTEGER NOT NULL,
    PRIMARY KEY (sha256)
)""",
    """CREATE TABLE item_sealed (
    sequence INTEGER NOT NULL,
    position INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (sequence, position),
    FOREIGN KEY(sequence) REFERENCES item (sequence)
)
 WITHOUT ROWID""",
    """CREATE TRIGGER notice_no_update BEFORE UPDATE ON notice BEGIN SELECT RAISE(ABORT, 'notice: rows are never changed nor removed'); END""",
    """CREATE TRIGGER notice_no_delete BEFORE DELETE ON notice BEGIN SELECT RAISE(ABORT, 'notice: rows are never changed nor removed'); END""",
    """CREATE TRIGGER item_no_update BEFORE UPDATE ON item BEGIN SELECT RAISE(ABORT, 'item: rows are never changed nor removed'); END""",
    """CREATE TRIGGER item_no_delete BEFORE DELETE ON item BEGIN SELECT RAISE(ABORT, 'item: rows are never changed nor removed'); END""",
    """CREATE TRIGGER item_sealed_no_update BEFORE UPDATE ON item_sealed BEGIN SELECT RAISE(ABORT, 'item_sealed: rows are never changed nor removed'); END""",
    """CREATE TRIGGER item_sealed_no_delete BEFORE DELETE ON item_sealed BEGIN SELECT RAISE(ABORT, 'item_sealed: rows are never changed nor removed'); END""",
    """CREATE TRIGGER erasure_no_update BEFORE UPDATE ON erasure BEGIN SELECT RAISE(ABORT, 'erasure: rows are never changed nor removed'); END""",
    """CREATE TRIGGER erasure_no_delete BEFORE DELETE ON erasure BEGIN SELECT RAISE(ABORT, 'erasure: rows are never changed nor removed'); END""",
    """CREATE TRIGGER filing_sealed_no_update BEFORE UPDATE ON filing_sealed BEGIN SELECT RAISE(ABORT, 'filing_sealed: rows are never changed nor removed'); END""",
    """CREATE TRIGGER filing_sealed_no_delete BEFORE DELETE ON filing_sealed BEGIN SELECT RAISE(ABORT, 'filing_sealed: rows are never changed nor removed'); END""",
    """CREATE TRIGGER notice_once BEFORE INSERT ON notice WHEN EXISTS (SELECT 1 FROM notice WHERE sequence = NEW.sequence) BEGIN SELECT RAISE(ABORT, 'notice: this row is already there'); END""",
    """CREATE TRIGGER item_once BEFORE INSERT ON item WHEN EXISTS (SELECT 1 FROM item WHERE sequence = NEW.sequence) BEGIN SELECT RAISE(ABORT, 'item: this row is already there'); END""",
    """CREATE TRIGGER item_sealed_once BEFORE INSERT ON item_sealed WHEN EXISTS (SELECT 1 FROM item_sealed WHERE sequence = NEW.sequence AND position = NEW.position) BEGIN SELECT RAISE(ABORT, 'item_sealed: this row is already there'); END""",
    """CREATE TRIGGER erasure_once BEFORE INSERT ON erasure WHEN EXISTS (SELECT 1 FROM erasure WHERE erased = NEW.erased) BEGIN SELECT RAISE(ABORT, 'erasure: this row is already there'); END""",
    """CREATE TRIGGER filing_sealed_once BEFORE INSERT ON filing_sealed WHEN EXISTS (SELECT 1 FROM filing_sealed WHERE filing_id = NEW.filing_id AND path = NEW.path) BEGIN SELECT RAISE(ABORT, 'filing_sealed: this row is already there'); END""",
)


def upgrade() -> None:
    """Create the new tables, indexes and triggers."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Refuse: evidence is never given up for an older schema."""
    raise NotImplementedError("a store is never taken back to an older schema")
