#!/usr/bin/python3
"""A stand-in for systemctl where there is no systemd: it runs what units say, as the users whom they name.

It knows as much of units as docs/production.md uses of them to run programs; sandboxes and clocks it leaves out.
"""

import configparser
import grp
import os
import pwd
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

PORT = 8000
UNITS = Path("/etc/systemd/system")
LOG = Path("/var/log/units.log")
RUN = Path("/run")


def main(verb: str, names: list[str]) -> int:
    if verb in ("daemon-reload", "list-timers", "reset-failed"):
        return 0
    if names == ["nginx"]:  # in a network of its own, as its ports may be taken
        return subprocess.run(["unshare", "--net", "nginx", "-t"]).returncode
    return max(VERBS[verb](name if "." in name else f"{name}.service") for name in names)


def read(name: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    path = UNITS / name
    if not path.exists():
        sys.exit(f"There is no unit {name}.")
    unit.read_string(joined(path.read_text("utf-8")))
    return unit


def joined(text: str) -> str:
    """Return a unit in which the values of a key that a section has twice, such as Environment, are one line."""
    lines: dict[str, str] = {}
    section = ""
    for line in text.splitlines():
        section = line if line.startswith("[") else section
        key, sign, value = line.partition("=")
        named = f"{section}{key}" if sign else f"{len(lines)}"
        lines[named] = f"{lines[named]} {value}" if sign and named in lines else line
    return "\n".join(lines.values())


def enable(name: str) -> int:
    unit = read(name)
    if not unit["Install"]["WantedBy"]:
        return 1
    if name.endswith(".timer"):
        return 0 if read(name.replace(".timer", ".service")) and unit["Timer"]["OnCalendar"] else 1
    return start(name)


def start(name: str) -> int:
    service = read(name)["Service"]
    words = shlex.split(service["ExecStart"])
    if "serve" in words:
        words += ["--port", str(PORT)]
    oneshot = service.get("Type") == "oneshot"
    supervisor = os.fork()
    if supervisor == 0:
        if not oneshot:  # it lives on without the shell, and holds none of its pipes
            os.setsid()
            log = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.dup2(log, 1)
            os.dup2(log, 2)
        os._exit(supervise(name, service, words, oneshot))
    if oneshot:
        return os.waitstatus_to_exitcode(os.waitpid(supervisor, 0)[1])
    return 0


def supervise(name: str, service: configparser.SectionProxy, words: list[str], oneshot: bool) -> int:
    """Run a service, and again when it fails, but not after the exit codes that its unit names."""
    final = {int(each) for each in service.get("RestartPreventExitStatus", "").split()}
    (RUN / f"{name}.failed").unlink(missing_ok=True)
    while True:
        code = run_once(name, service, words)
        if code == 0 or oneshot:
            return code
        if service.get("Restart") != "on-failure" or code in final:
            (RUN / f"{name}.failed").touch()
            return code
        time.sleep(float(service["RestartSec"]))


def run_once(name: str, service: configparser.SectionProxy, words: list[str]) -> int:
    user, group = pwd.getpwnam(service["User"]), grp.getgrnam(service["Group"])
    environ = {"PATH": "/usr/bin:/bin", "HOME": user.pw_dir, "USER": user.pw_name, "JOURNAL_STREAM": "8:1"}
    environ |= dict(each.split("=", 1) for each in shlex.split(service.get("Environment", "")))
    with LOG.open("ab") as log:
        process = subprocess.Popen(
            words,
            cwd="/",
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=user.pw_uid,
            group=group.gr_gid,
            extra_groups=[],
            umask=int(service.get("UMask", "0022"), 8),
        )
        pid = RUN / f"unit-{name}.pid"
        pid.write_text(str(process.pid), "ascii")
        code = process.wait()
        pid.unlink(missing_ok=True)
    return code


def stop(name: str) -> int:
    """End a service; nothing is done where none runs."""
    service, pid = read(name)["Service"], RUN / f"unit-{name}.pid"
    if not pid.exists():
        return 0
    number = int(pid.read_text("ascii"))
    os.kill(number, signal.SIGTERM)
    deadline = time.monotonic() + float(service["TimeoutStopSec"])
    while pid.exists():
        if time.monotonic() > deadline:
            sys.exit(f"{name} did not stop in time.")
        time.sleep(0.05)
    return 0


def restart(name: str) -> int:
    return stop(name) or start(name)


def reload(name: str) -> int:
    number = (RUN / f"unit-{name}.pid").read_text("ascii")
    return subprocess.run(shlex.split(read(name)["Service"]["ExecReload"].replace("$MAINPID", number))).returncode


def is_failed(name: str) -> int:
    return 0 if (RUN / f"{name}.failed").exists() else 1


VERBS = {"enable": enable, "start": start, "stop": stop, "restart": restart, "reload": reload, "is-failed": is_failed}

if __name__ == "__main__":
    first, *rest = (word for word in sys.argv[1:] if word != "--now")
    sys.exit(main(first, rest))
