"""A site with an administrator and an author, a token for each, and a web server with pictures beside it."""

import base64
import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.app import create_app
from blog.people import tokens
from blog.people.tokens import NewToken
from blog.settings import Settings
from blog.storage import store
from tests import factories
from tests.factories import by
from tests.federation import servers
from tests.federation.servers import Page, Web

URL = "http://127.0.0.1:8000"
EVERYTHING = "create draft update delete undelete media profile"


def picture(kind: str = "JPEG", colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (90, 30), colour).save(out, kind)
    return out.getvalue()


@dataclass
class World:
    client: TestClient
    db: Database
    settings: Settings
    web: Web
    token: str = ""

    def make_token(self, rights: str = EVERYTHING, account: int = 1) -> str:
        with store.transaction(self.db):
            new = NewToken("A client", rights=rights, app_id="https://app.example/")
            return tokens.make(self.db, account, new, by=by())[1].replace(" ", "")

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def send(self, *, headers: dict[str, str] | None = None, **body: Any) -> Any:
        sent = self.headers if headers is None else headers
        return self.client.post("/micropub", headers=sent, follow_redirects=False, **body)

    def made(self, **body: Any) -> str:
        """Create a post; return its address."""
        answer = self.send(**body)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["location"])

    def entry(self, **properties: list[Any]) -> dict[str, Any]:
        return {"type": ["h-entry"], "properties": properties}

    def update(self, url: str, **operations: Any) -> Any:
        return self.send(json={"action": "update", "url": url, **operations})

    def query(self, **values: Any) -> Any:
        return self.client.get("/micropub", params=values, headers=self.headers)

    def source(self, url: str) -> dict[str, Any]:
        answer = self.query(q="source", url=url)
        assert answer.status_code == 200, answer.text
        properties: dict[str, Any] = answer.json()["properties"]
        return properties

    def page(self, url: str) -> str:
        answer = self.client.get(urlsplit(url).path)
        assert answer.status_code == 200
        return str(answer.text)


@pytest.fixture
def world(site: Settings, db: Database) -> Iterator[World]:
    with store.transaction(db):
        factories.account(db, "ana")
        factories.account(db, "bert", role="author")
        factories.account(db, "mona", role="moderator")
    factories.post(db)
    with servers.web() as web:
        settings = replace(site, url=URL, private_hosts=(web.host,))
        with TestClient(create_app(settings), base_url=URL, client=("127.0.0.1", 50_000)) as client:
            made = World(client, db, settings, web)
            made.token = made.make_token()
            yield made


@pytest.fixture
def photo(world: World) -> Callable[[str], str]:
    """Serve a picture on another site; return its address."""

    def serve(path: str = "/sunset.jpg") -> str:
        data = picture(colour="red" if "night" in path else "teal")

        def send(handler: Any) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data)

        world.web.pages[path] = Page(send=send)
        return world.web.url(path)

    return serve


VERIFIER = "a secret of forty-three letters at the very least"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
