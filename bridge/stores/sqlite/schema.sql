-- One file, one writer. A turn's messages live in `inbox` until it is finished, then in `turns.body`.

CREATE TABLE IF NOT EXISTS meta (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- seq orders turns by the arrival of their first message.
CREATE TABLE IF NOT EXISTS turns (
  seq          INTEGER PRIMARY KEY AUTOINCREMENT,
  id           TEXT NOT NULL UNIQUE,
  conversation TEXT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'finished')),
  attempts     INTEGER NOT NULL DEFAULT 0,
  accepted_at  REAL NOT NULL,
  body         TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS turns_open ON turns (conversation, seq) WHERE state <> 'finished';
CREATE INDEX IF NOT EXISTS turns_finished ON turns (conversation, seq) WHERE state = 'finished';

-- Rows stay after the turn is finished, without their body: they are the memory of what was already answered.
CREATE TABLE IF NOT EXISTS inbox (
  seq      INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL UNIQUE,
  turn     TEXT NOT NULL,
  body     TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS inbox_turn ON inbox (turn, seq);

CREATE TABLE IF NOT EXISTS steps (
  turn   TEXT NOT NULL,
  key    TEXT NOT NULL,
  body   TEXT NOT NULL,
  PRIMARY KEY (turn, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS parcels (
  seq          INTEGER PRIMARY KEY AUTOINCREMENT,
  id           TEXT NOT NULL UNIQUE,
  conversation TEXT NOT NULL,
  body         TEXT NOT NULL,
  attempts     INTEGER NOT NULL DEFAULT 0,
  due_at       REAL NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS parcels_conversation ON parcels (conversation, seq);

CREATE TABLE IF NOT EXISTS kv (
  key        TEXT PRIMARY KEY,
  value      TEXT NOT NULL,
  expires_at REAL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS kv_expiry ON kv (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS log (
  log  TEXT NOT NULL,
  id   INTEGER NOT NULL,
  key  TEXT,
  body TEXT NOT NULL,
  PRIMARY KEY (log, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS log_key ON log (log, key) WHERE key IS NOT NULL;

-- Money, in nano-dollars: booked and set aside in one sum. A reservation whose lease has ended stays in it.
CREATE TABLE IF NOT EXISTS accounts (
  name      TEXT PRIMARY KEY,
  amount    INTEGER NOT NULL,
  forget_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS accounts_expiry ON accounts (forget_at);

CREATE TABLE IF NOT EXISTS reservations (
  id       TEXT PRIMARY KEY,
  amount   INTEGER NOT NULL,
  until    REAL NOT NULL,
  accounts TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS reservations_expiry ON reservations (until);

-- Small documents that change: handoffs, approvals, tickets. seq orders them by their beginning.
CREATE TABLE IF NOT EXISTS records (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  kind      TEXT NOT NULL,
  id        TEXT NOT NULL,
  version   INTEGER NOT NULL,
  body      TEXT NOT NULL,
  open      INTEGER NOT NULL,
  due_at    REAL,
  forget_at REAL,
  UNIQUE (kind, id)
) STRICT;
CREATE INDEX IF NOT EXISTS records_open ON records (kind, seq) WHERE open = 1;
CREATE INDEX IF NOT EXISTS records_due ON records (kind, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS records_expiry ON records (forget_at) WHERE forget_at IS NOT NULL;
