"""XML-RPC: the methods that editors use, what they may not do, and messages that are none."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from xmlrpc.client import Binary, DateTime, Fault, dumps, loads

import pytest
from PIL import Image
from sqlite_utils import Database
from starlette.testclient import TestClient

from blog.app import create_app
from blog.people import tokens
from blog.people.tokens import NewToken
from blog.settings import Settings
from blog.storage import store
from blog.upkeep import integrity
from tests import factories
from tests.factories import by

URL = "http://127.0.0.1:8000"


@dataclass
class Server:
    client: TestClient
    db: Database
    passwords: dict[str, str]

    def send(self, body: str | bytes) -> Any:
        data = body.encode() if isinstance(body, str) else body
        answer = self.client.post("/xmlrpc.php", content=data, headers={"Content-Type": "text/xml"})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/xml; charset=UTF-8"
        return loads(answer.content)[0][0]

    def call(self, method: str, *params: Any) -> Any:
        return self.send(dumps(params, method))

    def fault(self, method: str, *params: Any) -> tuple[int, str]:
        with pytest.raises(Fault) as caught:
            self.call(method, *params)
        return caught.value.faultCode, caught.value.faultString

    def wp(self, method: str, *params: Any, who: str = "ana") -> Any:
        return self.call(f"wp.{method}", 1, who, self.passwords[who], *params)

    def wp_fault(self, method: str, *params: Any, who: str = "ana") -> tuple[int, str]:
        return self.fault(f"wp.{method}", 1, who, self.passwords[who], *params)


@pytest.fixture
def server(site: Settings, db: Database) -> Iterator[Server]:
    passwords = {}
    with store.transaction(db):
        for name, role in {"ana": "admin", "bert": "author", "mona": "moderator"}.items():
            account = factories.account(db, name, role=role)
            passwords[name] = tokens.make(db, account, NewToken("MarsEdit"), by=by())[1]
        passwords["reads"] = tokens.make(db, 1, NewToken("Reader", "read"), by=by())[1]
    factories.post(db)
    settings = replace(site, url=URL, xmlrpc=True)
    with TestClient(create_app(settings), base_url=URL, client=("127.0.0.1", 50_000)) as client:
        yield Server(client, db, passwords)


def test_it_is_off_unless_it_was_turned_on(client: TestClient) -> None:
    assert client.post("/xmlrpc.php", content=dumps((), "mt.supportedMethods")).status_code == 404
    assert client.get("/xmlrpc.php?rsd").status_code == 404
    assert "EditURI" not in client.get("/").text


def test_editors_find_it(server: Server) -> None:
    assert f'<link rel="EditURI" type="application/rsd+xml" title="RSD" href="{URL}/xmlrpc.php?rsd">' in (
        server.client.get("/").text
    )
    rsd = server.client.get("/xmlrpc.php?rsd")
    assert rsd.headers["content-type"] == "text/xml; charset=UTF-8"
    assert f'apiLink="{URL}/xmlrpc.php"' in rsd.text
    assert server.client.get("/xmlrpc.php").status_code == 405
    assert server.client.get("/xmlrpc.php").text == "XML-RPC server accepts POST requests only."


def test_no_method_makes_many_calls_or_fetches_anything(server: Server) -> None:
    methods = server.call("mt.supportedMethods")
    assert "wp.getPosts" in methods
    assert not {"system.multicall", "pingback.ping", "wp.setOptions"} & set(methods)
    for name in ("system.multicall", "pingback.ping", "wp.nothing"):
        assert server.fault(name) == (-32601, f"server error. requested method {name} does not exist.")


def test_a_post_from_the_beginning_to_the_trash(server: Server) -> None:
    content = {
        "post_title": "By XML-RPC",
        "post_content": "Some *words*.",
        "post_status": "publish",
        "comment_status": "open",
        "post_date": DateTime("20260301T10:00:00"),
        "terms_names": {"post_tag": ["a", "b & c"]},
    }
    number = server.wp("newPost", content)
    assert number.isdigit()
    post = server.wp("getPost", number)
    assert (post["post_title"], post["post_content"]) == ("By XML-RPC", "Some *words*.")
    assert (post["post_status"], post["comment_status"], post["post_author"]) == ("publish", "open", "1")
    assert post["post_date"].value == "20260301T10:00:00"
    assert {(each["name"], each["taxonomy"]) for each in post["terms"]} >= {("a", "post_tag"), ("a", "category")}
    assert "Some <em>words</em>." in server.client.get(post["link"]).text
    assert server.wp("editPost", number, {"post_title": "Another", "terms_names": {"post_tag": ["b & c"]}}) is True
    post = server.wp("getPost", number)
    assert (post["post_title"], post["post_content"]) == ("Another", "Some *words*.")
    assert {each["name"] for each in post["terms"]} == {"b &amp; c"}
    assert next(each["post_id"] for each in server.wp("getPosts", {"number": 5}))
    assert server.wp("deletePost", number) is True
    assert server.client.get(post["link"]).status_code == 410
    batch = next(iter(server.db.query("select * from batches order by id desc limit 1")))
    assert (batch["source"], batch["account_id"], batch["program"]) == ("api", 1, "MarsEdit")
    assert integrity.check(server.db) == []


def test_a_post_of_metaweblog(server: Server) -> None:
    who = ("ana", server.passwords["ana"])
    struct = {"title": "Of MarsEdit", "description": "Above", "mt_text_more": "Below", "categories": ["x"]}
    number = server.call("metaWeblog.newPost", 1, *who, {**struct, "mt_keywords": "y, z"}, True)
    post = server.call("metaWeblog.getPost", number, *who)
    assert (post["title"], post["description"], post["mt_text_more"]) == ("Of MarsEdit", "Above", "Below")
    assert sorted(post["categories"]) == ["x", "y", "z"]
    assert post["post_status"] == "publish"
    assert (
        server.call("metaWeblog.editPost", number, *who, {"description": "New", "mt_allow_comments": 0}, False) is True
    )
    post = server.call("metaWeblog.getPost", number, *who)
    assert (post["description"], post["post_status"], post["mt_allow_comments"]) == ("New", "draft", 0)
    recent = server.call("metaWeblog.getRecentPosts", 1, *who, 5)
    assert number in [each["postid"] for each in recent]
    assert "x" in [each["categoryName"] for each in server.call("metaWeblog.getCategories", 1, *who)]
    assert server.call("blogger.deletePost", "key", number, *who, True) is True
    assert server.fault("metaWeblog.getPost", 999, *who) == (404, "Invalid post ID.")


def test_a_comment_from_the_beginning_to_the_trash(server: Server) -> None:
    number = server.wp("newComment", 1, {"content": "A comment by XML-RPC", "author": "Somebody else"})
    comment = server.wp("getComment", number)
    assert (comment["author"], comment["status"], comment["post_title"]) == ("ana", "approve", "A post")
    assert server.wp("getCommentCount", 1) == {
        "approved": 1,
        "awaiting_moderation": 0,
        "spam": 0,
        "total_comments": 1,
    }
    assert server.wp("editComment", number, {**comment, "status": "hold"}) is True
    assert server.wp("getComment", number)["status"] == "hold"
    assert [each["comment_id"] for each in server.wp("getComments", {"status": "hold"})] == [str(number)]
    assert server.wp("editComment", number, {"status": "approve", "content": "Other words"}) is True
    assert server.wp("getComment", number)["content"] == "Other words"
    assert server.wp("deleteComment", number) is True
    assert server.wp("getComment", number)["status"] == "trash"
    assert server.wp("getCommentStatusList") == {"hold": "Unapproved", "approve": "Approved", "spam": "Spam"}


def test_what_cannot_be_done_to_a_comment_is_a_fault(server: Server) -> None:
    assert server.wp_fault("newComment", 1, {"content": " "}) == (403, "Comment is required.")
    assert server.wp_fault("newComment", 99, {"content": "x"})[0] == 403
    assert server.wp_fault("getComment", 99) == (404, "Invalid comment ID.")
    number = server.wp("newComment", 1, {"content": "Once"})
    assert server.wp_fault("newComment", 1, {"content": "Once"})[0] == 403
    assert server.wp_fault("editComment", number, {"status": "nothing"}) == (401, "Invalid comment status.")
    closed = server.wp("newPost", {"post_title": "Closed", "post_status": "publish", "comment_status": "closed"})
    code, text = server.wp_fault("newComment", closed, {"content": "x"})
    assert (code, text) == (403, "Sorry, comments are closed for this item.")


def test_a_date_is_the_sites_or_with_a_z_in_utc(server: Server) -> None:
    for given in ({"post_date_gmt": DateTime("20260301T10:00:00")}, {"post_date": DateTime("2026-03-01T10:00:00Z")}):
        number = server.wp("newPost", {"post_title": "Dated", **given})
        assert server.wp("getPost", number)["post_date_gmt"].value == "20260301T10:00:00"
    assert server.wp_fault("newPost", {"post_title": "x", "post_date": DateTime("yesterday")}) == (400, "Invalid date.")


def test_an_author_sees_own_posts_alone(server: Server) -> None:
    server.wp("newPost", {"post_title": "Of the administrator"})
    own = server.wp("newPost", {"post_title": "Own"}, who="bert")
    drafts = [each["post_id"] for each in server.wp("getPosts", {"post_status": "draft"}, who="bert")]
    assert drafts == [own]
    assert server.wp_fault("getPosts", {}, who="mona")[0] == 401


def test_a_picture_is_uploaded(server: Server) -> None:
    out = io.BytesIO()
    Image.new("RGB", (90, 30), "teal").save(out, "PNG")
    made = server.wp("uploadFile", {"name": "lamp.png", "type": "image/png", "bits": Binary(out.getvalue())})
    assert server.client.get(made["url"]).headers["content-type"] == "image/webp"
    assert server.wp_fault("uploadFile", {"name": "x.png", "bits": Binary(b"none")})[0] == 403
    assert server.wp_fault("uploadFile", {"name": "x.png", "bits": "text"})[0] == 400


def test_the_account_and_the_site(server: Server) -> None:
    blogs = server.call("wp.getUsersBlogs", "ana", server.passwords["ana"])
    assert (blogs[0]["blogName"], blogs[0]["xmlrpc"], blogs[0]["isAdmin"]) == ("Test", f"{URL}/xmlrpc.php", True)
    assert server.wp("getProfile")["username"] == "ana"
    assert server.wp("getOptions", ["blog_title"])["blog_title"]["value"] == "Test"
    assert len(server.wp("getOptions")) > 10
    assert server.wp("getPostFormats") == {"standard": "Standard"}
    assert "publish" in server.wp("getPostStatusList")
    assert server.wp("getTerms", "category") == []
    assert server.wp_fault("getTerms", "nav_menu") == (403, "Invalid taxonomy.")


def test_rights_are_those_of_the_account_and_of_the_password(server: Server) -> None:
    number = server.wp("newPost", {"post_title": "Of the administrator", "post_status": "publish"})
    assert server.wp_fault("editPost", number, {"post_title": "Mine"}, who="bert")[0] == 401
    assert server.wp_fault("deletePost", number, who="bert")[0] == 401
    assert server.wp_fault("newPost", {"post_title": "No"}, who="mona")[0] == 401
    own = server.wp("newPost", {"post_title": "Own", "post_content": "<script>x</script>"}, who="bert")
    assert "<script>" not in server.wp("getPost", own, who="bert")["post_content"]
    assert server.fault("wp.newPost", 1, "ana", server.passwords["reads"], {"post_title": "No"})[0] == 401
    assert server.wp("getComments", {}, who="mona") == []


def test_wrong_passwords_are_refused_counted_and_never_taken_for_nobody(server: Server) -> None:
    faults = [server.fault("wp.newComment", 1, "ana", f"wrong {n}", 1, {"content": "x"}) for n in range(12)]
    assert faults[0] == (403, "Incorrect username or password.")
    assert faults[-1][0] == 429
    assert server.db.conn.execute("select count(*) from comments").fetchone()[0] == 0


def test_the_login_password_does_not_count(server: Server) -> None:
    assert server.fault("wp.getProfile", 1, "ana", factories.PASSWORD)[0] == 403


def test_a_password_is_not_taken_where_others_can_read_it(server: Server) -> None:
    server.client.headers["X-Forwarded-For"] = "203.0.113.9"
    assert server.wp_fault("getProfile") == (403, "Anybody on the way could read the password. Use https.")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no xml",
        b"<methodCall><methodName>x</methodName>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><methodCall><methodName>&a;</methodName></methodCall>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><methodCall><methodName>x</methodName></methodCall>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x><methodCall/>'.encode("utf-16"),
        b"<methodCall><methodName>x</methodName><params>" + b"<param><value><array><data>" * 100,
        b"<methodCall><methodName>x</methodName><params>" + b"<param><value/></param>" * 20_000,
        b"<methodCall><params><param><value><int>x</int></value></param></params></methodCall>",
        b"<methodCall><params><param><value><int>" + b"9" * 10_000 + b"</int></value></param></params></methodCall>",
        b"<methodCall><params><param><value><member/></value></param></params></methodCall>",
        b"<methodCall><methodName>x</methodName><params><param><value><nothing>1</nothing></value></param></params>",
    ],
)
def test_a_message_that_is_none_is_a_fault(server: Server, body: bytes) -> None:
    with pytest.raises(Fault) as caught:
        server.send(body)
    assert caught.value.faultCode in (-32700, -32600)


@pytest.mark.parametrize("body", [b"<methodResponse/>", b"<x/>", b"<methodCall/>"])
def test_a_message_that_calls_nothing_is_told_so(server: Server, body: bytes) -> None:
    with pytest.raises(Fault) as caught:
        server.send(body)
    assert caught.value.faultCode == -32600


@pytest.mark.parametrize(
    "params",
    [
        (1,),
        (1, "ana"),
        (1, ["ana"], {"a": 1}, 1),
    ],
)
def test_parameters_of_another_kind_are_a_fault(server: Server, params: tuple[Any, ...]) -> None:
    assert server.fault("wp.getPost", *params)[0] in (400, 403)
    for wrong in ([], "x", {"a": 1}, -1, 1.5, DateTime("20260101T00:00:00")):
        assert server.wp_fault("getPost", wrong)[0] in (400, 404)
        assert server.wp_fault("newPost", {"post_title": wrong, "post_date": wrong})[0] in (400, 403)


def test_a_message_of_nine_megabytes_is_not_read(server: Server) -> None:
    assert server.client.post("/xmlrpc.php", content=b" " * 9_000_000).status_code == 413
