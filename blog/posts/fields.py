"""The columns of a post that programs are told of, under one set of names (see blog/comments/fields.py)."""

# To be selected from `posts p`.
FIELDS = """
    p.id, p.slug, p.path, p.kind, p.status, p.published_at, p.updated_at, p.title, p.author, p.summary, p.tags,
    p.deleted_at"""
