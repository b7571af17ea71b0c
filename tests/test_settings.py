from dataclasses import fields
from pathlib import Path

import pytest

from blog import settings
from blog.errors import Unusable
from blog.settings import Settings

ENVIRON = {
    "BLOG_TITLE": "From outside",
    "BLOG_TAGLINE": "T",
    "BLOG_AUTHOR": "A",
    "BLOG_CONTACT": "a@example.org",
    "BLOG_URL": "https://outside.example/",
    "BLOG_LANGUAGE": "de",
    "BLOG_TIMEZONE": "Europe/Berlin",
    "BLOG_PERMALINK": "/{year}/{month}/{slug}/",
    "BLOG_POSTS_PER_PAGE": "25",
    "BLOG_ACCENT": "#0b5394",
    "BLOG_TYPEFACE": "sans",
    "BLOG_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8 ::1",
    "BLOG_FRAMES": "a.example, b.example",
    "BLOG_WEBSUB_HUB": "https://hub.example.org/",
    "BLOG_PRIVATE_HOSTS": "127.0.0.1:8001, Intranet.Example",
    "BLOG_PRIVATE_WEBHOOKS": "[::1]:5678",
    "BLOG_XMLRPC": "true",
    "BLOG_SITE": "/elsewhere",
    "BLOG_NONSENSE": "passed over",
}


def _load(folder: Path, toml: str = "", **environ: str) -> Settings:
    (folder / "blog.toml").write_text(toml, "utf-8")
    return settings.load(folder, environ)


def test_a_site_without_a_file_has_the_defaults(tmp_path: Path) -> None:
    assert settings.load(tmp_path, {}) == Settings(root=tmp_path.resolve())
    assert _load(tmp_path) == Settings(root=tmp_path.resolve())


def test_a_site_is_a_folder_with_its_parts(tmp_path: Path) -> None:
    site = settings.load(tmp_path, {})
    assert (site.posts, site.static, site.database) == (
        tmp_path / "posts",
        tmp_path / "static",
        tmp_path / "blog.db",
    )
    assert site.zone.key == "UTC"


def test_every_setting_is_read_from_the_file(tmp_path: Path) -> None:
    site = _load(
        tmp_path,
        """
        title = " A “title” "
        tagline = "Words"
        author = "Ana"
        contact = "ana@example.org"
        url = "https://blog.example.org/"
        language = "fr"
        timezone = "Europe/Paris"
        permalink = "/notes/{slug}/"
        posts_per_page = 5
        trusted_proxies = ["10.0.0.1", "192.168.0.0/16"]
        """,
    )
    assert (site.title, site.tagline, site.author, site.language) == ("A “title”", "Words", "Ana", "fr")
    assert site.contact == "ana@example.org"
    assert (site.url, site.secure, site.zone.key) == ("https://blog.example.org", True, "Europe/Paris")
    assert (site.permalink, site.posts_per_page) == ("/notes/{slug}/", 5)
    assert site.trusted_proxies == ("10.0.0.1", "192.168.0.0/16")


def test_the_environment_goes_over_the_file(tmp_path: Path) -> None:
    site = _load(tmp_path, 'title = "From the file"\nposts_per_page = 5\n', **ENVIRON)
    assert {field.name for field in fields(Settings)} - {"root", *settings.TABLES} == {
        name.removeprefix("BLOG_").lower() for name in ENVIRON if name not in ("BLOG_SITE", "BLOG_NONSENSE")
    }
    assert (site.title, site.url, site.timezone) == ("From outside", "https://outside.example", "Europe/Berlin")
    assert (site.permalink, site.posts_per_page) == ("/{year}/{month}/{slug}/", 25)
    assert site.trusted_proxies == ("127.0.0.1", "10.0.0.0/8", "::1")
    assert (site.private_hosts, site.private_webhooks) == (("127.0.0.1:8001", "intranet.example"), ("[::1]:5678",))
    assert site.root == tmp_path.resolve()


@pytest.mark.parametrize(("written", "on"), [("true", True), ("false", False), ('"on"', True), ("0", False)])
def test_xmlrpc_is_on_or_off(tmp_path: Path, written: str, on: bool) -> None:
    assert _load(tmp_path, f"xmlrpc = {written}").xmlrpc is on


def test_a_site_on_http_sends_no_secure_cookies(tmp_path: Path) -> None:
    assert not _load(tmp_path, 'url = "http://localhost:8000"').secure
    assert not _load(tmp_path).secure


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ('tittle = "T"', "{}: there is no setting 'tittle'. Did you mean 'title'?"),
        (
            'colour = "red"',
            "{}: there is no setting 'colour'. Known keys: title, tagline, author, contact, url, language, timezone,"
            " permalink, posts_per_page, accent, typeface, trusted_proxies, frames, websub_hub,"
            " private_hosts, private_webhooks, xmlrpc, mail, cache, metrics and replica.",
        ),
        ("xmlrpc = 2", "{}: xmlrpc is 2; write true or false."),
        ('root = "/"', "{}: there is no setting 'root'. "),
        ('title = "T', "{}: "),
        ("title = T", "{}: Invalid value (at line 1,"),
        ("title = 7", "{}: title is 7; write a text in quotation marks."),
        ("title = true", "{}: title is True; write a text in quotation marks."),
        ('[title]\nname = "T"', "{}: title is {{'name': 'T'}}; write a text in quotation marks."),
        ("posts_per_page = 0", "{}: posts_per_page is 0; write a whole number from 1 to 999."),
        ("posts_per_page = -3", "{}: posts_per_page is -3; write a whole number from 1 to 999."),
        ("posts_per_page = 1_000", "{}: posts_per_page is 1000; write a whole number from 1 to 999."),
        ("posts_per_page = 2.5", "{}: posts_per_page is 2.5; write a whole number from 1 to 999."),
        ("posts_per_page = true", "{}: posts_per_page is True; write a whole number from 1 to 999."),
        ('posts_per_page = "²"', "{}: posts_per_page is '²'; write a whole number from 1 to 999."),
        (
            "trusted_proxies = [1]",
            '{}: trusted_proxies is [1]; write a list of addresses or networks, like ["10.0.0.0/8"].',
        ),
        ('trusted_proxies = "localhost"', "{}: trusted_proxies is 'localhost'; write a list of addresses"),
        ('trusted_proxies = ["10.0.0.0/99"]', "{}: trusted_proxies is ['10.0.0.0/99']; write a list of addresses"),
        *(
            (f"frames = {value}", "{}: frames is ")
            for value in ('"a"', "[1]", '["https://a.example"]', '["a.example; script-src *"]', '["*"]', '["a..b"]')
        ),
        *(
            (f"private_hosts = {value}", "{}: private_hosts is ")
            for value in ('"a b/c"', "[1]", '["http://a"]', '["a:b"]', '["a:0"]', '["*"]', '["10.0.0.0/8"]')
        ),
        ('websub_hub = "hub"', "websub_hub is 'hub'; write the whole address of a hub."),
        ("trusted_proxies = 10", "{}: trusted_proxies is 10; write a list of addresses or networks"),
        ('contact = "ana"', "contact is 'ana'; write an email, like 'ana@example.org', or a whole web address."),
        ('contact = "javascript://x"', "contact is 'javascript://x'; write an email,"),
        ('contact = "mailto:a@b?bcc=c@d"', "contact is 'mailto:a@b?bcc=c@d'; write an email,"),
        ('timezone = "Mars/Olympus"', "There is no time zone 'Mars/Olympus'. Write one like 'Europe/Berlin'."),
        ('timezone = "Europe"', "There is no time zone 'Europe'. Write one like 'Europe/Berlin'."),
        ('timezone = ""', "There is no time zone ''. Write one like 'Europe/Berlin'."),
        ('timezone = "../../etc/passwd"', "There is no time zone '../../etc/passwd'."),
        ('url = "example.org"', "url is 'example.org'; write the whole address, like 'https://example.org'."),
        ('url = "ftp://example.org"', "url is 'ftp://example.org'; write the whole address"),
        ('url = "https://"', "url is 'https://'; write the whole address"),
        ('url = "https:///path"', "url is 'https:///path'; write the whole address"),
        ('url = "http://[::1"', "url is 'http://[::1'; write the whole address"),
        ('url = "https://exa mple.org"', "url is 'https://exa mple.org'; write the whole address"),
        ('url = "https://example.org/?a=b"', "url is 'https://example.org/?a=b'; write the whole address"),
        ('permalink = "/{year}/"', "permalink is '/{{year}}/'; begin and end it with / and use {{slug}}, {{year}}"),
        (
            'permalink = "/tags/{slug}/"',
            "permalink is '/tags/{{slug}}/', and /tags/ belongs to the site itself; begin it with another word.",
        ),
        ('permalink = "{slug}/"', "permalink is '{{slug}}/'; begin and end it with /"),
        ('permalink = "/{slug}"', "permalink is '/{{slug}}'; begin and end it with /"),
        ('permalink = "//{slug}/"', "permalink is '//{{slug}}/'; begin and end it with /"),
        ('permalink = "/{hour}/{slug}/"', "permalink is '/{{hour}}/{{slug}}/'; begin and end it with /"),
        ('permalink = "/{slug:path}/"', "permalink is '/{{slug:path}}/'; begin and end it with /"),
    ],
)
def test_a_bad_setting_is_told_in_a_sentence(tmp_path: Path, toml: str, sentence: str) -> None:
    with pytest.raises(Unusable) as refusal:
        _load(tmp_path, toml)
    assert refusal.value.sentence.startswith(sentence.format(tmp_path / "blog.toml"))
    assert refusal.value.sentence.endswith((".", "?"))


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BLOG_POSTS_PER_PAGE", "many", "BLOG_POSTS_PER_PAGE is 'many'; write a whole number from 1 to 999."),
        ("BLOG_POSTS_PER_PAGE", "", "BLOG_POSTS_PER_PAGE is ''; write a whole number from 1 to 999."),
        ("BLOG_TRUSTED_PROXIES", "proxy", "BLOG_TRUSTED_PROXIES is 'proxy'; write a list of addresses"),
        ("BLOG_TIMEZONE", "Nowhere", "There is no time zone 'Nowhere'."),
    ],
)
def test_a_bad_variable_is_told_by_its_own_name(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    with pytest.raises(Unusable) as refusal:
        _load(tmp_path, "posts_per_page = 5", **{name: value})
    assert refusal.value.sentence.startswith(sentence)


def test_a_file_that_is_no_text_or_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "blog.toml").write_bytes(b'title = "\xe9"')
    with pytest.raises(Unusable, match=r"blog\.toml: 'utf-8' codec"):
        settings.load(tmp_path, {})
    (tmp_path / "blog.toml").unlink()
    (tmp_path / "blog.toml").mkdir()
    with pytest.raises(Unusable, match=r"blog\.toml cannot be read: Is a directory\."):
        settings.load(tmp_path, {})


def test_the_samples_are_beside_the_engine_or_inside_it() -> None:
    folder = settings.sample_folder()
    assert (folder / "static" / "site.css").is_file()
    assert (folder / "posts" / "welcome.md").is_file()


def test_the_repository_is_itself_a_site() -> None:
    site = settings.load(Path(__file__).parent.parent, {})
    assert (site.title, site.permalink) == ("Afterword", "/{slug}/")


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("", ""),
        ("ana@example.org", "mailto:ana@example.org"),
        ("mailto:ana@example.org", "mailto:ana@example.org"),
        ("https://example.org/letters", "https://example.org/letters"),
    ],
)
def test_where_to_write_to_is_an_email_or_a_page(tmp_path: Path, written: str, url: str) -> None:
    (tmp_path / "blog.toml").write_text(f'contact = "{written}"\n', "utf-8")
    assert settings.load(tmp_path, {}).contact_url == url
