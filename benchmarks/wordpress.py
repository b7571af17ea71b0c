"""WordPress from Debian beside Afterword, with the same posts and comments: `make bench-wordpress`, as root.

What is missing of nginx, PHP-FPM with OPcache, MariaDB and WordPress is installed by apt-get. They run as processes of
this one, in a folder of their own, on the loopback and sockets alone, and end with it; the system's services of the
same names are not started. WordPress is as it comes, save what would slow it down here for nothing: its check for
floods, its mails, its calls to wordpress.org and its jobs on the side are off.

Both run on interpreters that Debian builds: how Python was compiled moves what it does in a second by a tenth.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import data, desk, load, report, servers, writing
from benchmarks.figures import OURS, Figure, Point, in_turn
from benchmarks.options import Options
from benchmarks.reading import ESSAY, HUNDRED
from benchmarks.servers import Server
from blog.storage import store

PACKAGES = (
    *("nginx", "php-fpm", "php-mysql", "mariadb-server-core", "wordpress", "wordpress-theme-twentytwentyfive"),
    *("python3", "python3-venv"),
)
NAMED = ("nginx", "php8.4-fpm", "mariadb-server-core", "wordpress", "python3")
POLICY = Path("/usr/sbin/policy-rc.d")  # asked by Debian before a package starts its service; 101 says no
HOME = data.HOME / "wordpress"
THEIRS = "WordPress"
ROUNDS, QUICK = Options(rounds=7, seconds=5), Options(rounds=3, seconds=3)
COMMENTS = 10_000
ONE, TWO = "one worker", "two workers"
Sites = dict[str, tuple[Server, Path]]  # what serves each, by how it is named in the report, and the site's folder


@dataclass(frozen=True)
class WordPress:
    """The server that answers, all of its processes, and the cookies of a signed-in moderator."""

    server: Server
    parts: list[Server]
    cookies: str
    post: int

    def memory(self) -> float:
        return sum(part.memory() for part in self.parts)


def main(options: Options) -> None:
    _install()
    with ExitStack() as stack:
        sites: Sites = {}
        for n, (name, (python, workers)) in enumerate(_kinds().items()):
            folder = data.site(COMMENTS, f"beside-wordpress-{n}")
            sites[name] = stack.enter_context(servers.blog(folder, workers, python)), folder
        ours, folder = sites[ONE]
        theirs = stack.enter_context(serve(folder))
        taken = report.moment()
        points: list[Point] = [*_pages(options, ours, theirs), *_comments(options, sites, theirs)]
    for point in points:
        point.taken = taken
        print(report.summary(point))
    print(f"The report is {report.write_beside('wordpress.md', HEAD, points, _versions())}.")


HEAD = """# Afterword beside WordPress

Measured on {day} by `make bench-wordpress`: both with the same 1,000 posts and 10,000 comments, on one machine, in
turn, round by round. WordPress comes from Debian, behind nginx and PHP-FPM (4 processes, OPcache on), with MariaDB; its
check for floods, its mails, its jobs on the side and its calls to wordpress.org are off. Afterword answers with one
worker, which runs Python on one core at a time, and stores comments with two as well, which share both cores as
WordPress's processes do. Both run on what Debian builds: php8.4-fpm and python3, below. Where the checkout has another
Python (`Python` below), that stores comments too, without a bar: how Python was compiled moves the figure by a tenth.
The machine is shared, so read the ratios.
"""


def _kinds() -> dict[str, tuple[str, int]]:
    """Return the interpreter and the workers of each server of ours, by its name in the report."""
    debians = _debians_python()
    kinds = {ONE: (debians, 1), TWO: (debians, 2)}
    if sys.base_prefix != "/usr":  # where Debian installs its own
        kinds[f"{ONE}, Python {platform.python_version()} of this checkout"] = sys.executable, 1
    return kinds


def _pages(options: Options, ours: Server, theirs: WordPress) -> list[Figure]:
    def rate(server: Server, path: str) -> float:
        return load.read(server.port, path, clients=16, seconds=options.seconds).rate

    found = []
    for path, name in ((ESSAY, "essay page"), (HUNDRED, "page of 100 comments")):
        values = in_turn(
            options.rounds,
            {OURS: lambda path=path: rate(ours, path), THEIRS: lambda path=path: rate(theirs.server, path)},
        )
        found.append(Figure(name, "requests a second", values, note="16 clients."))
    moderator = desk.Moderator(ours)
    queue = in_turn(
        options.rounds,
        {
            OURS: lambda: moderator.milliseconds("/admin/comments?status=pending"),
            THEIRS: lambda: _milliseconds(theirs, "/wp-admin/edit-comments.php?comment_status=moderated"),
        },
    )
    return [*found, Figure("queue page of 50 comments", "ms", queue, False)]


def _milliseconds(wordpress: WordPress, path: str) -> float:
    """Return what a page of the signed-in moderator takes, as the median of a dozen."""
    times = []
    for _ in range(desk.ASKED):
        began = time.perf_counter()
        _, body = load.fetch(f"{wordpress.server.address}{path}", {"Cookie": wordpress.cookies})
        times.append(1e3 * (time.perf_counter() - began))
        rows = body.count(b"<tr id='comment-")
        assert rows >= 50, f"{rows} comments stand in the queue of WordPress."
    return median(times)


def _comments(options: Options, sites: Sites, theirs: WordPress) -> list[Figure]:
    """Comments a second of each server of ours: WordPress has both cores, with four processes to answer in."""
    texts, how = load.numbers(), {"clients": 64, "seconds": options.seconds}

    def send(server: Server, folder: Path, stamp: str) -> float:
        rate = load.write(server.port, lambda: load.comment(writing.SLUG, stamp, texts), wanted=(202,), **how).rate
        writing.settle(folder)
        return rate

    def send_theirs() -> float:
        return load.write(theirs.server.port, lambda: _form(theirs.post, next(texts)), wanted=(302,), **how).rate

    measures = {name: partial(send, *site, writing.stamp_on(site[0], writing.SLUG)) for name, site in sites.items()}
    values = in_turn(options.rounds, {**measures, THEIRS: send_theirs})
    stored = [
        Figure(
            f"comment stored, {name}",
            "comments a second",
            {OURS: values[name], THEIRS: values[THEIRS]},
            bars=[(THEIRS, "at least", 10.0)] if name in (ONE, TWO) else [],
            note="64 clients; each is on the disk when it is answered.",
        )
        for name in sites
    ]
    memory = {f"{OURS}, {name}": [server.memory()] for name, (server, _) in sites.items()} | {THEIRS: [theirs.memory()]}
    return [*stored, Figure("memory of all processes afterwards", "MiB", memory, False)]


def _form(post: int, n: int) -> bytes:
    fields = {
        "author": f"Stranger {n}",
        "email": f"stranger{n}@example.org",
        "url": "",
        "comment": f"What a reader thinks who came by, written as number {n}, and neither long nor short.",
        "comment_post_ID": str(post),
        "comment_parent": "0",
    }
    return load.form("/wp-comments-post.php", fields)


# Installing and running it


def _install() -> None:
    """Install the packages that are missing, without starting their services."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-query") is None:
        raise SystemExit("WordPress is taken from Debian: run this where there is apt-get.")
    missing = [name for name in PACKAGES if not _version(name)]
    if not missing:
        return
    if os.getuid() != 0:
        raise SystemExit(f"Run this as root once: {', '.join(missing)} must be installed by apt-get.")
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text("#!/bin/sh\nexit 101\n", "utf-8")
        POLICY.chmod(0o755)
    try:
        words = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
        _run(words, f"apt-get could not install {', '.join(missing)}", DEBIAN_FRONTEND="noninteractive")
    finally:
        if ours:
            POLICY.unlink()


def _debians_python() -> str:
    """Install this project for the Python that Debian builds; return the interpreter."""
    folder = data.HOME / "debian"
    python = folder / "bin" / "python"
    steps = [] if python.exists() else [["/usr/bin/python3", "-m", "venv", str(folder)]]
    for words in [*steps, [str(python), "-m", "pip", "install", "--quiet", "--editable", str(data.REPOSITORY)]]:
        _run(words, "Afterword could not be installed for Debian's Python")
    return str(python)


def _run(words: list[str], sorry: str, **more: str) -> None:
    """Run a program, with `more` in its environment; when it fails, stop with a sentence and with what it said."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, **more})
    if done.returncode:
        raise SystemExit(f"{sorry}:\n{done.stdout}{done.stderr}")


def _version(package: str) -> str:
    words = ["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Version}", package]
    said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    return said.removeprefix("installed ") if said.startswith("installed ") else ""


def _versions() -> dict[str, str]:
    return {name: version for name in NAMED if (version := _version(name))}


@contextmanager
def serve(folder: Path) -> Iterator[WordPress]:
    """Run WordPress with the posts and comments of our site in `folder`."""
    shutil.rmtree(HOME, ignore_errors=True)
    site = HOME / "site"
    shutil.copytree("/usr/share/wordpress", site, ignore_dangling_symlinks=True)
    (site / "wp-config.php").write_text(CONFIG.replace("{socket}", str(HOME / "db.sock")), "utf-8")
    (site / "wp-content" / "mu-plugins").mkdir(parents=True, exist_ok=True)
    (site / "wp-content" / "mu-plugins" / "bench.php").write_text(NO_FLOOD_CHECK, "utf-8")
    with ExitStack() as stack:
        parts = [stack.enter_context(_mariadb()), stack.enter_context(_php())]
        cookies = _seed(site, folder)
        parts.append(stack.enter_context(_nginx(site)))
        words = ["mariadb", "--no-defaults", f"--socket={HOME / 'db.sock'}", "-N", "wordpress", "-e"]
        asked = f"select ID from wp_posts where post_name = '{writing.SLUG}'"
        post = subprocess.run([*words, asked], capture_output=True, text=True, check=True).stdout
        yield WordPress(parts[-1], parts, cookies, int(post))


def _mariadb() -> Any:
    """Make an empty database and run MariaDB on it, as it syncs by default: at each commit."""
    where = [f"--datadir={HOME / 'db'}", "--user=root"]
    words = [
        "mariadb-install-db",
        "--no-defaults",
        *where,
        "--skip-test-db",
        "--auth-root-authentication-method=normal",
    ]
    subprocess.run(words, check=True, capture_output=True)
    socket = HOME / "db.sock"
    words = [
        "mariadbd",
        "--no-defaults",
        *where,
        f"--socket={socket}",
        "--skip-networking",
        f"--pid-file={HOME / 'db.pid'}",
    ]
    ping = ["mariadb-admin", "--no-defaults", f"--socket={socket}", "ping"]
    return servers.started(
        words, HOME / "db.txt", lambda: subprocess.run(ping, capture_output=True, check=False).returncode == 0
    )


def _php() -> Any:
    config = HOME / "php-fpm.conf"
    config.write_text(PHP.format(home=HOME), "utf-8")
    program = sorted(Path("/usr/sbin").glob("php-fpm[0-9]*"))[-1]
    words = [str(program), "--nodaemonize", "--allow-to-run-as-root", "--fpm-config", str(config)]
    return servers.started(words, HOME / "php.txt", (HOME / "php.sock").exists)


def _nginx(site: Path) -> Any:
    port = servers.free_port()
    config = HOME / "nginx.conf"
    config.write_text(NGINX.format(home=HOME, site=site, port=port), "utf-8")
    return servers.run(["nginx", "-p", str(HOME), "-e", "stderr", "-c", str(config)], port, HOME / "nginx.txt")


def _seed(site: Path, folder: Path) -> str:
    """Install it with our posts and comments; return the cookies of its moderator."""
    db = store.connect(folder / "blog.db", readonly=True)
    given = {
        "password": data.PASSWORD,
        "posts": list(
            db.query(
                "select id, slug, title, body_html, replace(substr(published_at, 1, 19), 'T', ' ') as at from posts"
            )
        ),
        "comments": list(
            db.query(
                """
                select id, post_id, parent_id, author, email, ip, text, status, user_agent,
                  replace(substr(created_at, 1, 19), 'T', ' ') as at
                from comments where status <> 'deleted' order by id
                """
            )
        ),
    }
    db.conn.close()
    path = HOME / "given.json"
    path.write_text(json.dumps(given), "utf-8")
    socket = f"--socket={HOME / 'db.sock'}"
    subprocess.run(["mariadb", "--no-defaults", socket, "-e", "create database wordpress"], check=True)
    words = ["php", str(Path(__file__).with_suffix(".php")), str(site), str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode or "=" not in done.stdout:
        raise RuntimeError(f"WordPress could not be installed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout.strip().splitlines()[-1]


CONFIG = """<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_HOME', 'http://' . $_SERVER['HTTP_HOST']);
define('WP_SITEURL', WP_HOME);
define('COOKIEHASH', 'bench');
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $what) {
    define($what . '_KEY', "a key of $what for a site that lives some minutes");
    define($what . '_SALT', "a salt of $what for a site that lives some minutes");
}
$table_prefix = 'wp_';
if (!defined('ABSPATH')) { define('ABSPATH', __DIR__ . '/'); }
require_once ABSPATH . 'wp-settings.php';
"""

NO_FLOOD_CHECK = "<?php\nremove_action('check_comment_flood', 'check_comment_flood_db', 10);\n"

PHP = """
[global]
error_log = {home}/php-errors.txt
[www]
user = root
group = root
listen = {home}/php.sock
pm = static
pm.max_children = 4
"""

NGINX = """
daemon off;
user root;
worker_processes 2;
pid {home}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  include /etc/nginx/mime.types;
  keepalive_requests 1000000000;
  server {{
    listen 127.0.0.1:{port};
    root {site};
    index index.php;
    location / {{ try_files $uri $uri/ /index.php?$args; }}
    location ~ \\.php$ {{
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_param HTTP_HOST 127.0.0.1:{port};
      fastcgi_pass unix:{home}/php.sock;
      fastcgi_read_timeout 120s;
    }}
  }}
}}
"""


if __name__ == "__main__":
    main(QUICK if "--quick" in sys.argv else ROUNDS)
