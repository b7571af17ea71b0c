"""The socket that a service manager opened and passes on: socket activation, as systemd's sd_listen_fds(3) has it."""

import os
import socket
from collections.abc import MutableMapping

from blog.errors import Unusable
from blog.wording import gettext

FIRST = 3  # the number of the first file that is passed on


def take(environ: MutableMapping[str, str] = os.environ) -> socket.socket | None:
    """Return the socket that this process was started with; None without one, or where it is meant for another process.

    It listens already, so connections that come while the server starts, or starts again, wait and are not refused.
    Raises Unusable for anything but one socket that listens. The variables are removed: children must not take it too.
    """
    meant_for, count = environ.pop("LISTEN_PID", ""), environ.pop("LISTEN_FDS", "")
    environ.pop("LISTEN_FDNAMES", None)
    if meant_for != str(os.getpid()) or not count:
        return None
    if count != "1":
        raise Unusable(gettext("The service manager passes {count} sockets; one is served.", count=count[:10]))
    try:
        passed = socket.socket(fileno=FIRST)
        listens = passed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise Unusable(
            gettext("What the service manager passes is no socket ({reason}).", reason=error.strerror)
        ) from error
    if not listens or passed.type != socket.SOCK_STREAM:
        passed.close()
        raise Unusable(
            gettext("The socket that the service manager passes takes no connections. Use ListenStream, and Accept=no.")
        )
    passed.set_inheritable(True)
    return passed


def is_unix(passed: socket.socket) -> bool:
    return hasattr(socket, "AF_UNIX") and passed.family == socket.AF_UNIX


def address(passed: socket.socket, url: str) -> str:
    """Return where a socket is reached, for a person; a Unix socket is reached by the public address of the site."""
    name = passed.getsockname()
    if is_unix(passed):
        return url or f"unix:{os.fsdecode(name)}"
    host = f"[{name[0]}]" if ":" in name[0] else name[0]
    return f"http://{host}:{name[1]}"
