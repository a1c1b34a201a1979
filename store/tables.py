"""The tables as they are at the newest revision, and the triggers that refuse what evidence must not suffer.

Three families. *Evidence* (``entry``, ``record``) is inserted once. *Derived and frozen rows* are inserted
once too, in the transaction of their entry. *Politeness and cases* change. The triggers stop accidents and
other programs, not the owner of the file, who can drop them: ``verify`` says when they are gone.

Tables keyed by text have no rowid, so that no hidden key lets ``INSERT OR REPLACE`` past the trigger.
"""

import sqlalchemy as sa

REVISIONS = ("0001",)  # every revision this version can read or bring up to date; the last is the newest
HEAD = REVISIONS[-1]

metadata = sa.MetaData()


def _times(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)  # temoin.clock.utc_text: sorts as it reads


entry = sa.Table(
    "entry",
    metadata,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("line", sa.LargeBinary, nullable=False),
    # Partial: attempts, which are nearly all entries, must not pay for finding the last `station`.
    sa.Index("ix_entry_station", "sequence", sqlite_where=sa.text("kind = 'station'")),
)

record = sa.Table(
    "record",
    metadata,
    sa.Column("sequence", sa.ForeignKey("entry.sequence"), primary_key=True, autoincrement=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

station = sa.Table(
    "station",
    metadata,
    sa.Column("key", sa.Integer, sa.CheckConstraint("key = 1"), primary_key=True, autoincrement=False),
    sa.Column("station", sa.Text, nullable=False),
    sa.Column("schedule_secret", sa.LargeBinary, nullable=False),
)

subject = sa.Table(
    "subject",
    metadata,
    sa.Column("procedure", sa.Text, primary_key=True),
    sa.Column("secret", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

attempt = sa.Table(
    "attempt",
    metadata,
    sa.Column("sequence", sa.ForeignKey("entry.sequence"), primary_key=True, autoincrement=False),
    sa.Column("attempt", sa.Text, nullable=False),
    sa.Column("procedure", sa.Text, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    _times("at"),
    sa.Column("at_local", sa.Text, nullable=False),
    _times("due", nullable=True),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("matched_text", sa.Text),
    sa.Column("simulated", sa.Boolean, nullable=False),
    sa.Column("terms_sha256", sa.Text),
    # Four indexes and no more: each costs a page of every append (docs/measurements.md).
    sa.Index("ix_attempt_at", "at"),
    sa.Index("ix_attempt_outcome_at", "outcome", "at"),
    # With the outcome, so that a rare one is looked for in the index alone.
    sa.Index("ix_attempt_procedure_at", "procedure", "at", "outcome"),
    sa.Index("ix_attempt_due", "procedure", "due", sqlite_where=sa.text("due IS NOT NULL")),
)

plan = sa.Table(
    "plan",
    metadata,
    sa.Column("sequence", sa.ForeignKey("entry.sequence"), primary_key=True, autoincrement=False),
    sa.Column("procedure", sa.Text, nullable=False),
    sa.Column("day", sa.Text, nullable=False),
    sa.Column("times", sa.Text, nullable=False),  # space-separated instants
    sa.Column("replaces", sa.Integer),
    _times("drawn_at"),
    sa.Index("ix_plan_procedure_day", "procedure", "day"),
)

follow = sa.Table(
    "follow",
    metadata,
    sa.Column("sequence", sa.ForeignKey("entry.sequence"), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),  # follow | unfollow
    sa.Column("case_sha256", sa.Text, nullable=False),
    sa.Column("procedure", sa.Text, nullable=False),
    _times("at"),
    sa.Index("ix_follow_case", "case_sha256"),
)

filing = sa.Table(
    "filing",
    metadata,
    sa.Column("filing_id", sa.ForeignKey("entry.sequence"), primary_key=True, autoincrement=False),
    sa.Column("case_code", sa.Text, nullable=False),
    _times("at"),
    sa.Column("first_number", sa.Integer, nullable=False),
    sa.Column("supplement_of", sa.ForeignKey("filing.filing_id")),
    sa.Index("ix_filing_case", "case_code"),
)

exhibit_number = sa.Table(
    "exhibit_number",
    metadata,
    sa.Column("filing_id", sa.ForeignKey("filing.filing_id"), primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),  # place in the inventory
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("attempt_sequence", sa.ForeignKey("entry.sequence")),
    sa.Column("part", sa.Text),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("page", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

filing_file = sa.Table(
    "filing_file",
    metadata,
    sa.Column("filing_id", sa.ForeignKey("filing.filing_id"), primary_key=True, autoincrement=False),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

# Politeness and cases: these rows change.

visit = sa.Table(
    "visit",
    metadata,
    sa.Column("visit", sa.Integer, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("procedure", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    _times("started_at"),
    _times("expires_at"),
    _times("ended_at", nullable=True),
    sa.Index("ix_visit_host", "host", "started_at"),
    sa.Index("ix_visit_started", "started_at"),
)

host_stop = sa.Table(
    "host_stop",
    metadata,
    sa.Column("stop", sa.Integer, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("procedure", sa.Text),
    _times("until"),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("ix_host_stop_host", "host", "until"),
)

robots = sa.Table(
    "robots",
    metadata,
    sa.Column("host", sa.Text, primary_key=True),
    _times("fetched_at"),
    sa.Column("status", sa.Integer),
    sa.Column("sha256", sa.Text),
)

case_file = sa.Table(
    "case_file",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("salt", sa.Text, nullable=False),
    _times("since"),
    _times("closed", nullable=True),
)

INSERT_ONLY = (
    record,
    station,
    subject,
    attempt,
    plan,
    follow,
    filing,
    exhibit_number,
    filing_file,
)


def build_triggers() -> dict[str, str]:
    """Every trigger by name, with the statement that makes it."""
    triggers = {
        "entry_consecutive": (
            "CREATE TRIGGER entry_consecutive BEFORE INSERT ON entry "
            "WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM entry) "
            "BEGIN SELECT RAISE(ABORT, 'entry: only the next sequence can be added'); END"
        ),
    }
    for table in (entry, *INSERT_ONLY):
        triggers |= _refusals(table.name)
    for table in INSERT_ONLY:
        triggers[f"{table.name}_once"] = _once(table)
    return triggers


def _refusals(table: str) -> dict[str, str]:
    return {
        f"{table}_no_{verb}": (
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: rows are never changed nor removed'); END"
        )
        for verb in ("update", "delete")
    }


def _once(table: sa.Table) -> str:
    same = " AND ".join(f"{column.name} = NEW.{column.name}" for column in table.primary_key)
    return (
        f"CREATE TRIGGER {table.name}_once BEFORE INSERT ON {table.name} "  # noqa: S608 - our own names
        f"WHEN EXISTS (SELECT 1 FROM {table.name} WHERE {same}) "
        f"BEGIN SELECT RAISE(ABORT, '{table.name}: this row is already there'); END"
    )


def create_all(connection: sa.Connection) -> None:
    """Tables, indexes and triggers of the newest revision in an empty database."""
    metadata.create_all(connection)
    for statement in build_triggers().values():
        connection.exec_driver_sql(statement)


def read_schema(connection: sa.Connection) -> dict[str, str]:
    """Every table, index and trigger of a database, by name, with its statement on one line."""
    rows = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
    )
    return {name: " ".join(sql.split()) for name, sql in rows}
