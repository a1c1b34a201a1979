"""The first schema.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Frozen: later changes are later revisions. A test proves that all revisions together give store.tables.
STATEMENTS = (
    """CREATE TABLE entry (
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    line BLOB NOT NULL,
    PRIMARY KEY (sequence)
)""",
    """CREATE INDEX ix_entry_station ON entry (sequence) WHERE kind = 'station'""",
    """CREATE TABLE station (
    "key" INTEGER NOT NULL CHECK (key = 1),
    station TEXT NOT NULL,
    schedule_secret BLOB NOT NULL,
    PRIMARY KEY ("key")
)""",
    """CREATE TABLE subject (
    procedure TEXT NOT NULL,
    secret TEXT NOT NULL,
    PRIMARY KEY (procedure)
)
 WITHOUT ROWID""",
    """CREATE TABLE visit (
    visit INTEGER NOT NULL,
    host TEXT NOT NULL,
    procedure TEXT NOT NULL,
    mode TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    ended_at TEXT,
    PRIMARY KEY (visit)
)""",
    """CREATE INDEX ix_visit_started ON visit (started_at)""",
    """CREATE INDEX ix_visit_host ON visit (host, started_at)""",
    """CREATE TABLE host_stop (
    stop INTEGER NOT NULL,
    host TEXT NOT NULL,
    procedure TEXT,
    until TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (stop)
)""",
    """CREATE INDEX ix_host_stop_host ON host_stop (host, until)""",
    """CREATE TABLE robots (
    host TEXT NOT NULL,
    fetched_at TEXT NOT NULL,
    status INTEGER,
    sha256 TEXT,
    PRIMARY KEY (host)
)""",
    """CREATE TABLE case_file (
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    salt TEXT NOT NULL,
    since TEXT NOT NULL,
    closed TEXT,
    PRIMARY KEY (code)
)""",
    """CREATE TABLE record (
    sequence INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (sequence),
    FOREIGN KEY(sequence) REFERENCES entry (sequence)
)""",
    """CREATE TABLE attempt (
    sequence INTEGER NOT NULL,
    attempt TEXT NOT NULL,
    procedure TEXT NOT NULL,
    host TEXT NOT NULL,
    at TEXT NOT NULL,
    at_local TEXT NOT NULL,
    due TEXT,
    mode TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT,
    url TEXT NOT NULL,
    matched_text TEXT,
    simulated BOOLEAN NOT NULL,
    terms_sha256 TEXT,
    PRIMARY KEY (sequence),
    FOREIGN KEY(sequence) REFERENCES entry (sequence)
)""",
    """CREATE INDEX ix_attempt_at ON attempt (at)""",
    """CREATE INDEX ix_attempt_due ON attempt (procedure, due) WHERE due IS NOT NULL""",
    """CREATE INDEX ix_attempt_procedure_at ON attempt (procedure, at, outcome)""",
    """CREATE INDEX ix_attempt_outcome_at ON attempt (outcome, at)""",
    """CREATE TABLE "plan" (
    sequence INTEGER NOT NULL,
    procedure TEXT NOT NULL,
    day TEXT NOT NULL,
    times TEXT NOT NULL,
    replaces INTEGER,
    drawn_at TEXT NOT NULL,
    PRIMARY KEY (sequence),
    FOREIGN KEY(sequence) REFERENCES entry (sequence)
)""",
    """CREATE INDEX ix_plan_procedure_day ON "plan" (procedure, day)""",
    """CREATE TABLE follow (
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    case_sha256 TEXT NOT NULL,
    procedure TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (sequence),
    FOREIGN KEY(sequence) REFERENCES entry (sequence)
)""",
    """CREATE INDEX ix_follow_case ON follow (case_sha256)""",
    """CREATE TABLE filing (
    filing_id INTEGER NOT NULL,
    case_code TEXT NOT NULL,
    at TEXT NOT NULL,
    first_number INTEGER NOT NULL,
    supplement_of INTEGER,
    PRIMARY KEY (filing_id),
    FOREIGN KEY(filing_id) REFERENCES entry (sequence),
    FOREIGN KEY(supplement_of) REFERENCES filing (filing_id)
)""",
    """CREATE INDEX ix_filing_case ON filing (case_code)""",
    """CREATE TABLE exhibit_number (
    filing_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    attempt_sequence INTEGER,
    part TEXT,
    title TEXT NOT NULL,
    file TEXT NOT NULL,
    page INTEGER NOT NULL,
    PRIMARY KEY (filing_id, position),
    FOREIGN KEY(filing_id) REFERENCES filing (filing_id),
    FOREIGN KEY(attempt_sequence) REFERENCES entry (sequence)
)
 WITHOUT ROWID""",
    """CREATE TABLE filing_file (
    filing_id INTEGER NOT NULL,
    path TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (filing_id, path),
    FOREIGN KEY(filing_id) REFERENCES filing (filing_id)
)
 WITHOUT ROWID""",
    """CREATE TRIGGER entry_consecutive BEFORE INSERT ON entry WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM entry) BEGIN SELECT RAISE(ABORT, 'entry: only the next sequence can be added'); END""",
    """CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entry: rows are never changed nor removed'); END""",
    """CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entry: rows are never changed nor removed'); END""",
    """CREATE TRIGGER record_no_update BEFORE UPDATE ON record BEGIN SELECT RAISE(ABORT, 'record: rows are never changed nor removed'); END""",
    """CREATE TRIGGER record_no_delete BEFORE DELETE ON record BEGIN SELECT RAISE(ABORT, 'record: rows are never changed nor removed'); END""",
    """CREATE TRIGGER station_no_update BEFORE UPDATE ON station BEGIN SELECT RAISE(ABORT, 'station: rows are never changed nor removed'); END""",
    """CREATE TRIGGER station_no_delete BEFORE DELETE ON station BEGIN SELECT RAISE(ABORT, 'station: rows are never changed nor removed'); END""",
    """CREATE TRIGGER subject_no_update BEFORE UPDATE ON subject BEGIN SELECT RAISE(ABORT, 'subject: rows are never changed nor removed'); END""",
    """CREATE TRIGGER subject_no_delete BEFORE DELETE ON subject BEGIN SELECT RAISE(ABORT, 'subject: rows are never changed nor removed'); END""",
    """CREATE TRIGGER attempt_no_update BEFORE UPDATE ON attempt BEGIN SELECT RAISE(ABORT, 'attempt: rows are never changed nor removed'); END""",
    """CREATE TRIGGER attempt_no_delete BEFORE DELETE ON attempt BEGIN SELECT RAISE(ABORT, 'attempt: rows are never changed nor removed'); END""",
    """CREATE TRIGGER plan_no_update BEFORE UPDATE ON plan BEGIN SELECT RAISE(ABORT, 'plan: rows are never changed nor removed'); END""",
    """CREATE TRIGGER plan_no_delete BEFORE DELETE ON plan BEGIN SELECT RAISE(ABORT, 'plan: rows are never changed nor removed'); END""",
    """CREATE TRIGGER follow_no_update BEFORE UPDATE ON follow BEGIN SELECT RAISE(ABORT, 'follow: rows are never changed nor removed'); END""",
    """CREATE TRIGGER follow_no_delete BEFORE DELETE ON follow BEGIN SELECT RAISE(ABORT, 'follow: rows are never changed nor removed'); END""",
    """CREATE TRIGGER filing_no_update BEFORE UPDATE ON filing BEGIN SELECT RAISE(ABORT, 'filing: rows are never changed nor removed'); END""",
    """CREATE TRIGGER filing_no_delete BEFORE DELETE ON filing BEGIN SELECT RAISE(ABORT, 'filing: rows are never changed nor removed'); END""",
    """CREATE TRIGGER exhibit_number_no_update BEFORE UPDATE ON exhibit_number BEGIN SELECT RAISE(ABORT, 'exhibit_number: rows are never changed nor removed'); END""",
    """CREATE TRIGGER exhibit_number_no_delete BEFORE DELETE ON exhibit_number BEGIN SELECT RAISE(ABORT, 'exhibit_number: rows are never changed nor removed'); END""",
    """CREATE TRIGGER filing_file_no_update BEFORE UPDATE ON filing_file BEGIN SELECT RAISE(ABORT, 'filing_file: rows are never changed nor removed'); END""",
    """CREATE TRIGGER filing_file_no_delete BEFORE DELETE ON filing_file BEGIN SELECT RAISE(ABORT, 'filing_file: rows are never changed nor removed'); END""",
    """CREATE TRIGGER record_once BEFORE INSERT ON record WHEN EXISTS (SELECT 1 FROM record WHERE sequence = NEW.sequence) BEGIN SELECT RAISE(ABORT, 'record: this row is already there'); END""",
    """CREATE TRIGGER station_once BEFORE INSERT ON station WHEN EXISTS (SELECT 1 FROM station WHERE key = NEW.key) BEGIN SELECT RAISE(ABORT, 'station: this row is already there'); END""",
    """CREATE TRIGGER subject_once BEFORE INSERT ON subject WHEN EXISTS (SELECT 1 FROM subject WHERE procedure = NEW.procedure) BEGIN SELECT RAISE(ABORT, 'subject: this row is already there'); END""",
    """CREATE TRIGGER attempt_once BEFORE INSERT ON attempt WHEN EXISTS (SELECT 1 FROM attempt WHERE sequence = NEW.sequence) BEGIN SELECT RAISE(ABORT, 'attempt: this row is already there'); END""",
    """CREATE TRIGGER plan_once BEFORE INSERT ON plan WHEN EXISTS (SELECT 1 FROM plan WHERE sequence = NEW.sequence) BEGIN SELECT RAISE(ABORT, 'plan: this row is already there'); END""",
    """CREATE TRIGGER follow_once BEFORE INSERT ON follow WHEN EXISTS (SELECT 1 FROM follow WHERE sequence = NEW.sequence) BEGIN SELECT RAISE(ABORT, 'follow: this row is already there'); END""",
    """CREATE TRIGGER filing_once BEFORE INSERT ON filing WHEN EXISTS (SELECT 1 FROM filing WHERE filing_id = NEW.filing_id) BEGIN SELECT RAISE(ABORT, 'filing: this row is already there'); END""",
    """CREATE TRIGGER exhibit_number_once BEFORE INSERT ON exhibit_number WHEN EXISTS (SELECT 1 FROM exhibit_number WHERE filing_id = NEW.filing_id AND position = NEW.position) BEGIN SELECT RAISE(ABORT, 'exhibit_number: this row is already there'); END""",
    """CREATE TRIGGER filing_file_once BEFORE INSERT ON filing_file WHEN EXISTS (SELECT 1 FROM filing_file WHERE filing_id = NEW.filing_id AND path = NEW.path) BEGIN SELECT RAISE(ABORT, 'filing_file: this row is already there'); END""",
)


def upgrade() -> None:
    """Create every table, index and trigger."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Refuse: evidence is never given up for an older schema."""
    raise NotImplementedError("a store is never taken back to an older schema")
