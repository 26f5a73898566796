"""The ledger's tables, as migrations: never change one that was released, add another."""

from typing import Final

APPLICATION_ID: Final = 0x716F7372
"""'qosr', in the header of the file."""

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        "CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        # near: the start, or where one without a start is looked for. part_id, raw_path: where
        # the version that counts is. reason: a slug of docs/messages.md.
        """
        CREATE TABLE instance (
            uuid TEXT PRIMARY KEY,
            meeting_id TEXT,
            kind TEXT NOT NULL,
            start_time INTEGER,
            end_time INTEGER,
            participants_reported INTEGER,
            one_person INTEGER,
            week TEXT NOT NULL,
            near INTEGER NOT NULL,
            item BLOB,
            listed_at INTEGER,
            state TEXT NOT NULL,
            reason TEXT,
            retry INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            last_try INTEGER,
            part_id TEXT,
            raw_path TEXT,
            pulled_at INTEGER
        )
        """,
        """
        CREATE VIEW listing AS SELECT
            uuid, meeting_id, kind, start_time, end_time, participants_reported, one_person, week,
            item, listed_at, near, state, retry, attempts
        FROM instance
        """,
        """
        CREATE VIEW known AS SELECT
            uuid, meeting_id, kind, start_time, end_time, participants_reported, state, reason,
            attempts, retry, near, pulled_at
        FROM instance
        """,
        "CREATE INDEX instance_near ON instance (near)",
        "CREATE INDEX instance_meeting_id ON instance (meeting_id)",
        "CREATE INDEX instance_part ON instance (part_id)",
        "CREATE INDEX instance_raw ON instance (raw_path)",
        """
        CREATE TABLE part (
            part_id TEXT PRIMARY KEY,
            week TEXT NOT NULL,
            number INTEGER NOT NULL,
            minutes INTEGER NOT NULL
        )
        """,
        "CREATE INDEX part_week ON part (week)",
        """
        CREATE TABLE part_meeting (
            part_id TEXT NOT NULL,
            uuid TEXT NOT NULL,
            minutes INTEGER NOT NULL,
            PRIMARY KEY (part_id, uuid)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE file (
            path TEXT PRIMARY KEY,
            role TEXT NOT NULL,
            name TEXT NOT NULL,
            week TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            size INTEGER NOT NULL,
            rows INTEGER NOT NULL,
            layout TEXT NOT NULL,
            part_id TEXT,
            policy_sha256 TEXT
        ) WITHOUT ROWID
        """,
        "CREATE INDEX file_part ON file (part_id)",
        "CREATE TABLE retired (path TEXT PRIMARY KEY) WITHOUT ROWID",
        """
        CREATE TABLE scored (
            part_id TEXT NOT NULL,
            policy_sha256 TEXT NOT NULL,
            policy_name TEXT NOT NULL,
            policy_version TEXT NOT NULL,
            PRIMARY KEY (part_id, policy_sha256)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE listed_window (
            kind TEXT NOT NULL,
            since INTEGER NOT NULL,
            until INTEGER NOT NULL,
            listed_at INTEGER NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (kind, since, until)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE spent (
            day TEXT NOT NULL,
            label TEXT NOT NULL,
            calls INTEGER NOT NULL,
            PRIMARY KEY (day, label)
        ) WITHOUT ROWID
        """,
    ),
    (
        # A message to one recipient. full, brief: its bytes with and without the PDF, until it is
        # sent. reason: why it was not, in words without personal data.
        """
        CREATE TABLE outbox (
            label TEXT NOT NULL,
            edition TEXT NOT NULL,
            recipient TEXT NOT NULL,
            state TEXT NOT NULL,
            reason TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            changed_at INTEGER NOT NULL,
            full BLOB,
            brief BLOB,
            PRIMARY KEY (label, edition, recipient)
        )
        """,
        "CREATE INDEX outbox_state ON outbox (state)",
        # A report to be brought to an archive (target), or brought there (state: due, done).
        """
        CREATE TABLE delivery (
            target TEXT NOT NULL,
            report TEXT NOT NULL,
            state TEXT NOT NULL,
            changed_at INTEGER NOT NULL,
            PRIMARY KEY (target, report)
        ) WITHOUT ROWID
        """,
    ),
    (
        # A week that a run of `weekly` began (state: begun, done, passed).
        """
        CREATE TABLE week (
            label TEXT PRIMARY KEY,
            state TEXT NOT NULL,
            changed_at INTEGER NOT NULL
        ) WITHOUT ROWID
        """,
    ),
    (
        # SHA-256 of the ID of the Zoom account whose meetings these are; one row at most.
        "CREATE TABLE account (digest TEXT PRIMARY KEY) WITHOUT ROWID",
    ),
)
