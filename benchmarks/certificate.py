"""A certificate for this machine's loopback address, trusted by the workers only.

The exchange is reached over TLS and nothing else, and most of what a socket holds is TLS: the context with
the certificate authorities, the session, its buffers. A comparison without it would flatter nobody.
"""

from __future__ import annotations

import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Certificate:
    serve: list[str]
    """Arguments for `benchmarks.server`."""
    trust: dict[str, str]
    """Environment for the workers: the system's authorities and this certificate."""


def available() -> bool:
    return shutil.which("openssl") is not None


@contextmanager
def certificate() -> Iterator[Certificate]:
    """Make one; it is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        public, secret, trusted = (str(Path(folder) / name) for name in ("cert", "key", "bundle"))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-keyout", secret, "-out", public, "-subj", "/CN=127.0.0.1",
             "-addext", "subjectAltName=IP:127.0.0.1"],
            check=True,
            capture_output=True,
        )  # fmt: skip
        system = ssl.get_default_verify_paths().cafile
        authorities = Path(system).read_bytes() if system else b""
        Path(trusted).write_bytes(authorities + Path(public).read_bytes())
        yield Certificate(["--tls", public, secret], {"SSL_CERT_FILE": trusted})
