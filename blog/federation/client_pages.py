"""The page of a program that wants to be let in (its `client_id`): its name, and where its codes may be sent."""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from html.parser import HTMLParser

from blog.errors import Refused
from blog.federation import addresses, client, discovery
from blog.federation.client import Answer, Call, Limits

MOST_BYTES = 256 * 1024
SECONDS = 6.0  # somebody waits for the page
NAME_LENGTH = 60
MOST_REDIRECTS = 20


@dataclass(frozen=True)
class ClientPage:
    """What a program says of itself; `redirects` are the addresses that it lists besides its own site's."""

    name: str = ""
    redirects: tuple[str, ...] = ()


def load(client_id: str, private: Collection[str] = ()) -> ClientPage:
    """Fetch a program's page; it blocks, so run it in a thread. A page that cannot be read says nothing.

    `private` are the hosts that the owner lists (client.Limits).
    """
    headers = {"Accept": "application/json, text/html;q=0.9, */*;q=0.1"}
    try:
        answer = client.send(Call(client_id, headers=headers), Limits(private, SECONDS, MOST_BYTES))
    except Refused:
        return ClientPage()
    if not answer.is_good:
        return ClientPage()
    if answer.media_type == "application/json":
        return _of_json(answer, client_id)
    return _of_page(answer)


def _of_json(answer: Answer, client_id: str) -> ClientPage:
    """Return what a metadata document says; one of another program says nothing."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ClientPage()
    if not isinstance(said, dict) or said.get("client_id") != client_id:
        return ClientPage()
    listed = said.get("redirect_uris")
    redirects = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    return ClientPage(_name(str(said.get("client_name") or "")), tuple(redirects[:MOST_REDIRECTS]))


def _of_page(answer: Answer) -> ClientPage:
    page = _Page()
    discovery.parse(page, answer.text)
    found = [*discovery.targets(answer, "redirect_uri"), *page.redirects]
    redirects = tuple(addresses.joined(answer.url, each) for each in found[:MOST_REDIRECTS])
    return replace(ClientPage(), name=_name(page.app or page.title), redirects=redirects)


def _name(text: str) -> str:
    plain = " ".join("".join(letter for letter in text if letter.isprintable() or letter.isspace()).split())
    return plain[:NAME_LENGTH]


class _Page(HTMLParser):
    """Collect the title, the first `p-name` below an `h-app`, and the links with `rel="redirect_uri"`."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.app = "", ""
        self.redirects: list[str] = []
        self._in_app = False
        self._into = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        classes = values.get("class", "").split()
        if tag == "link" and "redirect_uri" in values.get("rel", "").lower().split():
            self.redirects.append(values.get("href", ""))
        self._in_app = self._in_app or bool({"h-app", "h-x-app"} & set(classes))
        if tag == "title" and not self.title:
            self._into = "title"
        elif self._in_app and "p-name" in classes and not self.app:
            self._into = "app"

    def handle_endtag(self, tag: str) -> None:
        self._into = ""

    def handle_data(self, data: str) -> None:
        if self._into:
            setattr(self, self._into, (getattr(self, self._into) + data)[:1_000])
