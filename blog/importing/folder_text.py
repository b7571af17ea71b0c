"""The text of other generators' posts: their template tags to Markdown where they have a meaning, else named."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import quote, unquote

from blog.importing import opening
from blog.importing.imported import Picture
from blog.importing.uploads import PICTURES
from blog.posts import slugify
from blog.wording import gettext

FENCE = re.compile(r"^( {0,3})(`{3,}|~{3,}).*?^ {0,3}\2[`~]*[ \t]*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?P<before>!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(\s*<?)(?P<to>[^)\s<>]+)(?P<after>[^)]*\))")
HTML_LINK = re.compile(r"(?P<before><(?:img|a|source)\b[^<>]*?\b(?:src|href)=[\"'])(?P<to>[^\"'<>]+)(?P<after>[\"'])")
ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
# Liquid and Nunjucks, Hugo's shortcodes, Pelican's file links.
BASE = re.compile(r"\{\{-?\s*(?:site\.(?:base)?url|SITEURL)\s*-?\}\}")
RELATIVE = re.compile(r"\{\{-?\s*[\"'](?P<to>[^\"']+)[\"']\s*\|\s*(?:relative_url|absolute_url|url)\s*-?\}\}")
POST_URL = re.compile(r"\{%-?\s*(?:post_url|link)\s+(?P<to>[^\s%]+)\s*-?%\}")
LIQUID_CODE = re.compile(
    r"\{%-?\s*highlight\s+(?P<language>[\w+#-]*)[^%]*%\}\n?(?P<code>.*?)\n?\{%-?\s*endhighlight\s*-?%\}", re.DOTALL
)
RAW = re.compile(r"\{%-?\s*(?:end)?raw\s*-?%\}")
HUGO = re.compile(r"\{\{[<%]\s*(?P<end>/?)\s*(?P<name>[\w/-]+)(?P<rest>[^<>%]*?)/?\s*[>%]\}\}")
HUGO_CODE = re.compile(
    r"\{\{[<%]\s*highlight\s+(?P<language>[\w+#-]*)[^>%]*[>%]\}\}\n?(?P<code>.*?)\n?\{\{[<%]\s*/highlight\s*[>%]\}\}",
    re.DOTALL,
)
FILE = re.compile(r"(?:\{|\||%7B)(?P<kind>static|filename|attach)(?:\}|\||%7D)(?P<to>.*)", re.IGNORECASE)
LEFT = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{(?:static|filename|attach|tag|category|author|index)\}")
PLAYERS = {
    "youtube": "https://www.youtube.com/watch?v={}",
    "vimeo": "https://vimeo.com/{}",
    "gist": "https://gist.github.com/{}",
}


@dataclass(frozen=True)
class Files:
    """The files of the folder: `slugs` has the address of each post by its path."""

    root: Path
    content: Path
    slugs: Mapping[Path, str]

    def picture(self, to: str, beside: Path) -> Picture | None:
        """Return a picture that a post names, if it lies in the folder."""
        name = unquote(to.split("?")[0].split("#")[0])
        if not name.lower().endswith(PICTURES) or "://" in name:
            return None
        inner = name.lstrip("/")
        bases = [
            self.root,
            self.root / "static",
            self.content,
            self.root / "assets",
            self.root / "public",
            self.root / "src",
        ]
        places = [base / inner for base in bases]
        if not name.startswith("/"):
            places = [beside.parent / name, beside.parent / beside.stem / name, *places]
        for place in places:
            if found := opening.beneath(place, self.root):
                mark = f"picture:{quote(found.relative_to(self.root.resolve()).as_posix())}#"
                return Picture(mark, found)
        return None

    def post(self, to: str, beside: Path) -> str:
        """Return the address of a post that another one names by its file, "" for none."""
        name, _, anchor = unquote(to).partition("#")
        for place in (beside.parent / name, self.content / name.lstrip("/"), self.root / name.lstrip("/")):
            for each in (place, place.with_name(f"{place.name}.md"), place / "index.md"):
                slug = self.slugs.get(Path(*each.parts)) or self.slugs.get(each.resolve())
                if slug:
                    return f"/{slug}/{'#' if anchor else ''}{anchor}"
        stem = slugify(
            re.sub(r"^\d{4}-\d\d-\d\d-", "", Path(name).stem if Path(name).stem != "index" else Path(name).parent.name)
        )
        return f"/{stem}/" if stem in set(self.slugs.values()) else ""


@dataclass
class Converted:
    """A text in Markdown, its pictures, and what could not be understood, each with its line."""

    text: str = ""
    found: dict[str, Picture] = field(default_factory=dict)
    remarks: list[tuple[int, str]] = field(default_factory=list)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple(self.found.values())


def convert(text: str, path: Path, files: Files) -> Converted:
    """Return a text without the template tags that have a meaning here; code is left as it is."""
    made = Converted()
    text = LIQUID_CODE.sub(_fenced, HUGO_CODE.sub(_fenced, text))
    text = _outside_code(text, lambda part, line: _part(part, line, path, files, made))
    made.text = text
    return made


def _outside_code(text: str, change: Callable[[str, int], str]) -> str:
    pieces, at, line = [], 0, 1
    for found in FENCE.finditer(text):
        pieces += [change(text[at : found.start()], line), found[0]]
        line += text[at : found.end()].count("\n")
        at = found.end()
    return "".join([*pieces, change(text[at:], line)])


def _fenced(found: re.Match[str]) -> str:
    ticks = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", found["code"])), 3)
    return f"{ticks}{found['language']}\n{found['code']}\n{ticks}"


def _part(text: str, line: int, path: Path, files: Files, made: Converted) -> str:
    text = RELATIVE.sub(lambda found: found["to"], BASE.sub("", RAW.sub("", text)))
    text = POST_URL.sub(lambda found: files.post(found["to"], path) or found[0], text)
    text = HUGO.sub(lambda found: _shortcode(found, path, files), text)
    text = LINK.sub(lambda found: _link(found, path, files, made), text)
    text = HTML_LINK.sub(lambda found: _link(found, path, files, made), text)
    for found in LEFT.finditer(text):
        number = line + text[: found.start()].count("\n")
        made.remarks.append((number, gettext("{tag} means nothing here and stands in the text.", tag=found[0][:80])))
    return text


def _link(found: re.Match[str], path: Path, files: Files, made: Converted) -> str:
    to = found["to"]
    if named := FILE.fullmatch(to):
        to = named["to"]
    if picture := files.picture(to, path):
        made.found[picture.mark] = picture
        return f"{found['before']}{picture.mark}{found['after']}"
    if (named or to.split("#")[0].endswith((".md", ".markdown"))) and "://" not in to:
        to = files.post(to, path) or found["to"]
    return f"{found['before']}{to}{found['after']}"


def _shortcode(found: re.Match[str], path: Path, files: Files) -> str:
    """Turn the shortcodes that Hugo brings along into Markdown."""
    name, rest = found["name"], found["rest"].strip()
    given = {key: a or b or c for key, a, b, c in ATTRIBUTE.findall(rest)}
    first = re.sub(r"^[\"'`]|[\"'`]$", "", rest.split()[0]) if rest and "=" not in rest.split()[0] else ""
    if name in ("figure", "img") and (source := given.get("src") or first):
        caption = given.get("caption") or given.get("title") or ""
        title = f' "{escape(caption, quote=True)}"' if caption else ""
        return f"![{given.get('alt', '')}]({source}{title})"
    if name in ("ref", "relref") and first:
        return files.post(first, path) or found[0]
    if name in PLAYERS and (number := given.get("id") or "/".join(re.sub(r"[\"']", "", rest).split())):
        return f"<{PLAYERS[name].format(number)}>"
    return found[0]
