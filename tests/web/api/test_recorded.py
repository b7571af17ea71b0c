"""Requests that were made to a WordPress 6.8, made here: the same status, code and keys, save what is listed."""

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

from PIL import Image
from starlette.testclient import TestClient

from tests.web.api.conftest import Programs, signed_in

RECORDED = [json.loads(line) for line in Path(__file__).with_name("recorded.jsonl").read_text("utf-8").splitlines()]
FAR = "203.0.113.9"
NO_PARENT = "a reply to what nobody sees, or what is not there, is refused"
AT_THE_DESK = "accounts are made, changed and removed at the desk, where the password is asked for again"
NEVER_500 = "what a program sends wrong is a 400, never a 500"
NO_SESSION = "a session cookie never counts"
NO_PASSWORDS = "posts have no passwords"
# What differs from WordPress on purpose, and why.
DIFFERENCES = {
    "taxonomies": "there are no menus and patterns",
    **dict.fromkeys(("posts-password-anon", "posts-password-right", "posts-password-wrong"), NO_PASSWORDS),
    "comments-of-password-post-anon": NO_PASSWORDS,
    "categories-delete-default": "there is no default category",
    **dict.fromkeys(
        ("users-create", "users-create-duplicate", "users-create-email-taken", "users-update"), AT_THE_DESK
    ),
    **dict.fromkeys(("users-update-other-author", "users-update-me-author", "users-delete"), AT_THE_DESK),
    **dict.fromkeys(("media-upload-type-forbidden", "media-upload-lie", "media-upload-wrong-field"), NEVER_500),
    "comments-create-anon-default": "comments without an account are taken, which a setting turns off",
    "comments-create-anon-registration-required": "comments without an account are taken",
    "comments-create-anon-allowed": "the same address sent the comment before just now",
    "comments-create-anon-many-links": "the same address sent a comment just now",
    "comments-create-anon-flood-same-ip": "each visitor of this test has a network of its own",
    **dict.fromkeys(("comments-create-anon-reply-to-pending", "comments-create-anon-parent-missing"), NO_PARENT),
    **dict.fromkeys(("comments-create-anon-parent-other-post", "comments-create-admin-parent-missing"), NO_PARENT),
    **dict.fromkeys(("comments-update-parent-self", "comments-update-parent-missing"), NO_PARENT),
    "comments-create-anon-only-script": "a comment without words is refused",
    "comments-create-reader": "there are no subscribers; this account is a moderator",
    **dict.fromkeys(("auth-cookie-wrong-nonce", "auth-cookie-with-nonce", "apppw-introspect-cookie"), NO_SESSION),
}


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (4, 4), "blue").save(made, "PNG")
    return made.getvalue()


class Replay:
    """The requests in their order; numbers that WordPress gave are those that this site gave to the same things."""

    def __init__(self, served: TestClient, programs: Programs) -> None:
        self.served, self.programs, self.png = served, programs, picture()
        posts: dict[str, int] = {}
        tags: dict[str, int] = {}
        self.numbers = {"posts": posts, "pages": posts, "tags": tags, "categories": tags, "comments": {}, "media": {}}
        self.uuids: dict[str, str] = {}

    def make(self, kind: str, number: int, body: dict[str, Any], who: str = "admin") -> None:
        """Make what a request of the recording is about that was not recorded itself."""
        answer = self.served.post(f"/wp-json/wp/v2/{kind}", headers=self.programs[who], json=body)
        assert answer.status_code == 201, answer.text
        self.numbers[kind][str(number)] = answer.json()["id"]

    def of(self, kind: str, number: int) -> int:
        return self.numbers[kind][str(number)]

    def trash(self, number: int, query: str = "", who: str = "admin") -> None:
        self.served.delete(f"/wp-json/wp/v2/posts/{self.of('posts', number)}{query}", headers=self.programs[who])

    def before(self, name: str) -> None:
        """Do what happened in the recording before a request, and is not in it."""
        if name == "comments-update-post":
            self.make("comments", 37, {"post": 5, "content": "To be changed"})
        elif name == "comments-delete-anon":
            for number in (38, 39, 40, 42, 43):
                self.make("comments", number, {"post": 5, "content": f"To be deleted {number}"})
            self.make("comments", 44, {"post": 5, "content": "A child", "parent": self.of("comments", 43)})
        elif name == "posts-force-delete-body-json":
            for number in (26, 28, 29):
                self.make("posts", number, {"title": f"To be deleted {number}"}, "author")
        elif name == "comments-create-admin-trashed-post":
            self.make("posts", 37, {"title": "Into the trash", "status": "publish"})
            self.trash(37)
        elif name == "comments-of-trashed-post-set-approved":
            self.make("posts", 39, {"title": "With a comment", "status": "publish"})
            self.make("comments", 45, {"post": self.of("posts", 39), "content": "A comment"})
            self.trash(39)
        elif name == "comments-of-restored-post":
            address = f"/wp-json/wp/v2/posts/{self.of('posts', 39)}"
            self.served.post(address, headers=self.programs["admin"], json={"status": "publish"})
        elif name == "posts-force-delete-again":
            self.trash(10, "?force=true", "author")

    def ask(self, place: int, recorded: dict[str, Any]) -> Any:
        self.before(recorded["name"])
        headers = {**self._credentials(recorded), **recorded.get("headers", {})}
        who = self.served
        if recorded["auth"] == "none" or recorded.get("far"):
            address = FAR if recorded.get("far") else f"198.51.{place // 250}.{place % 250 + 1}"
            scheme = "http" if recorded.get("far") else "https"
            who = TestClient(self.served.app, base_url=f"{scheme}://blog.example.org", client=(address, 50_000))
        content = self._content(recorded, headers)
        answer = who.request(
            recorded["method"], self._path(recorded["path"]), headers=headers, follow_redirects=False, **content
        )
        self._learn(recorded, answer)
        return answer

    def _path(self, path: str) -> str:
        def number(found: re.Match[str]) -> str:
            return f"{found[1]}/{self.numbers.get(found[1], {}).get(found[2], found[2])}"

        path = re.sub(r"(posts|pages|comments|media|tags|categories)/(\d+)", number, path)
        path = re.sub(r"([0-9a-f-]{36})$", lambda found: self.uuids.get(found[1], found[1]), path)
        return re.sub(r"([?&]post=)(\d+)", lambda found: found[1] + str(self._post(found[2])), path)

    def _post(self, number: Any) -> Any:
        return self.numbers["posts"].get(str(number), number)

    def _credentials(self, recorded: dict[str, Any]) -> dict[str, str]:
        name, auth = recorded["name"], recorded["auth"]
        if name in ("apppw-use-after-delete", "apppw-delete-all-reader-now", "auth-of-other-user"):
            return signed_in("author", "gone gone gone")
        if auth.startswith("Authorization: "):
            return {"authorization": auth.removeprefix("Authorization: ")}
        if not (found := re.match(r"Basic ([^:]+):(.*)", auth)):
            return {}
        if found[2] != "REDACTED":
            return signed_in(found[1], "wrong wrong")
        own = self.programs[found[1].partition("@")[0].lower()]["authorization"].partition(" ")[2]
        return signed_in(found[1], base64.b64decode(own).decode().partition(":")[2])

    def _content(self, recorded: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        body = recorded.get("body")
        if isinstance(body, dict) and (parts := body.get("multipart/form-data")):
            headers.pop("Content-Type", None)
            files, data = {}, {}
            for name, value in parts.items():
                if found := re.match(r"<file ([^,]+), ([^,]+),", value):
                    files[name] = (found[1], self.png if "png" in found[2] else b"<?php", found[2])
                else:
                    data[name] = str(self._post(value)) if name == "post" else value
            return {"files": files, "data": data}
        if isinstance(body, str):
            if re.match(r"<\d+ bytes>", body):
                return {"content": self.png}
            headers.setdefault("Content-Type", "application/json")
            return {"content": body}
        if isinstance(body, dict):
            body = self._numbered(body)
            if "urlencoded" in headers.get("Content-Type", ""):
                return {"data": {name: str(value) for name, value in body.items()}}
        if body is None:
            return {}
        headers.setdefault("Content-Type", "application/json")
        return {"content": json.dumps(body)}

    def _numbered(self, body: dict[str, Any]) -> dict[str, Any]:
        changed = dict(body)
        if "post" in body:
            changed["post"] = self._post(body["post"])
        for name in ("tags", "categories"):
            if isinstance(body.get(name), list):
                changed[name] = [self.numbers["tags"].get(str(each), each) for each in body[name]]
        return changed

    def _learn(self, recorded: dict[str, Any], answer: Any) -> None:
        """Keep which number this site gave to what was made."""
        made = MADE.get(recorded["name"])
        if made and answer.status_code == 201:
            kind, number = made
            if kind == "uuids":
                self.uuids[str(number)] = answer.json()["uuid"]
            else:
                self.numbers[kind][str(number)] = answer.json()["id"]


def _made() -> dict[str, tuple[str, str]]:
    """Return what each request made in the recording, by the address that WordPress gave it."""
    made: dict[str, tuple[str, str]] = {}
    for recorded in RECORDED:
        location = recorded.get("location", "")
        if found := re.search(r"/(\w+)/(\d+)$", location):
            made[recorded["name"]] = (found[1], found[2])
        elif found := re.search(r"([0-9a-f-]{36})$", location):
            made[recorded["name"]] = ("uuids", found[1])
    return made


MADE = _made()


def differences(recorded: dict[str, Any], answer: Any) -> list[str]:
    """Return in what an answer differs from the one that was recorded: its status, its code, the keys of its object."""
    try:
        body = answer.json() if answer.content else None
    except ValueError:
        body = answer.text
    found = []
    if answer.status_code != recorded["status"]:
        found.append(f"status {answer.status_code}, not {recorded['status']}: {str(body)[:200]}")
    if "code" in recorded and (not isinstance(body, dict) or body.get("code") != recorded["code"]):
        found.append(f"code {body.get('code') if isinstance(body, dict) else body}, not {recorded['code']}")
    if "keys" in recorded and not found:
        first = body[0] if isinstance(body, list) and body else body
        keys = " ".join(sorted(first)) if isinstance(first, dict) else ""
        if keys != recorded["keys"]:
            found.append(f"keys {keys}, not {recorded['keys']}")
    return found


def test_each_recorded_request_is_answered_as_wordpress_answered_it(served: TestClient, programs: Programs) -> None:
    replay = Replay(served, programs)
    found = {}
    for place, recorded in enumerate(RECORDED):
        answer = replay.ask(place, recorded)
        if wrong := differences(recorded, answer):
            found[recorded["name"]] = wrong
    assert {name: wrong for name, wrong in found.items() if name not in DIFFERENCES} == {}
    assert set(DIFFERENCES) - set(found) == set()
