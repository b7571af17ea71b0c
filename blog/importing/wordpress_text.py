"""The text of a WordPress post to Markdown: its blocks, its paragraph rules, its shortcodes, its pictures.

WordPress stores either blocks, which are HTML between comments, or text whose empty lines are paragraphs and whose line
ends are breaks (its function wpautop). Shortcodes such as [gallery] stand in both.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag

from blog.importing import markup, tree
from blog.importing.comment_text import squeezed
from blog.importing.imported import Picture
from blog.importing.literal import escaped, in_link
from blog.text import UNFIT

BLOCK = re.compile(r"<!--\s*/?wp:(?P<name>[a-z][a-z0-9/-]*)(?P<rest>[^>]*?)(?P<alone>/)?-->")
BLOCKS = (
    "table|thead|tfoot|caption|col|colgroup|tbody|tr|td|th|div|dl|dd|dt|ul|ol|li|pre|form|map|area|blockquote|address"
    "|style|p|h[1-6]|hr|fieldset|legend|section|article|aside|hgroup|header|footer|nav|figure|figcaption|details"
    "|menu|summary"
)
OPENING = re.compile(rf"(<(?:{BLOCKS})(?:\s[^<>]*)?/?>)", re.IGNORECASE)
CLOSING = re.compile(rf"(</(?:{BLOCKS})>)", re.IGNORECASE)
VERBATIM = re.compile(r"<(pre|script|style|textarea|svg)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
MORE = re.compile(r"<!--\s*more\b.*?-->")
NEXT_PAGE = re.compile(r"<!--\s*(?:nextpage|noteaser)\s*-->")
SHORTCODE = re.compile(r"\[(?P<end>/?)(?P<name>[a-zA-Z][\w-]*)(?P<rest>(?:\s[^\[\]<>]*)?)\]")
CAPTION = re.compile(r"\[(?:wp_)?caption\b(?P<rest>[^\]]*)\](?P<inside>.*?)\[/(?:wp_)?caption\]", re.DOTALL)
CODE = re.compile(
    r"\[(?P<name>code|sourcecode|source|php|css|python|javascript|js|java|ruby|bash|html|xml|sql)"
    r"(?P<rest>(?:\s[^\]]*)?)\](?P<inside>.*?)\[/(?P=name)\]",
    re.DOTALL,
)
EMBED = re.compile(r"\[(?:embed|youtube|vimeo|twitter|audio|video|playlist)\b(?P<rest>[^\]]*)\]", re.DOTALL)
GALLERY = re.compile(r"\[gallery\b(?P<rest>[^\]]*)\]")
ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\]]+))")
SIZED = re.compile(r"-\d{2,5}x\d{2,5}(?=\.[a-z]{3,4}$)|-scaled(?=\.[a-z]{3,4}$)", re.IGNORECASE)
# Two signs of no language stand around what the conversion must not touch.
OPEN, SHUT = "\ue100", "\ue101"
MARK = re.compile(f"{OPEN}([0-9]+){SHUT}")
DEEPEST = tree.MAX_DEPTH
LARGEST = 5_000_000  # letters of one post


@dataclass(frozen=True)
class Attachment:
    """A file of the source's library: its address there, what it shows, its caption, and the post it belongs to."""

    url: str
    alt: str = ""
    caption: str = ""
    post: str = ""


@dataclass(frozen=True)
class Library:
    """The source's files by number, and the post whose text is read: its own files are its gallery."""

    files: Mapping[str, Attachment]
    post: str = ""

    def shown(self, numbers: Sequence[str]) -> list[Attachment]:
        """Return the files with these numbers, without any those of the post."""
        if numbers:
            return [self.files[number] for number in numbers if number in self.files]
        return [each for each in self.files.values() if each.post == self.post and self.post]


@dataclass
class Converted:
    """A post's text as Markdown, and what the report names: shortcodes, blocks, pictures that are not at hand."""

    text: str = ""
    pictures: list[Picture] = field(default_factory=list)
    shortcodes: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    frames: int = 0
    plain: bool = False


Find = Callable[[str], Picture | None]


def convert(source: str, *, base: str, find: Find = lambda _: None, library: "Library | None" = None) -> Converted:
    """Return a post's text as Markdown; `find` gives a picture that is at hand for its address there."""
    made = Converted()
    source = UNFIT.sub("", source.replace("\r\n", "\n").replace("\r", "\n"))
    if len(source) > LARGEST or tree.open_at_once(source) > tree.MAX_OPEN:
        made.plain, made.text = True, escaped(html.unescape(re.sub(r"<[^<>]*>", " ", source)))
        return made
    pieces = _Pieces()
    blocks = BLOCK.search(source) is not None
    source = _without_blocks(source, made) if blocks else source
    source = MORE.sub(lambda _: f"\n\n{pieces.keep('<!-- more -->')}\n\n", NEXT_PAGE.sub("\n\n", source), count=1)
    source = _shortcodes(source, made, library or Library({}))
    soup = BeautifulSoup(source if blocks else autop(source), tree.PARSER, multi_valued_attributes=None)
    body = soup.body
    if body is None:
        return made
    if tree.depth(body) > DEEPEST:
        made.plain, made.text = True, escaped(tree.words(body))
        return made
    _pictures(body, made, pieces, find)
    _files(body, made, pieces, find)
    done = markup.post(body, base=base)
    made.frames, made.plain = done.embedded, done.plain
    made.text = pieces.put_back(squeezed(done.text))
    return made


class _Pieces:
    """Markdown that waits while the HTML around it is converted."""

    def __init__(self) -> None:
        self._kept: list[str] = []

    def keep(self, piece: str) -> str:
        self._kept.append(piece)
        return f"{OPEN}{len(self._kept) - 1}{SHUT}"

    def put_back(self, text: str) -> str:
        return MARK.sub(lambda found: self._kept[int(found[1])] if int(found[1]) < len(self._kept) else "", text)


def autop(text: str) -> str:
    """Make paragraphs of empty lines and breaks of line ends, as WordPress does when it shows a post."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\n\n{OPEN}{len(kept) - 1}v{SHUT}\n\n"

    text = VERBATIM.sub(keep, f"{text}\n")
    text = re.sub(r"<br\s*/?>\s*<br\s*/?>", "\n\n", text)
    text = CLOSING.sub(r"\1\n\n", OPENING.sub(r"\n\n\1", text))
    made = []
    for part in re.split(r"\n\s*\n", text):
        part = part.strip()
        if not part:
            continue
        whole = OPENING.match(part) or CLOSING.match(part) or part.startswith(OPEN)
        made.append(part if whole else f"<p>{_broken(part)}</p>")
    text = "\n".join(made)
    return re.sub(f"{OPEN}([0-9]+)v{SHUT}", lambda found: kept[int(found[1])], text)


def _broken(part: str) -> str:
    """Break the lines of a paragraph, but not beside the tags of blocks."""
    return re.sub(r"(?<!<br>)(?<!<br/>)(?<!<br />)[ \t]*\n", "<br>\n", part)


def _without_blocks(source: str, made: Converted) -> str:
    """Take out the comments that mark blocks; a block that WordPress computes when it shows it leaves nothing."""
    for found in BLOCK.finditer(source):
        if found["alone"] and found["name"] not in ("more", "separator", "spacer", "nextpage"):
            made.blocks.append(found["name"])
    return BLOCK.sub("\n", source)


def _shortcodes(source: str, made: Converted, library: Library) -> str:
    """Turn the shortcodes that have a meaning here into HTML, and note the others."""
    source = re.sub(r"\[(\[[^\]]*\])\]", lambda found: html.escape(found[1]).replace("[", "&#91;"), source)
    source = CODE.sub(_code, source)
    source = CAPTION.sub(_caption, source)
    source = GALLERY.sub(lambda found: _gallery(found, made, library), source)
    source = EMBED.sub(_embed, re.sub(r"\[/(?:embed|youtube|vimeo|twitter|audio|video|playlist)\]", " ", source))
    for found in SHORTCODE.finditer(VERBATIM.sub("", source)):
        name = found["name"]
        if found["end"] or "=" in found["rest"] or f"[/{name}]" in source or re.search("[-_]", name):
            made.shortcodes.append(name)
    return source


def _attributes(text: str) -> dict[str, str]:
    return {name.lower(): html.unescape(a or b or c) for name, a, b, c in ATTRIBUTE.findall(text)}


def _code(found: re.Match[str]) -> str:
    given = _attributes(found["rest"])
    name = found["name"] if found["name"] not in ("code", "sourcecode", "source") else ""
    language = given.get("language") or given.get("lang") or name
    words = html.escape(html.unescape(found["inside"]).strip("\n"))
    return f'<pre><code class="language-{html.escape(language)}">{words}</code></pre>'


def _caption(found: re.Match[str]) -> str:
    """Make a figure of a picture and its caption: an attribute in old posts, words after the picture in newer ones."""
    inside = found["inside"].strip()
    picture = re.match(r"\s*(?:<a\b[^>]*>)?\s*<img\b[^>]*>\s*(?:</a>)?", inside, re.IGNORECASE)
    words = inside[picture.end() :].strip() if picture else ""
    words = words or html.escape(_attributes(found["rest"]).get("caption", ""))
    shown = picture[0] if picture else inside
    return f"<figure>{shown}<figcaption>{words}</figcaption></figure>" if words else shown


def _gallery(found: re.Match[str], made: Converted, library: Library) -> str:
    given = _attributes(found["rest"])
    numbers = re.findall(r"\d+", given.get("ids") or given.get("include") or "")
    shown = library.shown(numbers)
    if not shown or len(shown) < len(numbers):
        made.shortcodes.append("gallery")
    return "\n\n".join(
        f'<figure><img src="{html.escape(each.url)}" alt="{html.escape(each.alt)}">'
        f"<figcaption>{html.escape(each.caption)}</figcaption></figure>"
        for each in shown
    )


def _embed(found: re.Match[str]) -> str:
    """Leave the address that a shortcode plays; it becomes a link."""
    given = _attributes(found["rest"])
    address = next((value for value in given.values() if value.startswith(("http://", "https://"))), "")
    address = address or next(iter(re.findall(r"https?://[^\s\]\"']+", found["rest"])), "")
    shown = html.escape(address)
    return f'\n\n<a href="{shown}">{shown}</a>\n\n' if address else "\n\n"


def _pictures(body: Tag, made: Converted, pieces: _Pieces, find: Find) -> None:
    """Put each picture that is at hand in its place; the others become links."""
    for image in list(body.find_all("img")):
        address = str(image.get("data-orig-file") or image.get("data-src") or image.get("src") or "")
        picture = find(address) if address else None
        if picture is None:
            if address and not re.search(r"\b(?:emoji|wp-smiley|avatar)\b", str(image.get("class") or "")):
                made.missing.append(address)
            continue
        alt = " ".join(str(image.get("alt") or "").split())
        whole = _around(image)
        caption = _caption_of(whole)
        made.pictures.append(picture)
        title = f' "{escaped(caption).replace(chr(34), chr(92) + chr(34))}"' if caption else ""
        kept = pieces.keep(f"![{escaped(alt).replace('[', '(').replace(']', ')')}]({picture.mark}{title})")
        block = body_paragraph(kept) if caption or whole.name == "figure" else kept
        whole.replace_with(block)


def _files(body: Tag, made: Converted, pieces: _Pieces, find: Find) -> None:
    """Let links, and what plays a file, lead to the files that are at hand."""
    for element in list(body.find_all(["a", "audio", "video"])):
        source = element if element.name == "a" else element.find("source") or element
        address = str(source.get("href") or source.get("src") or element.get("src") or "")
        file = find(address) if address else None
        words = tree.words(element) if element.name == "a" else ""
        if file is None or (element.name == "a" and not words):
            continue
        made.pictures.append(file)
        element.replace_with(
            pieces.keep(f"[{in_link(words if words and '://' not in words else file.path.name)}]({file.mark})")
        )


def body_paragraph(words: str) -> Tag:
    """Return a paragraph element of its own with these words."""
    made = BeautifulSoup("", "html.parser").new_tag("p")
    made.string = words
    return made


def _around(image: Tag) -> Tag:
    """Return what goes with a picture: its figure, or the link to its larger self."""
    around = image
    for parent in image.parents:
        alone = not parent.get_text().strip()
        if parent.name == "figure" and len(parent.find_all("img")) == 1:
            return parent
        if parent.name == "a" and alone:
            around = parent
        elif parent.name not in ("picture", "span", "div", "a") or not alone:
            break
    return around


def _caption_of(whole: Tag) -> str:
    found = whole.find("figcaption") if whole.name == "figure" else None
    return tree.words(found) if isinstance(found, Tag) else ""


def relative(address: str) -> str:
    """Return a file's path within the uploads folder from its address, "" for one from elsewhere."""
    path = unquote(address.split("?")[0].split("#")[0])
    _, sign, rest = path.partition("/wp-content/uploads/")
    if not sign:
        found = re.search(r"//[\w.-]*\.files\.wordpress\.com/(.+)$", path)
        rest = found[1] if found else ""
    return rest


def unsized(name: str) -> str:
    """Return the name of a picture as it was uploaded, without the size of a smaller copy."""
    return SIZED.sub("", name)
