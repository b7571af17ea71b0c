"""How long the certificate of the site's own address holds, asked as a browser would: by a TLS connection to it."""

import contextlib
import ssl
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from blog.errors import Refused
from blog.federation import client
from blog.federation.client import Limits
from blog.journal import events

LIMITS = Limits(seconds=5.0)


def look(url: str, limits: Limits = LIMITS) -> dict[str, Any]:
    """Return the `host`, and of its certificate `since` and `until`, or `refused`, why browsers do not take it.

    Where it could not be asked, as of a host that is private or does not answer, `unknown` says why. It blocks.
    """
    host = urlsplit(url).netloc
    try:
        with contextlib.closing(client.connect(url, limits)) as connection:
            shown: Any = connection.getpeercert()  # type: ignore[attr-defined]  # it is one of TLS
            return {"host": host, "since": _moment(shown["notBefore"]), "until": _moment(shown["notAfter"])}
    except ssl.SSLCertVerificationError as error:
        return {"host": host, "refused": error.verify_message.rstrip(".")}
    except Refused as refusal:
        return {"host": host, "unknown": refusal.sentence}
    except OSError as error:
        return {"host": host, "unknown": " ".join(str(error).split())[:200] or type(error).__name__}


def _moment(text: str) -> str:
    return events.stamp(datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC))
