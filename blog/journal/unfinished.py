"""What nobody sees: an import that is being written, or removed after its undo (blog/importing/unfinished.py).

Each is a condition for the queries whose answers people see.
"""

FIRST = "coalesce((select first_comment from unfinished_import where id = 1), 0)"
LAST = "coalesce((select last_comment from unfinished_import where id = 1), 0)"
POST_SEEN = "p.id not in (select post_id from unfinished_posts)"
POST_LISTED = f"{POST_SEEN} and p.deleted_at is null"
BATCH_SEEN = "b.id is not (select batch_id from unfinished_import where id = 1 and removing = 0)"


def seen(comment: str) -> str:
    """Return the condition that a comment, by the name that it has in a query, is not of such an import."""
    return f"{comment}.id not between {FIRST} and {LAST}"


COMMENT_SEEN = seen("c")
