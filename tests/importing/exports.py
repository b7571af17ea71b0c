"""Exports of other programs, written by hand: small, with what their real ones have and what goes wrong in them."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

WXR = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Old</title><link>https://www.old.example</link>
<wp:wxr_version>1.2</wp:wxr_version><wp:base_blog_url>https://www.old.example</wp:base_blog_url>
<wp:author><wp:author_login><![CDATA[bea]]></wp:author_login>
<wp:author_display_name><![CDATA[Bea Lind]]></wp:author_display_name></wp:author>
{items}</channel></rss>"""


def wxr(*items: str) -> str:
    return WXR.replace("{items}", "\n".join(items))


def item(body: str = "Words.", *inside: str, number: int = 11, **changes: str) -> str:
    """One post of a WordPress export; `inside` are its comments and whatever else."""
    values = {
        "title": f"Post {number}",
        "slug": f"post-{number}",
        "status": "publish",
        "type": "post",
        "comments": "open",
        "gmt": "2019-05-07 10:00:00",
        "local": "2019-05-07 12:00:00",
        "link": f"https://www.old.example/2019/05/post-{number}/",
        "more": "",
        **changes,
    }
    return f"""<item><title><![CDATA[{values["title"]}]]></title><link>{values["link"]}</link>
<dc:creator><![CDATA[bea]]></dc:creator><content:encoded><![CDATA[{body}]]></content:encoded>
<excerpt:encoded><![CDATA[]]></excerpt:encoded><wp:post_id>{number}</wp:post_id>
<wp:post_date><![CDATA[{values["local"]}]]></wp:post_date><wp:post_date_gmt><![CDATA[{values["gmt"]}]]></wp:post_date_gmt>
<wp:comment_status><![CDATA[{values["comments"]}]]></wp:comment_status><wp:post_name><![CDATA[{values["slug"]}]]></wp:post_name>
<wp:status><![CDATA[{values["status"]}]]></wp:status><wp:post_type><![CDATA[{values["type"]}]]></wp:post_type>
{values["more"]}{"".join(inside)}</item>"""


def comment(number: int, text: str = "A thought.", *, parent: int = 0, approved: str = "1", **changes: str) -> str:
    """One comment of a WordPress export."""
    values = {"author": "Zoë", "kind": "comment", "gmt": f"2019-05-08 10:00:{number % 60:02}", "url": "", **changes}
    return f"""<wp:comment><wp:comment_id>{number}</wp:comment_id>
<wp:comment_author><![CDATA[{values["author"]}]]></wp:comment_author>
<wp:comment_author_email><![CDATA[zoe@example.org]]></wp:comment_author_email>
<wp:comment_author_url>{values["url"]}</wp:comment_author_url><wp:comment_author_IP><![CDATA[192.0.2.7]]></wp:comment_author_IP>
<wp:comment_date><![CDATA[2019-05-08 12:00:00]]></wp:comment_date>
<wp:comment_date_gmt><![CDATA[{values["gmt"]}]]></wp:comment_date_gmt>
<wp:comment_content><![CDATA[{text}]]></wp:comment_content><wp:comment_approved><![CDATA[{approved}]]></wp:comment_approved>
<wp:comment_type><![CDATA[{values["kind"]}]]></wp:comment_type><wp:comment_parent>{parent}</wp:comment_parent></wp:comment>"""


DISQUS = """<?xml version="1.0" encoding="utf-8"?>
<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">
<category dsq:id="1"><title>General</title></category>
<thread dsq:id="10"><id></id><link>https://old.example/a-post/</link><title>A post</title>
<createdAt>2015-01-01T10:00:00Z</createdAt><isClosed>false</isClosed><isDeleted>false</isDeleted></thread>
<thread dsq:id="11"><id>/other/</id><link>https://old.example/other/?utm=x</link><title>Other</title>
<createdAt>2015-01-01T10:00:00Z</createdAt><isClosed>true</isClosed><isDeleted>false</isDeleted></thread>
<post dsq:id="102"><id/><message><![CDATA[<p>A <b>reply</b> &amp; more.</p>]]></message>
<createdAt>2015-01-03T10:00:00Z</createdAt><isDeleted>false</isDeleted><isSpam>false</isSpam>
<author><name>Bo</name><isAnonymous>true</isAnonymous></author><thread dsq:id="10"/><parent dsq:id="101"/></post>
<post dsq:id="101"><id/><message><![CDATA[<p>Gone.</p>]]></message>
<createdAt>2015-01-02T10:00:00Z</createdAt><isDeleted>true</isDeleted><isSpam>false</isSpam>
<author><name>Ana</name><email>ana@example.org</email></author><thread dsq:id="10"/></post>
<post dsq:id="103"><id/><message><![CDATA[<p>Buy.</p>]]></message>
<createdAt>2015-01-04T10:00:00Z</createdAt><isDeleted>false</isDeleted><isSpam>true</isSpam>
<author><name>Spammer</name></author><thread dsq:id="10"/></post>
<post dsq:id="104"><id/><message><![CDATA[<p>Deleted, and nobody answered.</p>]]></message>
<createdAt>2015-01-04T11:00:00Z</createdAt><isDeleted>true</isDeleted><isSpam>false</isSpam>
<author><name>Ana</name></author><thread dsq:id="10"/></post>
<post dsq:id="105"><id/><message><![CDATA[<p>Elsewhere.</p>]]></message>
<createdAt>2015-01-05T10:00:00Z</createdAt><isDeleted>false</isDeleted><isSpam>false</isSpam>
<author><name>Cy</name></author><thread dsq:id="11"/></post>
</disqus>"""

REMARK42 = """{"version":1,"users":[],"posts":[{"url":"https://old.example/a-post/","read_only":true}]}
{"id":"b","pid":"a","text":"<p>html</p>","orig":"a *reply*","user":{"name":"Bo","id":"x"},"locator":{"site":"s","url":"https://old.example/a-post/"},"time":"2021-02-03T04:05:06.123456789+01:00","title":"A post"}
{"id":"a","pid":"","text":"<p>first</p>","orig":"","user":{"name":"Ana","id":"y"},"locator":{"site":"s","url":"https://old.example/a-post/"},"time":"2021-02-03T03:00:00Z"}
"""  # noqa: E501

COMMENTO = """{"version":1,"comments":[
{"commentHex":"c1","domain":"old.example","url":"/a-post/","commenterHex":"p1","markdown":"first","html":"","parentHex":"root","score":1,"state":"approved","creationDate":"2020-01-01T10:00:00Z","deleted":false},
{"commentHex":"c2","domain":"old.example","url":"/a-post/","commenterHex":"anonymous","markdown":"second","html":"","parentHex":"c1","score":0,"state":"unapproved","creationDate":"2020-01-02T10:00:00Z","deleted":false},
{"commentHex":"c3","domain":"old.example","url":"/a-post/","commenterHex":"p1","markdown":"third","html":"","parentHex":"root","score":0,"state":"flagged","creationDate":"2020-01-03T10:00:00Z","deleted":false}],
"commenters":[{"commenterHex":"p1","email":"ana@example.org","name":"Ana","link":"undefined","photo":"","provider":"x"}]}"""

GHOST = """{"db":[{"meta":{"version":"5.1"},"data":{
"posts":[{"id":"1","title":"A post","slug":"a-post","html":"<p>Words &amp; <a href='__GHOST_URL__/other/'>more</a>.</p>","status":"published","visibility":"public","type":"post","published_at":"2020-01-01T10:00:00.000Z","updated_at":"2020-01-01T10:00:00.000Z","custom_excerpt":"Short."},
{"id":"2","title":"About","slug":"about","html":"<p>Me.</p>","status":"published","visibility":"public","type":"page","published_at":"2020-01-01T10:00:00.000Z"},
{"id":"3","title":"Paid","slug":"paid","html":"<p>Secret.</p>","status":"published","visibility":"paid","type":"post","published_at":"2020-01-01T10:00:00.000Z"}],
"tags":[{"id":"t","name":"Rivers"},{"id":"h","name":"#internal"}],
"posts_tags":[{"post_id":"1","tag_id":"t","sort_order":0},{"post_id":"1","tag_id":"h","sort_order":1}],
"users":[{"id":"u","name":"Bea"}],"posts_authors":[{"post_id":"1","author_id":"u","sort_order":0}],
"members":[{"id":"m","name":"Cy","email":"cy@example.org"}],
"comments":[{"id":"k","post_id":"1","member_id":"m","parent_id":null,"status":"published","html":"<p>Yes.</p>","created_at":"2020-01-02T10:00:00.000Z"}]}}]}"""  # noqa: E501

KIND = "http://schemas.google.com/g/2005#kind"
BLOGGER = f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns='http://www.w3.org/2005/Atom' xmlns:thr='http://purl.org/syndication/thread/1.0' xmlns:app='http://purl.org/atom/app#'>
<entry><id>tag:blogger.com,1999:blog-1.settings</id><category scheme='{KIND}' term='http://schemas.google.com/blogger/2008/kind#settings'/><title>s</title></entry>
<entry><id>tag:blogger.com,1999:blog-1.post-5</id><published>2012-03-04T09:00:00.000+01:00</published>
<category scheme='{KIND}' term='http://schemas.google.com/blogger/2008/kind#post'/><category scheme='http://www.blogger.com/atom/ns#' term='Maps'/>
<title>A post</title><content type='html'>One line.&lt;br /&gt;Another.</content><link rel='alternate' href='https://old.blogspot.com/2012/03/a-post.html'/><author><name>Bea</name></author></entry>
<entry><id>tag:blogger.com,1999:blog-1.post-7</id><published>2012-03-06T09:00:00.000+01:00</published>
<category scheme='{KIND}' term='http://schemas.google.com/blogger/2008/kind#comment'/><title>b</title>
<content type='html'>An answer.</content><thr:in-reply-to ref='tag:blogger.com,1999:blog-1.post-5'/>
<link rel='related' href='https://www.blogger.com/feeds/1/5/comments/default/6'/><author><name>Bo</name></author></entry>
<entry><id>tag:blogger.com,1999:blog-1.post-6</id><published>2012-03-05T09:00:00.000+01:00</published>
<category scheme='{KIND}' term='http://schemas.google.com/blogger/2008/kind#comment'/><title>a</title>
<content type='html'>First.</content><thr:in-reply-to ref='tag:blogger.com,1999:blog-1.post-5'/><author><name>Ana</name><uri>https://ana.example</uri></author></entry>
</feed>"""  # noqa: E501


def isso(path: Path, comments: Sequence[tuple[object, ...]], *, extra: str = "") -> Path:
    """Make an isso.db with one thread /a-post/; comments are id, parent, created, mode, text, author."""
    db = sqlite3.connect(path)
    db.executescript(
        """
        create table threads (id integer primary key, uri varchar(256) unique, title varchar(256));
        create table comments (tid references threads(id), id integer primary key, parent integer, created float,
          modified float, mode integer, remote_addr varchar, text varchar, author varchar, email varchar,
          website varchar, likes integer default 0, dislikes integer default 0, voters blob);
        insert into threads values (1, '/a-post/', 'A post');
        """
        + extra
    )
    db.executemany(
        "insert into comments (tid, id, parent, created, mode, text, author, remote_addr, voters)"
        " values (1, ?, ?, ?, ?, ?, ?, '192.0.2.0', x'00')",
        comments,
    )
    db.commit()
    db.close()
    return path


def write_all(folder: Path) -> dict[str, Path]:
    """Write an export of each kind into a folder; return them by the name of their command."""
    (folder / "jekyll" / "_posts").mkdir(parents=True)
    (folder / "jekyll" / "_posts" / "2019-05-07-a-thing.md").write_text("---\ntitle: A thing\n---\n\nx\n", "utf-8")
    texts = {
        "wordpress": wxr(item("x", comment(1), comment(2, parent=1))),
        "disqus": DISQUS,
        "remark42": REMARK42,
        "commento": COMMENTO,
        "ghost": GHOST,
        "blogger": BLOGGER,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    rows = [(1, None, 1400000000, 1, "one", "Ana")]
    return {
        **{name: folder / name for name in texts},
        "isso": isso(folder / "isso.db", rows),
        "markdown": folder / "jekyll",
    }
