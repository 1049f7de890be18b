"""Open the database file safely: one server at a time, a schema we know, pragmas that survive a power cut, and nobody
else's eyes: it holds conversations and the key that signs tokens."""

import fcntl
import logging
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path

from bridge.errors import ConfigError, StoreTaken
from bridge.logs import event

log = logging.getLogger(__name__)

SCHEMA_VERSION = 1
FOLDER_MODE = 0o700
FILE_MODE = 0o600
BUSY_S = 5.0
"""How long to wait for another process that has the file open, such as a backup."""
_WAL_RESET_FIXED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
"""First fixed release of each line that had a race between several writing or checkpointing connections."""


def connect(path: Path, *, query_only: bool) -> sqlite3.Connection:
    """A connection in autocommit mode; only one without `query_only` may exist. May raise
    sqlite3.Error, OSError."""
    if not query_only:
        with suppress(FileExistsError):  # not left to SQLite, which lets others read what it makes
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    db.text_factory = _text
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA secure_delete = ON")
        db.execute(f"PRAGMA query_only = {'ON' if query_only else 'OFF'}")
    except BaseException:
        db.close()
        raise
    return db


def _text(raw: bytes) -> str:
    """Bytes that are no text must not make every read of their row fail, with an error that quotes it."""
    return raw.decode(errors="replace")


def open_for_writing(path: Path) -> sqlite3.Connection:
    """The one connection that writes, its schema up to date. May raise ConfigError."""
    try:
        db = connect(path, query_only=False)
    except (sqlite3.Error, OSError) as error:
        raise ConfigError([f"store.url: cannot open {path} as a database: {error}"]) from error
    try:
        _migrate(db, path)
    except BaseException as error:
        db.close()
        if isinstance(error, sqlite3.Error):
            raise ConfigError([f"store.url: cannot use {path}: {error}"]) from error
        raise
    # SQLite gives the files beside it the mode that the database had when they were made.
    for file in (path, *(Path(f"{path.resolve()}{suffix}") for suffix in ("-wal", "-shm"))):
        _tighten(file)
    _note_race()
    return db


def _tighten(path: Path) -> None:
    """Take the file away from everybody but its owner."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & ~FILE_MODE:
            path.chmod(mode & FILE_MODE)
    except FileNotFoundError:
        pass
    except OSError as error:  # another's file that we may use: it works, and that is worth more
        event(log, "others can read a file of the store", level=logging.WARNING, file=path.name, error=error)


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if version > SCHEMA_VERSION:
        raise ConfigError(
            [f"store.url: {path} was written by a newer bridge (schema {version}, this one knows {SCHEMA_VERSION})"]
        )
    if version == 0 and tables:
        raise ConfigError([f"store.url: {path} is the database of another program; name another file"])
    schema = resources.files(__package__).joinpath("schema.sql").read_text(encoding="utf-8")
    # One transaction: a kill in the middle must not leave tables without a version.
    db.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")


def _note_race() -> None:
    version = sqlite3.sqlite_version_info
    fixed = version >= _WAL_RESET_FIXED[-1] or any(version[:2] == f[:2] and version >= f for f in _WAL_RESET_FIXED)
    if not fixed:
        words = "nothing to do, but let no other program write the database: then this sqlite could damage it"
        event(log, words, sqlite=sqlite3.sqlite_version)


@contextmanager
def only_server(path: Path) -> Iterator[None]:
    """Hold the lock file beside the database; a second server on it is refused. May raise ConfigError."""
    name = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
        lock = os.fdopen(os.open(name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, FILE_MODE), "r+", encoding="ascii")
    except OSError as error:
        raise ConfigError([f"store.url: cannot write beside {path}: {error}"]) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            raise StoreTaken(
                [f"store.url: {path} belongs to a running bridge (process {owner}); stop it or name another file"]
            ) from error
        _tighten(name)
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield
