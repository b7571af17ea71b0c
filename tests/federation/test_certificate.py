"""The certificate of the site's own address is asked by a real TLS connection, and never of a private host."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from blog.federation import certificate
from blog.federation.client import Limits
from blog.journal.events import moment


def make(folder: Path, *, ends: datetime) -> Path:
    """Write a certificate for 127.0.0.1 that signs itself, and its key, into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - timedelta(days=90))
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "cert.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@contextmanager
def server(path: Path | None) -> Iterator[int]:
    """Take connections with TLS, or without a certificate say nothing to anybody."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if path:
        context.load_cert_chain(path)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            while True:
                try:
                    taken, _ = listening.accept()
                except OSError:
                    return
                if path is None:
                    time.sleep(3)
                try:
                    with context.wrap_socket(taken, server_side=True) as wrapped:
                        wrapped.recv(1)
                except OSError:
                    taken.close()

        threading.Thread(target=take, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def look(port: int, seconds: float = 5.0) -> dict[str, str]:
    limits = Limits(private=(f"127.0.0.1:{port}",), seconds=seconds)
    return certificate.look(f"https://127.0.0.1:{port}", limits)


def test_it_says_how_long_a_certificate_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = (datetime.now(UTC) + timedelta(days=20)).replace(microsecond=0)
    path = make(tmp_path, ends=ends)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with server(path) as port:
        shown = look(port)
    assert (shown["host"], moment(shown["until"])) == (f"127.0.0.1:{port}", ends)
    assert moment(shown["until"]) - moment(shown["since"]) == timedelta(days=90)


def test_one_that_browsers_refuse_is_said_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path, ends=datetime.now(UTC) - timedelta(days=1))
    with server(path) as port:
        assert "self-signed" in look(port)["refused"]
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        assert look(port)["refused"] == "certificate has expired"


def test_a_private_host_is_never_connected_to() -> None:
    with server(None) as port:
        for url in (f"https://127.0.0.1:{port}", "https://localhost", "https://10.0.0.1"):
            assert "is not a public host" in (said := certificate.look(url)["unknown"]) or "only 80 and 443" in said


def test_a_host_that_says_nothing_costs_no_more_than_the_limit() -> None:
    began = time.monotonic()
    with server(None) as port:
        said = look(port, seconds=0.5)
    assert "unknown" in said
    assert time.monotonic() - began < 2.5
