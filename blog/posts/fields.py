"""The columns of a post that programs are told of, under one set of names (see blog/comments/fields.py)."""

# To be selected from `posts p`.
FIELDS = """
    p.id, p.slug, p.path, p.kind, p.status, p.published_at, p.updated_at, p.title, p.author, p.summary, p.tags,
    p.deleted_at"""

# The posts that are not public: few, and found without a look at the others.
NOT_PUBLIC = """
    select id from posts indexed by posts_hidden where status <> 'published'
    union all select id from posts where status = 'published' and kind = 'post' and published_at > :at
    union all select id from posts where status = 'published' and kind = 'page' and published_at > :at
"""
DELETED = "select id from posts indexed by posts_hidden where status <> 'published' and deleted_at is not null"
