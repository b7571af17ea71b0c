"""Plain text pages: what remains when somebody copies or saves a blog page as text."""

import re
from dataclasses import dataclass, field

from blog.importing import headings, plain_blocks, plain_comments
from blog.importing.dates import When, when
from blog.importing.model import (
    Page,
    Unreadable,
    excerpt,
    miscounted_in_text,
    same,
    taken_as_utc,
    title_from,
    with_replies,
    without,
)
from blog.importing.plain_blocks import Block
from blog.wording import gettext, ngettext, number

BY = re.compile(
    r"(?:(?:posted|published|written)\s+)?(?:on\s+(?P<date>.{6,60}?)\s+)?by\s+(?P<author>\S.{0,79}?)"
    r"(?:\s+on\s+(?P<later>.{6,60}))?",
    re.IGNORECASE,
)
ON = re.compile(r"(?:posted|published)(?:\s+on)?:?\s+(?P<date>.{6,60})", re.IGNORECASE)
FORM = re.compile(
    r"(?:leave|post|write|add) a (?:reply|comment|response)(?: cancel reply)?|join the discussion",
    re.IGNORECASE,
)


@dataclass
class Notes:
    """What was read so far, and sentences about it."""

    title: str = ""
    author: str = ""
    published: When | None = None
    findings: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Parts:
    post: list[str]
    comments: list[str]
    heading: headings.CommentsHeading | None
    closed: bool
    form: bool


def read(text: str, *, name: str, doubts: list[str]) -> Page:
    """Return the post and the comments of a plain text; `doubts` are those of its decoding."""
    parts = _parts(text.expandtabs(4).replace("\xa0", " ").split("\n"))
    notes = Notes(doubts=list(doubts))
    blocks = _without_title(plain_blocks.blocks_of(parts.post), parts.heading, notes, name=name)
    post = plain_blocks.body(blocks)
    expected = parts.heading.count if parts.heading else None
    comments = plain_comments.comments(parts.comments, expected=expected)
    if not post.text and not comments.listed:
        raise Unreadable(gettext("{name} holds no post.", name=name))
    _tell_post(notes, post)
    _tell_comments(notes, parts, comments)
    return Page(
        title=notes.title,
        author=notes.author,
        published_at=notes.published.at if notes.published else None,
        body=post.text,
        comments=tuple(comments.listed),
        closed=parts.closed,
        kind="plain text",
        findings=tuple(notes.findings),
        doubts=tuple(notes.doubts),
    )


def _parts(lines: list[str]) -> Parts:
    """Part the post from its comments at the line that counts them, and drop what follows these."""
    at, heading = _heading(lines)
    post, rest = (lines, []) if heading is None else (lines[:at], lines[at + 1 :])
    last = rest if heading else post
    closing = _closing(last, within=len(last) if heading else 15)
    closed = closing is not None and headings.says_closed(last[closing])
    if closing is not None:
        del last[closing:]
    return Parts(post, rest, heading, closed, form=closing is not None and not closed)


def _heading(lines: list[str]) -> tuple[int, headings.CommentsHeading | None]:
    """Return the last heading that names the post, else the last one that comments follow."""
    candidates = [
        (at, heading)
        for at, line in enumerate(lines)
        if not line[:3].isspace() and (at == 0 or not lines[at - 1].strip()) and (heading := headings.heading(line))
    ]
    for at, heading in reversed(candidates):
        if heading.title:
            return at, heading
    for at, heading in reversed(candidates):
        if plain_comments.begin(lines[at + 1 :]):
            return at, heading
    return 0, None


def _closing(lines: list[str], *, within: int) -> int | None:
    """Return the place of the line where the comments end: "Comments are closed." or the form's heading."""
    for at in reversed(range(max(0, len(lines) - within), len(lines))):
        if not lines[at][:3].isspace() and (headings.says_closed(lines[at]) or FORM.fullmatch(lines[at].strip())):
            return at
    return None


def _without_title(
    blocks: list[Block], heading: headings.CommentsHeading | None, notes: Notes, *, name: str
) -> list[Block]:
    """Find the title, and return the blocks without it and the lines of author and date that follow it."""
    from_heading = heading.title if heading else ""
    blocks = _from_title(_with_title_apart(blocks), from_heading, notes)
    first = blocks[0][0].strip() if blocks and len(blocks[0]) == 1 else ""
    if from_heading and not same(first, from_heading):
        notes.title = from_heading
        notes.findings.append(gettext("The title was taken from the heading of the comments."))
        if heading and heading.mended:
            notes.doubts.append(
                gettext("The heading's quotation marks do not pair; the title was read as {title}.", title=notes.title)
            )
        return blocks
    if same(first, from_heading) or (len(blocks) > 1 and _is_title(blocks[0])):
        notes.title = first
        notes.findings.append(gettext("The title was taken from the first line."))
        return _without_byline(blocks[1:], notes)
    notes.title = title_from(name)
    notes.doubts.append(gettext("No title could be told; “{title}” was made from the file's name.", title=notes.title))
    return blocks


def _with_title_apart(blocks: list[Block]) -> list[Block]:
    """Part the title from lines of author and date right below it."""
    if blocks and len(blocks[0]) > 1 and all(any(_byline(line.strip())) for line in blocks[0][1:]):
        return [blocks[0][:1], blocks[0][1:], *blocks[1:]]
    return blocks


def _from_title(blocks: list[Block], title: str, notes: Notes) -> list[Block]:
    """Leave out the menus before the title, which are short lines, of a page that was copied whole."""
    at = next((at for at, block in enumerate(blocks[:12]) if len(block) == 1 and same(block[0], title)), 0)
    before = [line.strip() for block in blocks[:at] for line in block]
    if not before or max(map(len, before)) > plain_blocks.LONGEST_HEADING:
        return blocks
    notes.doubts.append(
        ngettext(
            "One line before the title was left out: {lines}.",
            "{n} lines before the title were left out: {lines}.",
            len(before),
            lines=excerpt(" / ".join(before)),
        )
    )
    return blocks[at:]


def _is_title(block: Block) -> bool:
    line = block[0].strip()
    return plain_blocks.is_short_line([line.rstrip("?!")]) and len(block) == 1


def _without_byline(blocks: list[Block], notes: Notes) -> list[Block]:
    """Take a date, an author or both off the first two blocks, whose every line must be such."""
    for block in blocks[:2]:
        read = [_byline(line.strip()) for line in block]
        if not all(any(parts) or headings.heading(line) for parts, line in zip(read, block, strict=True)):
            break
        notes.author = notes.author or next((author for author, _ in read if author), "")
        notes.published = notes.published or next((at for _, at in read if at), None)
        blocks = blocks[1:]
    return blocks


def _byline(line: str) -> tuple[str, When | None]:
    if at := when(line):
        return "", at
    if (match := ON.fullmatch(line)) and (at := when(match["date"])):
        return "", at
    match = BY.fullmatch(line)
    if match is None or line.endswith("."):
        return "", None
    date = match["date"] or match["later"] or ""
    return match["author"], when(date)


def _tell_post(notes: Notes, post: plain_blocks.Body) -> None:
    words = len(post.text.split())
    if post.headings:
        notes.findings.append(
            ngettext(
                "The post has {words} words and one section heading.",
                "The post has {words} words and {n} section headings.",
                post.headings,
                words=number(words),
            )
        )
    else:
        notes.findings.append(
            ngettext(
                "The post has one word and no section headings.",
                "The post has {n} words and no section headings.",
                words,
            )
        )
    for count in post.items:
        notes.findings.append(gettext("A list of {count} was kept.", count=number(count)))
    if post.quotations:
        notes.findings.append(
            ngettext("One quotation was set apart.", "{n} quotations were set apart.", post.quotations)
        )
    for start in post.guessed:
        notes.doubts.append(
            gettext(
                "The paragraph {start} was taken for a quotation, judged by the text around it.", start=excerpt(start)
            )
        )
    if not post.text:
        notes.doubts.append(gettext("The post has no text."))
    if not notes.author:
        notes.doubts.append(gettext("The page names no author."))
    if notes.published is None:
        notes.doubts.append(gettext("The page gives no date."))


def _tell_comments(notes: Notes, parts: Parts, comments: plain_comments.Comments) -> None:
    notes.findings.append(with_replies(comments.listed))
    if parts.heading:
        notes.doubts += miscounted_in_text(parts.heading, len(comments.listed))
    notes.doubts += comments.doubts + without(comments.listed)
    notes.doubts += taken_as_utc(comments.assumed + (notes.published is not None and notes.published.assumed))
    if parts.closed:
        notes.findings.append(gettext("The page says that comments are closed."))
    elif not parts.form:
        notes.doubts.append(gettext("The page does not say whether comments are closed; they were taken as open."))
