"""The template's variables of a post: address, language, neighbours, and the state of its discussion."""

import json
import re
from collections.abc import Mapping
from typing import Any
from unicodedata import bidirectional
from urllib.parse import quote

from blog import closing, posts, wording
from blog.closing import State
from blog.rendering.languages import with_territory
from blog.rendering.markdown import plain_text, rebased
from blog.rendering.typesetting import is_from_right
from blog.rules import policy
from blog.rules.policy import Policy
from blog.web.render import interface_within
from blog.web.site import Site

CATCHWORDS, CATCHWORD_LENGTH = 4, 28


def address(site: Site, post: Mapping[str, Any]) -> str:
    return quote(posts.address_of(site.settings, post["slug"], post.get("kind", "post"), post["published_at"]))


def menu(row: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    """Return the pages of the menu, with the one at `path` marked as current."""
    listed = [(quote(f"/{slug}/"), title) for slug, title in json.loads(row["menu"])]
    return [{"url": url, "label": title, "current": url == path} for url, title in listed]


def page_address(post_url: str, page: int, thread: int = 0, order: str = "") -> str:
    """Return the address of a page of a discussion, or of one long thread of it."""
    if thread:
        return f"{post_url}thread-{thread}/" if page == 1 else f"{post_url}thread-{thread}-page-{page}/"
    base = f"{post_url}{order}/" if order else post_url
    return base if page == 1 else f"{base}comment-page-{page}/"


def comment_address(post_url: str, comment: int) -> str:
    """Return the address of a comment that holds wherever its page is by then."""
    return f"{post_url}comment/{comment}/"


def policy_of(post: Mapping[str, Any]) -> Policy:
    return policy.from_json(post["policy"])


def state_of(post: Mapping[str, Any], policy: Policy, at: str) -> State:
    return closing.state(closing.facts(dict(post)), policy, at)


def is_silent(post: Mapping[str, Any], policy: Policy, at: str) -> bool:
    """Tell whether a page shows nothing about comments: it has none, and was never open for them."""
    return not post["approved"] and closing.never_open(closing.facts(dict(post)), policy, at)


def of_post(site: Site, post: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables of a post."""
    render = site.render
    in_folder = post["path"].endswith("/index.md")  # what lies beside it must be found from page 2 on too
    return {
        "title": post["title"],
        "url": address(site, post),
        "author": post["author"],
        "published_at": post["published_at"],
        "published_on": render.day(post["published_at"]) if post["published_at"] else "",
        "updated_at": post["updated_at"] or "",
        "updated_on": render.day(post["updated_at"]) if post["updated_at"] else "",
        "summary": post["summary"],
        "body_html": rebased(post["body_html"], address(site, post)) if in_folder else post["body_html"],
        "tags": [
            {"name": name, "url": f"/tags/{quote(slug)}/"}
            for name, slug in zip(json.loads(post["tags"]), json.loads(post["tag_slugs"]), strict=False)
        ],
        "kind": post["kind"],
        "author_url": f"/authors/{quote(post['author_slug'])}/" if post["author_slug"] else "",
        "previous": _neighbour(site, post["previous"]),
        "next": _neighbour(site, post["next"]),
        "feed_url": f"{address(site, post)}feed.xml",
        "linked_html": "",
        "image": "",
        "frames": site.settings.frames if '<a class="frame"' in post["body_html"] else (),
        **voice(site, post),
        "from_right": _is_from_right(site, post),
    }


def _is_from_right(site: Site, post: Mapping[str, Any]) -> bool:
    """Tell whether the margin of a post's page is at the right: by its language, else by the first letter of its title.

    A title that begins with no letter goes with the site, and every title where the interface itself is so written.
    """
    if post["language"]:
        return is_from_right(post["language"])
    if is_from_right(wording.tag()):
        return True
    of_site = "R" if is_from_right(site.settings.language) else "L"
    kinds = map(bidirectional, post["title"])
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), of_site) != "L"


def voice(site: Site, post: Mapping[str, Any]) -> dict[str, str]:
    """Return the language of a post, its direction, and the attributes of the interface's words within it.

    A post that names no language may still be in one that is written from the right: then its first letter decides.
    """
    lang = post["language"] or site.settings.language
    direction = "rtl" if is_from_right(lang) else "ltr" if post["language"] else "auto"
    return {"lang": lang, "locale": with_territory(lang), "dir": direction, "interface": interface_within(lang)}


def _neighbour(site: Site, written: str | None) -> dict[str, str] | None:
    if written is None:
        return None
    slug, title, published_at = json.loads(written)
    return {"title": title, "url": address(site, {"slug": slug, "published_at": published_at})}


def catchword(html: str) -> str:
    """Return the first words of a discussion: at most 4 and 28 characters, cut at a word or where a sentence ends."""
    words: list[str] = []
    for word in plain_text(html).split()[:CATCHWORDS]:
        if len(" ".join([*words, word])) > CATCHWORD_LENGTH:
            break
        words.append(word)
        if word[-1] in ".!?" and len(words) > 1:
            break
    return re.sub(r"[\s.,;:!?¿¡…–—«»‹›„“‘‚「『（(\[-]+$", "", " ".join(words))
