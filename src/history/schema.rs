//! The layout of the database, and how an older one becomes the present one.

/// Marks the file as ours: "intd".
pub(super) const APPLICATION: i64 = 0x696e_7464;

/// What leads from each layout to the next; their number is the present layout.
pub(super) const STEPS: &[&str] = &[FIRST, NOTICES];

const FIRST: &str = "
-- Links, oldest first. `record` is JSON as it was hashed.
CREATE TABLE chain (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('run', 'prune')),
    record TEXT NOT NULL,
    digest TEXT NOT NULL
) STRICT;

-- Parts of reports, each once. `body` begins with 0 (as it stands) or 1 (zlib).
CREATE TABLE pieces (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    body BLOB NOT NULL
) STRICT;

-- Runs. Those that were pruned have no layout.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL UNIQUE REFERENCES chain (seq),
    key TEXT NOT NULL,
    as_of TEXT NOT NULL,
    day TEXT NOT NULL,
    layout INTEGER REFERENCES pieces (id),
    inputs INTEGER REFERENCES pieces (id),
    pack INTEGER REFERENCES pieces (id),
    -- Whether its outputs were all put in place.
    finished INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX runs_by_day ON runs (day);

-- What findings are of.
CREATE TABLE subjects (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    rule TEXT NOT NULL,
    vendor TEXT NOT NULL,
    product TEXT NOT NULL,
    asset TEXT NOT NULL
) STRICT;

-- Runs in which a finding stood the same. Open: it stands so in the newest run.
CREATE TABLE seen (
    id INTEGER PRIMARY KEY,
    subject INTEGER NOT NULL REFERENCES subjects (id),
    status TEXT NOT NULL,
    waived INTEGER NOT NULL,
    unseen INTEGER NOT NULL,
    first_run INTEGER NOT NULL REFERENCES runs (id),
    last_run INTEGER REFERENCES runs (id)
) STRICT;
CREATE INDEX seen_by_subject ON seen (subject, first_run);
CREATE UNIQUE INDEX seen_open ON seen (subject) WHERE last_run IS NULL;

-- Why findings changed from a run to the next.
CREATE TABLE changes (
    run INTEGER NOT NULL REFERENCES runs (id),
    number INTEGER NOT NULL,
    subject INTEGER NOT NULL REFERENCES subjects (id),
    kind TEXT NOT NULL,
    before TEXT,
    after TEXT,
    waived INTEGER NOT NULL,
    cause TEXT NOT NULL,
    reached TEXT,
    detail TEXT,
    PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;
";

const NOTICES: &str = "
-- What is told of runs, one for each recipient. Those that were sent, or given up, have no body.
CREATE TABLE notices (
    id TEXT PRIMARY KEY,
    run INTEGER REFERENCES runs (id),
    recipient TEXT NOT NULL,
    body TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    made TEXT NOT NULL,
    last TEXT,
    reason TEXT
) STRICT;
CREATE INDEX notices_pending ON notices (made) WHERE state = 'pending';
";
