"""The request that tells a shared cache which pages have changed, in the way that each kind of cache understands."""

import contextlib
import http.client
import json
import ssl
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from blog.shared_cache import SharedCache
from blog.wording import gettext

SECONDS = 3.0  # until the cache counts as away


class CacheCall(NamedTuple):
    """One request for a cache: its method, path, headers and body."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


def call_for(cache: SharedCache, address: str, keys: tuple[str, ...]) -> CacheCall:
    """Return the request that drops the pages with any of these keys.

    Cloudflare and others with `Cache-Tag` take a POST with JSON, Fastly (an address with /service/) a POST with a
    header; whatever else is at an address takes PURGE.
    """
    path = urlsplit(address).path or "/"
    bearer = {"Authorization": f"Bearer {cache.token}"} if cache.token else {}
    if cache.key_header == "Cache-Tag":
        body = json.dumps({"tags": list(keys)}).encode()
        return CacheCall("POST", path, {"Content-Type": "application/json", **bearer}, body)
    if cache.key_header == "xkey":
        return CacheCall("PURGE", path, {"xkey-purge": " ".join(keys), **bearer})
    if "/service/" in path:
        key = {"Fastly-Key": cache.token} if cache.token else {}
        return CacheCall("POST", path, {"Surrogate-Key": " ".join(keys), "Accept": "application/json", **key})
    return CacheCall("PURGE", path, {"Surrogate-Key": " ".join(keys), **bearer})


def send(cache: SharedCache, address: str, keys: tuple[str, ...]) -> str:
    """Send the request; return why the cache did not take it, "" when it did. It blocks."""
    parts = urlsplit(address)
    call = call_for(cache, address, keys)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=SECONDS)
    with contextlib.closing(connection):
        try:
            connection.request(call.method, call.path, call.body or None, dict(call.headers))
            answer = connection.getresponse()
            answer.read(64 * 1024)
        except (OSError, http.client.HTTPException) as error:
            return gettext("The cache does not answer: {reason}.", reason=str(error) or type(error).__name__)
    if 200 <= answer.status < 300:
        return ""
    return gettext("The cache answers with the status {code}.", code=str(answer.status))
