"""A folder of Jekyll, Hugo, Pelican or Eleventy: which of its files are posts, and where each stood before."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from blog.errors import BadPost
from blog.importing import folder_text, opening
from blog.importing.folder_text import Files
from blog.importing.imported import ImportedPost, Items, Progress, Skipped, Unsure
from blog.importing.model import Unreadable
from blog.posts import foreign_keys, front_formats, slugify
from blog.posts.front_matter import KEYS, Place
from blog.wording import gettext, ngettext

MARKS = {
    "jekyll": ("_config.yml", "_config.yaml", "_posts"),
    "hugo": ("hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config.toml", "archetypes"),
    "pelican": ("pelicanconf.py",),
    "eleventy": (".eleventy.js", "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs"),
}
TEXTS = (".md", ".markdown", ".mdown", ".mkd")
OUTSIDE = {"node_modules", "_site", "public", "themes", "vendor", "archetypes", "output", "static", "layouts", "assets"}
NO_POSTS = {"readme", "changelog", "license", "contributing", "code_of_conduct", "404", "security"}
LARGEST = 5_000_000  # bytes of one post
JEKYLL_STYLES = {
    "date": "/:categories/:year/:month/:day/:title.html",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title.html",
    "weekdate": "",
    "none": "/:categories/:title.html",
}


@dataclass(frozen=True)
class _Post:
    """A file of the folder: its head in our keys, its text, and its place."""

    path: Path
    name: str
    kind: str
    draft: bool
    values: dict[str, Any]
    body: str
    notes: tuple[str, ...]
    categories: tuple[str, ...] = ()


@dataclass
class _Folder:
    root: Path
    generator: str
    zone: ZoneInfo
    patterns: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> Path:
        inside = self.root / self.patterns.get("input", "content")
        return inside if self.generator != "jekyll" and inside.is_dir() else self.root


def tell(folder: Path) -> str:
    """Return which generator a folder belongs to, by what is in it; "" if that cannot be told."""
    for generator, marks in MARKS.items():
        if any((folder / mark).exists() for mark in marks):
            return generator
    for path in opening.files(folder):
        if path.suffix in TEXTS:
            start = path.read_bytes()[:200]
            if start.startswith(b"+++"):
                return "hugo"
            if re.match(rb"[A-Za-z]+:[ \t]", start):
                return "pelican"
    return ""


def read(root: Path, *, generator: str = "", zone: ZoneInfo | None = None) -> Items:
    """Give the posts of a folder, its pictures with them; each file that is left out is named."""
    if not root.is_dir():
        raise Unreadable(gettext("{name} is no folder.", name=root.name))
    folder = _Folder(root, generator or tell(root) or "jekyll", zone or ZoneInfo("UTC"))
    folder.patterns = _patterns(folder)
    found: list[_Post] = []
    for path in _texts(folder):
        try:
            if post := _post(folder, path):
                found.append(post)
        except (BadPost, OSError, UnicodeDecodeError) as error:
            why = error.problem if isinstance(error, BadPost) else gettext("It cannot be read as UTF-8 text.")
            line = f", line {error.line}" if isinstance(error, BadPost) and error.line else ""
            yield Skipped(f"{path.relative_to(root).as_posix()}{line}", why)
    if not found:
        raise Unreadable(gettext("{name} holds no posts in Markdown.", name=root.name))
    yield from _notes(found)
    files = Files(root, folder.content, {post.path: _slug(post) for post in found})
    for count, post in enumerate(found, 1):
        yield from _imported(folder, post, files)
        yield Progress(count / len(found))


def _notes(found: list[_Post]) -> Iterator[Unsure]:
    """Tell what the heads hold that means nothing here: once for each note, with the file or how many have it."""
    files: dict[str, list[str]] = {}
    for post in found:
        for note in post.notes:
            files.setdefault(note, []).append(post.name)
    for note, names in files.items():
        what = (
            names[0]
            if len(names) == 1
            else ngettext("{first} and one more", "{first} and {n} more", len(names) - 1, first=names[0])
        )
        yield Unsure(what, note)


def _texts(folder: _Folder) -> Iterator[Path]:
    for path in opening.files(folder.content):
        parts = path.relative_to(folder.content).parts
        inner = {part for part in parts[:-1] if part.startswith("_") and part not in ("_posts", "_drafts")}
        if path.suffix.lower() in TEXTS and not inner and not OUTSIDE.intersection(parts[:-1]):
            yield path


def _post(folder: _Folder, path: Path) -> _Post | None:
    """Read a file; None for one that is no post, such as a README or the text of a list."""
    name = path.relative_to(folder.root).as_posix()
    if path.stem.lower() in NO_POSTS or path.name == "_index.md" or path.stat().st_size > LARGEST:
        return None
    text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\0", "")
    own_folder = path.stem == "index" and path.parent != folder.content
    stem = path.parent.name if own_folder else path.stem
    head = bool(re.match(r"---\n|\+\+\+\n|\{", text)) or bool(re.match(r"[A-Za-z][\w -]*:[ \t]", text))
    if not head and folder.generator in ("jekyll", "hugo", "pelican"):
        return None
    entries, body = front_formats.split(name, text)
    values, notes = _values(folder, path, entries, stem)
    draft = values["status"] == "draft" or "_drafts" in path.parts
    return _Post(path, name, _kind(folder, path, values), draft, values, body, notes, _categories(entries))


def _values(
    folder: _Folder, path: Path, entries: list[front_formats.Entry], stem: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Read the head of a post; what cannot be read is a note, and never keeps the post back."""
    made = foreign_keys.translate(entries, KEYS, stem=stem)
    notes = [sentence for _, sentence in made.notes]
    place = Place(path.name, path.parent, folder.zone)
    values: dict[str, Any] = dict.fromkeys(KEYS)
    for entry in made.entries:
        try:
            if entry.problem:
                raise ValueError(entry.problem)
            if entry.value not in (None, ""):
                values[entry.name] = KEYS[entry.name].read(entry.name, entry.value, place)
        except ValueError as error:
            notes.append(str(error))
            if entry.name == "slug" and isinstance(entry.value, str):
                values["slug"] = slugify(entry.value)
    if not values["title"]:
        values["title"] = re.sub(r"[-_]+", " ", foreign_keys.DATED_NAME.sub(r"\g<rest>", stem)).strip().capitalize()
    if not values["slug"]:
        values["slug"] = slugify(re.sub(r"^\d{4}-\d\d-\d\d-", "", stem))
    return values, tuple(notes)


def _kind(folder: _Folder, path: Path, values: dict[str, Any]) -> str:
    """Tell a page from a post: by its folder, and else by whether it has a date."""
    parts = path.relative_to(folder.content).parts
    if folder.generator == "jekyll":
        return "post" if {"_posts", "_drafts"} & set(parts) else "page"
    if folder.generator == "pelican":
        return "page" if parts[0] == "pages" else "post"
    if folder.generator == "hugo":
        alone = len(parts) == 1 or (parts[1:] == ("index.md",) and parts[0] not in ("posts", "post", "blog"))
        return "page" if alone and not values["date"] else "post"
    return "post" if values["date"] or {"posts", "blog", "post"} & set(parts[:-1]) else "page"


def _categories(entries: list[front_formats.Entry]) -> tuple[str, ...]:
    """Return the categories, which stand in Jekyll's addresses."""
    for entry in entries:
        if entry.name.lower() in ("categories", "category"):
            value = entry.value
            words = value.split() if isinstance(value, str) else [each for each in value or [] if isinstance(each, str)]
            return tuple(slugify(word) for word in words)
    return ()


def _slug(post: _Post) -> str:
    return str(post.values["slug"])


def _imported(folder: _Folder, post: _Post, files: Files) -> Items:
    values = post.values
    body = re.sub(r"\{\{-?\s*page\.title\s*-?\}\}", lambda _: values["title"], post.body)
    made = folder_text.convert(body, post.path, files)
    yield ImportedPost(
        key=f"{folder.generator}:{post.name}",
        title=values["title"],
        body=made.text,
        published_at=values["date"] or None,
        updated_at=values["updated"] or None,
        kind=post.kind,
        status="draft" if post.draft else values["status"] or "published",
        author=values["author"] or "",
        slug=_slug(post),
        summary=values["summary"] or "",
        tags=values["tags"] or (),
        language=values["language"] or "",
        comments=values["comments"] or "",
        html=True,
        addresses=(*(values["redirect_from"] or ()), *_address(folder, post)),
        pictures=made.pictures,
    )
    for line, sentence in made.remarks:
        yield Unsure(f"{post.name}, line {line + _head_lines(post)}", sentence)


def _head_lines(post: _Post) -> int:
    """Return how many lines stand above a post's text."""
    text = post.path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    return text[: len(text) - len(post.body)].count("\n")


def _patterns(folder: _Folder) -> dict[str, str]:
    """Return the pattern of addresses that the generator was told to use."""
    if folder.generator == "jekyll":
        for name in ("_config.yml", "_config.yaml"):
            found = re.search(r"^permalink:[ \t]*[\"']?([^\s\"'#]+)", _text(folder.root / name), re.MULTILINE)
            if found:
                return {"post": JEKYLL_STYLES.get(found[1], found[1])}
        return {"post": JEKYLL_STYLES["date"]}
    if folder.generator == "pelican":
        text = _text(folder.root / "pelicanconf.py")
        return {
            kind: found[1]
            for kind, name in (("post", "ARTICLE_URL"), ("page", "PAGE_URL"))
            if (found := re.search(rf"^{name}\s*=\s*[\"']([^\"']+)[\"']", text, re.MULTILINE))
        }
    if folder.generator == "eleventy":
        text = "".join(_text(folder.root / name) for name in MARKS["eleventy"])
        found = re.search(r"\binput:\s*[\"'`](?:\./)?([\w/-]+)[\"'`]", text)
        return {"input": found[1]} if found else {"input": "."}
    if folder.generator == "hugo":
        text = "".join(_text(folder.root / name) for name in ("hugo.toml", "config.toml", "hugo.yaml", "config.yaml"))
        found = re.search(r"^\s*posts?\s*[=:]\s*[\"']?(/:[^\s\"']+)", text, re.MULTILINE)
        return {"post": found[1]} if found else {}
    return {}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace") if path.stat().st_size < LARGEST else ""
    except OSError:
        return ""


def _address(folder: _Folder, post: _Post) -> tuple[str, ...]:
    """Return where the generator put a post, as far as it can be told."""
    slug, date = _slug(post), str(post.values["date"] or "")
    inner = post.path.relative_to(folder.content)
    pattern = folder.patterns.get(post.kind, "")
    if post.draft or not slug:
        return ()
    if folder.generator == "pelican":
        filled = re.sub(r"\{date:[^}]*\}", lambda found: _dated(found[0], date), pattern or _pelican(post.kind))
        return (f"/{filled.replace('{slug}', slug).lstrip('/')}",) if "{" not in filled.replace("{slug}", "") else ()
    if pattern and post.kind == "post":
        return _filled(pattern, post, date)
    if folder.generator == "jekyll":
        return (f"/{inner.with_suffix('.html').as_posix()}",) if inner.stem != "index" else ()
    beside = folder.generator == "eleventy" and inner.stem == inner.parent.name
    place = inner.parent if inner.stem == "index" or beside else inner.parent / slug
    return (f"/{place.as_posix()}/",) if place.as_posix() != "." else ()


def _pelican(kind: str) -> str:
    return "pages/{slug}.html" if kind == "page" else "{slug}.html"


def _dated(pattern: str, date: str) -> str:
    parts = {"%Y": date[:4], "%m": date[5:7], "%d": date[8:10]}
    return re.sub(r"%[Ymd]", lambda found: parts[found[0]], pattern[len("{date:") : -1])


def _filled(pattern: str, post: _Post, date: str) -> tuple[str, ...]:
    """Fill Jekyll's and Hugo's placeholders; nothing comes of a pattern with others."""
    slug = _slug(post)
    parts = {
        ":categories": "/".join(post.categories),
        ":year": date[:4],
        ":month": date[5:7],
        ":day": date[8:10],
        ":title": slug,
        ":slug": slug,
        ":contentbasename": slug,
        ":filename": slug,
        ":output_ext": ".html",
    }
    filled = re.sub(r":[a-z_]+", lambda found: parts.get(found[0], found[0]), pattern)
    filled = re.sub("/{2,}", "/", f"/{filled}")
    return () if ":" in filled else (filled,)
