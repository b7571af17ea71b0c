"""Posts that come back from the trash, for whoever asks: the API and Micropub."""

from blog import moderation, publishing
from blog.journal.events import Actor
from blog.posts import deletion
from blog.storage import store
from blog.web.site import Site


def restore(site: Site, post: int, *, by: Actor) -> bool:
    """Undo the act that put a post into the trash, and write its file again; False where there is no such act."""
    with site.store.another() as db:
        batch = deletion.batch_of(db, post)
        if batch is None:
            return False
        with store.transaction(db):
            result = moderation.undo(db, batch, site.acts, by=by)
    publishing.write_again(site.settings, result["back"])
    return True
