"""The columns of a comment that programs are told of, under one set of names.

Every query whose rows become objects for programs selects them; blog/representations/comments.py makes the objects.
"""

# To be selected from TABLES, or from tables with the same names: a comment, its post, and the comment that it answers.
FIELDS = """
    c.id, c.kind, c.post_id, p.slug as post, p.kind as post_kind, p.published_at as post_published_at,
    c.parent_id as parent, o.status as parent_status, c.status, c.account_id, c.author, c.email, c.url, c.ip,
    c.user_agent, c.created_at, c.edited_at, c.text, c.text_html, c.version, c.rule, c.verdict_facts, c.score"""
TABLES = "comments c join posts p on p.id = c.post_id left join comments o on o.id = c.parent_id"
