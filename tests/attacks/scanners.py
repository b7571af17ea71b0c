"""`make attack`: wapiti and sqlmap against a local server, signed in as a moderator. Prints what they found.

They live in an environment of their own, `.attack`, and ask no host but this machine.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from blog.people import accounts, sessions
from blog.storage import store
from tests.browser import running, seeding
from tests.browser.running import WELCOME, Running

TOOLS = Path(__file__).parents[2] / ".attack" / "bin"
# Without those that call a server of the tool's makers (ssrf, xxe, log4shell), guess names at length, or are about
# other programs.
MODULES = (
    *("backup", "cookieflags", "crlf", "csp", "csrf", "exec", "file", "htaccess", "http_headers", "methods"),
    *("permanentxss", "redirect", "shellshock", "sql", "timesql", "upload", "xss"),
)
# What is meant to be so: requests of other sites are refused by what browsers say of them, as test_promises.py shows.
EXPLAINED = {"Cross Site Request Forgery": "Lack of anti CSRF token"}
CRAWL_SECONDS, MODULE_SECONDS = 90, 60  # the desk alone has thousands of addresses: a sample of each kind will do
INFORMATIONAL = 1  # wapiti's levels: 1 is for what is only worth knowing
SQL = (
    "{}/admin/comments?status=pending&q=x&post=welcome&author=a&domain=b.example&rule=none&days=1&sender=email:1",
    "{}/admin/log?who=ana&kind=decisions&source=web&post=welcome&since=2026-01-01&until=2027-01-01&before=40",
    f"{{}}/{WELCOME}/?replytocom=1&page=1",
)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        site = running.copy_site(Path(folder) / "site")
        db = store.connect(site / "blog.db")
        seeding.seed(db)
        with store.transaction(db):
            moderator = accounts.add(db, "mora", running.PASSWORD, role="moderator", by=running.by())
            token = sessions.sign_in(db, moderator, ip="", user_agent="scanner", by=running.by())
        db.conn.close()
        with running.serve(site) as served:
            found = wapiti(served, token, Path(folder) / "report.json")
            injectable = [url for url in SQL if sqlmap(url.format(served.address), token, Path(folder) / "sqlmap")]
            still = served.command("check")
    print(f"sqlmap: {len(injectable)} of {len(SQL)} addresses took SQL. {still.strip()}")
    return int(bool(found or injectable))


def wapiti(served: Running, token: str, report: Path) -> int:
    """Return how many findings are above informational."""
    command = [
        TOOLS / "wapiti",
        "-u",
        f"{served.address}/",
        "-m",
        ",".join(MODULES),
        "-f",
        "json",
        "-o",
        report,
        "--flush-session",
    ]
    command += ["--max-scan-time", CRAWL_SECONDS, "--max-attack-time", MODULE_SECONDS, "--max-links-per-page", "25"]
    command += ["-d", "3", "--max-files-per-dir", "12", "--max-parameters", "12", "--no-bugreport"]
    command += ["-x", f"{served.address}/admin/logout", "-C", f"session={token}", "-v", "0"]
    for path in (
        "/admin/",
        "/admin/comments?status=all",
        "/admin/log",
        "/admin/posts",
        "/admin/account",
        f"/{WELCOME}/",
    ):
        command += ["-s", f"{served.address}{path}"]
    command += ["--store-session", report.parent / "wapiti", "--store-config", report.parent / "wapiti-config"]
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
    told: dict[str, Any] = json.loads(report.read_text("utf-8"))
    counts = {name: len(found) for name, found in told["vulnerabilities"].items() if found}
    anomalies = {name: len(found) for name, found in told["anomalies"].items() if found}
    print(f"wapiti: {told['infos'].get('crawled_pages_nbr', '?')} pages, {len(MODULES)} modules")
    print(f"  vulnerabilities {counts or 'none'}, anomalies {anomalies or 'none'}")
    worse = 0
    for group in ("vulnerabilities", "anomalies"):
        for name, found in told[group].items():
            explained = [each for each in found if each["info"].startswith(EXPLAINED.get(name, "\0"))]
            for each in [each for each in found if each not in explained]:
                print(f"  {name} (level {each['level']}): {each['method']} {each['path']} {each['info'][:160]}")
                worse += each["level"] > INFORMATIONAL
    return worse


def sqlmap(url: str, token: str, output: Path) -> bool:
    """Tell whether sqlmap found an address that takes SQL."""
    command = [
        TOOLS / "sqlmap",
        "-u",
        url,
        f"--cookie=session={token}",
        "--batch",
        "--level=3",
        "--risk=1",
        "--threads=4",
    ]
    command += ["--disable-coloring", f"--output-dir={output}", "--dbms=sqlite", "--skip=Cookie", "--timeout=20"]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    said = [line for line in done.stdout.splitlines() if re.search(r"\[(CRITICAL|WARNING|ERROR)\]", line)]
    print(f"sqlmap {url.partition('?')[0]}: {said[-1].partition('] ')[2][:110] if said else done.stdout[-300:]}")
    return "is vulnerable" in done.stdout or "identified the following injection" in done.stdout


if __name__ == "__main__":
    sys.exit(main())
