"""C8. Syncing is never off: a store whose connection would not sync refuses to open."""

import pytest

from blog.errors import Unusable
from blog.settings import Settings
from blog.storage import store
from blog.storage.store import Store


def test_c8_a_connection_that_would_not_sync_is_refused(site: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = store.connect

    def careless(*args: object, **more: object) -> object:
        db = connect(*args, **more)  # type: ignore[arg-type]
        db.conn.execute("pragma synchronous = normal")
        return db

    monkeypatch.setattr(store, "connect", careless)
    with pytest.raises(Unusable, match="would not be synced to the disk"):
        Store(site.database)
