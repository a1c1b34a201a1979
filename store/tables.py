"""The tables as they are at the newest revision, and the triggers that refuse what evidence must not suffer.

Three families. *Evidence* (``entry``, ``record``) is inserted once. *Derived and frozen rows* are inserted
once too, in the transaction of their entry; tokens later, when an authority answers. *Politeness, cases, the vault
and the requests to authorities* change. The triggers stop accidents and other programs, not the owner of the file,
who can drop them: ``verify`` says when they are gone.

What the person adds is never in a table: rows name sealed files (``store.vault``), which can be erased, by the
digest of their ciphertext, which says nothing.

Tables keyed by text have no rowid, so that no hidden key lets ``INSERT OR REPLACE`` past the trigger.
"""

import sqlalchemy as sa

# Every revision this version can read or bring up to date; the last is the newest.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
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
    # Partial: attempts, which are nearly all entries, must not pay for finding the last of these.
    sa.Index("ix_entry_station", "sequence", sqlite_where=sa.text("kind = 'station'")),
    sa.Index("ix_entry_anchor", "sequence", sqlite_where=sa.text("kind = 'anchor'")),
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

# Proofs that are kept and not counted (docs/adr/0019): so rare that an index of their own costs nothing.
DOUBTED = sa.text("reason IN ('control_failed', 'steps_not_served')")

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
    # Four indexes and no more that an ordinary attempt is in: each costs a page of every append (docs/measurements.md).
    sa.Index("ix_attempt_at", "at"),
    sa.Index("ix_attempt_outcome_at", "outcome", "at"),
    # With the outcome, so that a rare one is looked for in the index alone, in the order of time and entry; with the
    # rest, so that `status` counts there too: the rows lie far apart, and are not read (docs/measurements.md).
    sa.Index("ix_attempt_procedure_at", "procedure", "at", "outcome", "sequence", "at_local", "mode", "simulated"),
    sa.Index("ix_attempt_due", "procedure", "due", sqlite_where=sa.text("due IS NOT NULL")),
    sa.Index("ix_attempt_doubted", "sequence", sqlite_where=DOUBTED),
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

notice = sa.Table(
    "notice",
    metadata,
    sa.Column("sequence", sa.ForeignKey("entry.sequence"), primary_key=True, autoincrement=False),
    sa.Column("procedure", sa.Text, nullable=False),
    _times("at"),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
    sa.Index("ix_notice_procedure", "procedure"),
)

item = sa.Table(
    "item",
    metadata,
    sa.Column("sequence", sa.ForeignKey("entry.sequence"), primary_key=True, autoincrement=False),
    sa.Column("case_sha256", sa.Text, nullable=False),
    sa.Column("entry", sa.Text, nullable=False),  # journal | piece
    sa.Column("kind", sa.Text, nullable=False),
    _times("at", nullable=True),  # as the person declares it
    sa.Column("content_sha256", sa.Text, nullable=False),
    sa.Column("files", sa.Integer, nullable=False),
    _times("recorded_at"),
    sa.Index("ix_item_case", "case_sha256"),
)

item_sealed = sa.Table(
    "item_sealed",
    metadata,
    sa.Column("sequence", sa.ForeignKey("item.sequence"), primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),  # 0: the content; then its files
    sa.Column("sha256", sa.Text, nullable=False),  # of the ciphertext
    sqlite_with_rowid=False,
)

erasure = sa.Table(
    "erasure",
    metadata,
    sa.Column("erased", sa.ForeignKey("entry.sequence"), primary_key=True, autoincrement=False),
    sa.Column("sequence", sa.ForeignKey("entry.sequence"), nullable=False),  # the entry that says so
)

filing = sa.Table(
    "filing",
    metadata,
    sa.Column("filing_id", sa.ForeignKey("entry.sequence"), primary_key=True, autoincrement=False),
    # The digest of the case, so that erasing its salt leaves no link; until revision 0002 the code itself.
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

filing_sealed = sa.Table(
    "filing_sealed",
    metadata,
    sa.Column("filing_id", sa.ForeignKey("filing.filing_id"), primary_key=True, autoincrement=False),
    sa.Column("path", sa.Text, primary_key=True),  # its row in filing_file has the digest of the ciphertext
    sqlite_with_rowid=False,
)

slot_answer = sa.Table(  # which slot an entry of the journal answers, said beside the seal so that no key is needed
    "slot_answer",
    metadata,
    sa.Column("sequence", sa.ForeignKey("item.sequence"), primary_key=True, autoincrement=False),
    sa.Column("attempt", sa.ForeignKey("entry.sequence"), nullable=False),
)

told = sa.Table(  # one message that was sent, or could not be: no text of it, and no address
    "told",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    _times("at"),
    sa.Column("failure", sa.Text),  # a stable word; NULL: it was sent
    sa.Index("ix_told_key", "key", "channel"),
    sa.Index("ix_told_channel", "channel", "number"),
)

token = sa.Table(  # one answer of a timestamp authority, whole, over the line of an entry
    "token",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sequence", sa.ForeignKey("entry.sequence"), nullable=False),
    sa.Column("authority", sa.Text, nullable=False),
    _times("asked_at"),
    _times("received_at"),
    _times("gen_time"),
    sa.Column("delay_ms", sa.Integer, nullable=False),  # gen_time - the entry's own time
    sa.Column("sha256", sa.Text, nullable=False),  # of the answer
    sa.Column("response", sa.LargeBinary, nullable=False),
    # What lists ask, answered in the index: the first token of an authority at or after an entry, and its time.
    sa.Index("ix_token_authority", "authority", "sequence", "gen_time"),
)

# Politeness, cases, the vault and what is to be asked again: these rows change.

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

case_detail = sa.Table(
    "case_detail",
    metadata,
    sa.Column("code", sa.ForeignKey("case_file.code"), primary_key=True),
    sa.Column("closed_why", sa.Text),
    _times("obtained", nullable=True),
    sa.Column("asked_on", sa.Text),  # local dates
    sa.Column("reviewed_on", sa.Text),
    sa.Column("expires_on", sa.Text),
)

vault = sa.Table(
    "vault",
    metadata,
    sa.Column("key", sa.Integer, sa.CheckConstraint("key = 1"), primary_key=True, autoincrement=False),
    sa.Column("recipient", sa.Text, nullable=False),  # public: sealing needs no secret
    sa.Column("kept", sa.Text, nullable=False),  # where the secret is: keyring | passphrase
    sa.Column("wrapped", sa.LargeBinary),  # the secret under the passphrase
)

sealing = sa.Table(  # sealed files that no committed entry names yet, and the process that is to name them
    "sealing",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("pid", sa.Integer, nullable=False),
)

stamping = sa.Table(  # how the last requests to an authority went; what is to be asked follows from the tokens
    "stamping",
    metadata,
    sa.Column("authority", sa.Text, primary_key=True),
    _times("asked_at"),
    sa.Column("tries", sa.Integer, nullable=False),  # that failed since the last answer
    _times("next_try", nullable=True),
    _times("failing_since", nullable=True),
    sa.Column("failure", sa.Text),  # a stable word
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
    notice,
    item,
    item_sealed,
    erasure,
    filing_sealed,
    slot_answer,
    told,
    token,
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
