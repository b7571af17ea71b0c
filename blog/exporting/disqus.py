"""Disqus's XML, which Isso, Remark42 and others read: approved comments, and the places of those that were removed.

Those programs publish what waits for a moderator, and some publish spam, so neither is in the file. Isso finds a
comment's parent only among those with an earlier time, so no reply is earlier than what it answers.
"""

from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

from blog.exporting import snapshot as snapshots
from blog.exporting.report import ExportReport
from blog.exporting.snapshot import PINGS, Comment, Post, Snapshot, Watch
from blog.exporting.xml_text import cdata, text
from blog.rendering.markdown import for_feeds
from blog.settings import Settings
from blog.storage import atomic_file
from blog.wording import gettext, ngettext

HEAD = """<?xml version="1.0" encoding="utf-8"?>
<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">
<category dsq:id="1"><forum>afterword</forum><title>General</title><isDefault>true</isDefault></category>
"""
NO_PINGS = f"c.kind not in ({', '.join(repr(kind) for kind in PINGS)})"
# What an approved comment answers keeps its place, whatever its own status.
LEFT_OUT = f"not ({NO_PINGS}) or (c.status <> 'approved' and c.id not in (select id from answered))"


def export(settings: Settings, path: Path, *, at: str, base: str = "", watch: Watch | None = None) -> ExportReport:
    """Write all posts as threads and their approved comments into a new file."""
    snapshots.check_target(path)
    with snapshots.taken(settings, at=at, base=base, watch=watch) as snapshot:
        snapshot.find_answered(f"c.status = 'approved' and {NO_PINGS}")
        snapshot.arrange(LEFT_OUT)
        with atomic_file.written(path) as file:
            report = ExportReport(path)
            _write(snapshot, file, report, watch)
            snapshot.note_deleted(report)
    return report


def _write(snapshot: Snapshot, file: TextIO, report: ExportReport, watch: Watch | None) -> None:
    total, done = snapshot.count(), 0
    file.write(HEAD)
    for post in snapshot.posts():  # the threads first, as Disqus has them
        if post.public:
            report.posts += post.row["kind"] == "post"
            report.pages += post.row["kind"] == "page"
            file.write(_thread(post))
    for post in snapshot.posts():
        if not post.public:
            continue
        for comment in snapshot.comments(post.id):
            file.write(_comment(post, comment))
            approved = comment.row["status"] == "approved"
            report.comments["approved"] += approved
            report.replies += approved and comment.parent > 0
            done += 1
            if watch and done % 500 == 0:
                watch(done, total)
    file.write("</disqus>\n")
    report.left_out = total - report.comments["approved"]
    report.note(
        ngettext(
            "One comment is left out: it waits, is spam or removed, or a ping. The programs that read this format would"
            " publish it.",
            "{n} comments are left out: they wait, are spam or removed, or pings. The programs that read this format"
            " would publish them.",
            report.left_out,
        ),
        report.left_out,
    )
    report.note(
        gettext("blog.toml names no url, so all addresses begin with {host}. Give --base-url.", host=snapshots.NO_HOST),
        snapshot.base == snapshots.NO_HOST,
    )


def _thread(post: Post) -> str:
    closed = "true" if post.mode == "closed" else "false"
    return (
        f'<thread dsq:id="{post.id}">\n<id>{text(urlsplit(post.url).path)}</id>\n<forum>afterword</forum>\n'
        f'<category dsq:id="1"/>\n<link>{text(post.url)}</link>\n<title>{text(post.row["title"])}</title>\n<message/>\n'
        f"<createdAt>{_time(post.row['published_at'])}</createdAt>\n"
        f"<author><name>{text(post.row['author'])}</name><isAnonymous>true</isAnonymous></author>\n"
        f"<isClosed>{closed}</isClosed>\n<isDeleted>false</isDeleted>\n</thread>\n"
    )


def _comment(post: Post, comment: Comment) -> str:
    row = comment.row
    shown = row["status"] == "approved"
    message = for_feeds(row["text_html"], post.url) if shown else ""
    name, email, ip = (row["author"], row["email"], row["ip"]) if shown else ("", "", "")
    parent = f'<parent dsq:id="{comment.parent}"/>\n' if comment.parent else ""
    address = f"<ipAddress>{text(ip)}</ipAddress>\n" if ip else ""
    return (
        f'<post dsq:id="{comment.number}">\n<id/>\n<message>{cdata(message)}</message>\n'
        f"<createdAt>{_time(comment.after_parent)}</createdAt>\n"
        f"<isDeleted>{'false' if shown else 'true'}</isDeleted>\n<isSpam>false</isSpam>\n"
        f"<author><name>{text(name)}</name><email>{text(email)}</email><isAnonymous>true</isAnonymous></author>\n"
        f'{address}<thread dsq:id="{post.id}"/>\n{parent}</post>\n'
    )


def _time(at: str) -> str:
    return f"{at[:19]}Z"
