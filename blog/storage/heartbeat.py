"""One row that is written to show that the disk takes writes, for the health check."""

from sqlite_utils import Database


def beat(db: Database) -> None:
    """Change the row, so that the commit of this transaction has to reach the disk.

    The number makes each change a real one: SQLite writes nothing where the new row is the old one.
    """
    db.conn.execute("update heartbeat set beats = beats + 1, written_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')")


def age(db: Database) -> float:
    """Return how many seconds ago any process wrote the row; it is below 0 when the clock was set back since."""
    row = db.conn.execute("select (julianday('now') - julianday(written_at)) * 86400 from heartbeat").fetchone()
    return float(row[0])
