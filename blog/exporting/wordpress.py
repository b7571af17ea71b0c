"""WordPress's own format (WXR 1.2), as its importer takes it.

That importer finds a comment's parent only among those that it has stored before, so parents have the lower numbers. It
takes two comments of one author in the same second for one, and two posts with the same title and time likewise, so the
later one is moved by a second.
"""

import json
import re
import unicodedata
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TextIO
from urllib.parse import unquote

from blog.exporting import snapshot as snapshots
from blog.exporting.report import ExportReport
from blog.exporting.snapshot import PINGS, Comment, Post, Snapshot, Watch
from blog.exporting.xml_text import attribute, cdata, elements, text
from blog.importing.wordpress_export import UNDATED
from blog.journal.events import moment, stamp
from blog.posts.keys import word_slug
from blog.rendering.markdown import addresses, for_feeds
from blog.settings import Settings
from blog.storage import atomic_file
from blog.wording import gettext, ngettext

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
"""
# Which author, or title, has which times to the second; `later` is by how many seconds the last one was moved from it.
TIMES = "create table times (key text, time text, later integer, primary key (key, time)) without rowid"
# WordPress knows of other sites' mentions by pingbacks alone.
TYPES = dict.fromkeys(("webmention", "like", "repost"), "pingback")
STATUSES = {"approved": "1", "pending": "0", "spam": "spam", "trash": "trash"}
NEVER = "0000-00-00 00:00:00"
PRE = re.compile(r"(<pre>.*?</pre>)", re.DOTALL)
WITHIN_BLOCKS = re.compile(r"(?<=>)\n(?=</?(?:li|ul|ol|p|blockquote)\b)")


def export(settings: Settings, path: Path, *, at: str, base: str = "", watch: Watch | None = None) -> ExportReport:
    """Write posts, pages and comments of every status into a new file; comments that were removed are left out."""
    snapshots.check_target(path)
    with snapshots.taken(settings, at=at, base=base, watch=watch) as snapshot:
        snapshot.arrange("c.status = 'deleted'")
        with atomic_file.written(path) as file:
            return _Export(snapshot, file, path).run(watch)


class _Export:
    def __init__(self, snapshot: Snapshot, file: TextIO, path: Path) -> None:
        self.snapshot, self.file = snapshot, file
        self.report = ExportReport(path)
        self.moved = self.undated = self.replies_only = self.withdrawn = self.mentions = 0
        self.authors: dict[str, str] = {}
        self.last_number = snapshot.db.conn.execute("select coalesce(max(id), 0) from posts").fetchone()[0]
        snapshot.db.conn.execute(TIMES)

    def run(self, watch: Watch | None) -> ExportReport:
        total, done = self.snapshot.count(), 0
        self._write_head()
        for post in self.snapshot.posts():
            self._write_post(post)
            for comment in self.snapshot.comments(post.id):
                self._write_comment(comment)
                done += 1
                if watch and done % 500 == 0:
                    watch(done, total)
            self.file.write("</item>\n")
            if post.public:
                self._write_attachments(post)
        self.file.write("</channel>\n</rss>\n")
        self._note()
        return self.report

    def _write_head(self) -> None:
        settings, base = self.snapshot.settings, self.snapshot.base
        write = self.file.write
        write(HEAD)
        write(f"<title>{text(settings.title)}</title>\n<link>{text(base)}</link>\n")
        write(f"<description>{text(settings.tagline)}</description>\n<language>{text(settings.language)}</language>\n")
        write("<wp:wxr_version>1.2</wp:wxr_version>\n")
        write(f"<wp:base_site_url>{text(base)}</wp:base_site_url>\n<wp:base_blog_url>{text(base)}</wp:base_blog_url>\n")
        names = self.snapshot.db.conn.execute("select distinct author from posts where author <> '' order by author")
        for number, (name,) in enumerate(names.fetchall(), 1):
            self.authors[name] = login = _login(name, set(self.authors.values()))
            write("<wp:author>\n")
            write("".join(elements("wp:", {"author_id": number, "author_login": login, "author_display_name": name})))
            write("</wp:author>\n")

    def _write_post(self, post: Post) -> None:
        row = post.row
        self.report.posts += row["kind"] == "post"
        self.report.pages += row["kind"] == "page"
        self.withdrawn += row["status"] == "withdrawn"
        self.replies_only += post.mode == "replies-only"
        written = self._free(f"post {row['title']}", row["published_at"] or self.snapshot.at)
        content = for_feeds(row["body_html"], post.url)
        creator = self.authors.get(row["author"], "")
        self.file.write(
            f"<item>\n<title>{cdata(row['title'])}</title>\n<link>{text(post.url)}</link>\n"
            f"<pubDate>{format_datetime(moment(written))}</pubDate>\n<dc:creator>{cdata(creator)}</dc:creator>\n"
            f'<guid isPermaLink="false">{text(post.url)}</guid>\n<description></description>\n'
            f"<content:encoded>{cdata(content)}</content:encoded>\n"
            f"<excerpt:encoded>{cdata(row['summary'])}</excerpt:encoded>\n"
        )
        self.file.write("".join(elements("wp:", self._post_values(post, written))))
        for slug, tag in zip(json.loads(row["tag_slugs"]), json.loads(row["tags"]), strict=True):
            self.file.write(f'<category domain="post_tag" nicename={attribute(slug)}>{cdata(tag)}</category>\n')

    def _post_values(self, post: Post, written: str) -> dict[str, object]:
        row = post.row
        states = {"draft": "draft", "withdrawn": "private"}
        status = states.get(row["status"], "publish" if post.public else "future")
        changed = max(row["updated_at"] or "", written)
        return {
            "post_id": post.id,
            "post_date": self._local(written),
            "post_date_gmt": _gmt(written) if row["published_at"] else NEVER,
            "post_modified": self._local(changed),
            "post_modified_gmt": _gmt(changed),
            "comment_status": "closed" if post.mode == "closed" else "open",
            "ping_status": "closed",
            "post_name": row["slug"],
            "status": status,
            "post_parent": 0,
            "menu_order": row["menu"] or 0,
            "post_type": row["kind"],
            "post_password": "",
            "is_sticky": 0,
        }

    def _write_comment(self, comment: Comment) -> None:
        row = comment.row
        kind = TYPES.get(row["kind"], row["kind"])
        ping = kind in PINGS
        self.mentions += kind != row["kind"]
        self.report.pings += ping
        if not ping:
            self.report.comments[row["status"]] += 1
            self.report.replies += comment.parent > 0
        self.undated += comment.undated
        written = self._free(f"comment {row['author']}", comment.at)
        values = {
            "comment_id": comment.number,
            "comment_author": row["author"],
            "comment_author_email": row["email"],
            "comment_author_url": row["url"],
            "comment_author_IP": row["ip"],
            "comment_date": self._local(written),
            "comment_date_gmt": _gmt(written),
            "comment_content": content(row["text_html"]),
            "comment_approved": STATUSES[row["status"]],
            "comment_type": kind,
            "comment_parent": comment.parent,
            "comment_user_id": 0,
        }
        self.file.write("<wp:comment>\n")
        self.file.write("".join(elements("wp:", values, plain=("comment_author_url",))))
        if comment.undated:
            meta = "".join(elements("wp:", {"meta_key": UNDATED, "meta_value": "1"}))
            self.file.write(f"<wp:commentmeta>{meta}</wp:commentmeta>\n")
        self.file.write("</wp:comment>\n")

    def _write_attachments(self, post: Post) -> None:
        """Name the pictures beside a post, which WordPress fetches from the site where it is still there."""
        folder = f"{post.url}/" if not post.url.endswith("/") else post.url
        whole = dict.fromkeys(addresses(for_feeds(post.row["body_html"], post.url)))
        files = [each for each in whole if each.startswith(folder) and "." in each.rpartition("/")[2].split("#")[0]]
        for address in files:
            self.last_number += 1
            name = unquote(address.rpartition("/")[2])
            values: dict[str, object] = {
                "post_id": self.last_number,
                "post_date": self._local(post.row["published_at"]),
                "post_date_gmt": _gmt(post.row["published_at"]),
                "comment_status": "closed",
                "ping_status": "closed",
                "post_name": word_slug(name),
                "status": "inherit",
                "post_parent": post.id,
                "menu_order": 0,
                "post_type": "attachment",
                "post_password": "",
                "is_sticky": 0,
                "attachment_url": address,
            }
            self.file.write(f"<item>\n<title>{cdata(name)}</title>\n<link>{text(address)}</link>\n")
            self.file.write("".join(elements("wp:", values)))
            self.file.write("</item>\n")

    def _free(self, key: str, written: str) -> str:
        """Return a time that nothing with the same key has yet, to the second: the given one, or the next.

        Very many can have the same: how far the last one was moved is noted with the time that it had.
        """
        key, first, local = _folded(key), written, self._local(written)
        conn = self.snapshot.db.conn
        row = conn.execute("select later from times where key = ? and time = ?", [key, local]).fetchone()
        later = row[0] if row else 0
        written = _after(first, later)
        while not conn.execute("insert or ignore into times values (?, ?, 0)", [key, self._local(written)]).rowcount:
            later += 1
            written = _after(first, later)
        if later:
            conn.execute("update times set later = ? where key = ? and time = ?", [later, key, local])
        self.moved += later > 0
        return written

    def _local(self, at: str) -> str:
        return _seconds(moment(at).astimezone(self.snapshot.settings.zone))

    def _note(self) -> None:
        """Say what the format cannot hold, and what was changed for the importer."""
        note = self.report.note
        self.snapshot.note_deleted(self.report)
        note(
            ngettext(
                "The time of one post or comment was moved by seconds: WordPress takes two by the same author in the"
                " same second for one.",
                "The times of {n} posts and comments were moved by seconds: WordPress takes two by the same author in"
                " the same second for one.",
                self.moved,
            ),
            self.moved,
        )
        note(
            ngettext(
                "One comment has no date; it has the time of its import.",
                "{n} comments have no date; they have the time of their import.",
                self.undated,
            ),
            self.undated,
        )
        note(
            ngettext(
                "The discussion of one post takes replies only, which WordPress does not know: it is open there.",
                "The discussions of {n} posts take replies only, which WordPress does not know: they are open there.",
                self.replies_only,
            ),
            self.replies_only,
        )
        note(
            ngettext("One withdrawn post is private there.", "{n} withdrawn posts are private there.", self.withdrawn),
            self.withdrawn,
        )
        note(
            ngettext(
                "One mention by another site is a pingback there.",
                "{n} mentions by other sites are pingbacks there.",
                self.mentions,
            ),
            self.mentions,
        )
        removed = self.snapshot.db.conn.execute("select count(*) from comments where status = 'deleted'").fetchone()[0]
        self.report.left_out = removed
        note(
            ngettext(
                "One removed comment is left out; its replies answer the comment above it.",
                "{n} removed comments are left out; their replies answer the comments above them.",
                removed,
            ),
            removed,
        )
        note(
            gettext(
                "blog.toml names no url, so all addresses begin with {host}. Give --base-url.", host=snapshots.NO_HOST
            ),
            self.snapshot.base == snapshots.NO_HOST,
        )


def content(html: str) -> str:
    """Return a comment as WordPress stores one: paragraphs parted by an empty line, a line's end for a break."""
    parts = PRE.split(WITHIN_BLOCKS.sub("", html))
    for place in range(0, len(parts), 2):  # what is not within <pre>
        plain = parts[place].replace("<br>\n", "\n").replace("<br>", "\n")
        parts[place] = plain.replace("<p>", "").replace("</p>\n", "\n\n").replace("</p>", "\n\n")
    return "".join(parts).strip()


def _after(at: str, seconds: int) -> str:
    return stamp(moment(at) + timedelta(seconds=seconds)) if seconds else at


def _login(name: str, taken: set[str]) -> str:
    """Return the name by which an author signs in there."""
    plain = login = word_slug(name) or "author"
    number = 1
    while login in taken:
        number += 1
        login = f"{plain}-{number}"
    return login


def _folded(text: str) -> str:
    """Return a name as WordPress's database compares it: without capitals and accents."""
    marked = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in marked if not unicodedata.combining(letter)).rstrip()


def _gmt(at: str) -> str:
    return _seconds(moment(at))


def _seconds(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S}"
