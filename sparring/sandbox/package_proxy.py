"""A small proxy on a Unix socket, the only way out of a build: to the hosts of the package index and nowhere else."""

from __future__ import annotations

import contextlib
import logging
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from sparring.sandbox.build_step import CHUNK, pump
from sparring.sandbox.package_index import PackageIndex

log = logging.getLogger(__name__)
MOST_HEAD_BYTES = 65_536
SECONDS_TO_CONNECT = 30.0
SECONDS_OF_SILENCE = 120.0
DROPPED_HEADERS = (b"proxy-", b"connection:", b"keep-alive:")


@contextlib.contextmanager
def open_door(
    index: PackageIndex | None, most_bytes: int, overdrawn: threading.Event | None = None
) -> Iterator[Path | None]:
    """A socket that leads to ``index`` as long as the context lasts; None where there is nothing to lead to.

    ``most_bytes``: what may come in through it in all; ``overdrawn`` is set when more wanted to.
    """
    if index is None or index.folder is not None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="sparring-door-") as folder, socket.socket(socket.AF_UNIX) as server:
        path = Path(folder, "door")
        server.bind(str(path))
        path.chmod(0o666)
        server.listen()
        proxy = _Proxy(server, index, most_bytes, overdrawn or threading.Event())
        proxy.start()
        try:
            yield path
        finally:
            proxy.close()


class _Proxy:
    """Answers CONNECT and plain requests for allowed hosts; everything else with a refusal."""

    def __init__(self, server: socket.socket, index: PackageIndex, most_bytes: int, overdrawn: threading.Event) -> None:
        self._server, self._index, self._left, self._overdrawn = server, index, most_bytes, overdrawn
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._closed = False

    def start(self) -> None:
        threading.Thread(target=self._accept, name="package-proxy", daemon=True).start()

    def close(self) -> None:
        self._closed = True
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        for line in list(self._open):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(SECONDS_OF_SILENCE)
        with client:
            try:
                self._answer(client)
            except (OSError, ValueError) as error:
                log.info("package proxy: %s", error)

    def _answer(self, client: socket.socket) -> None:
        head, rest = _read_head(client)
        request, *headers = head.split(b"\r\n")
        method, target, version = request.split(b" ")
        tunnel = method == b"CONNECT"
        parts = urlsplit(("//" if tunnel else "") + target.decode("ascii"))
        host, port = parts.hostname or "", parts.port or (443 if tunnel else 80)
        allowed = (host, port) in self._index.hosts and (tunnel or (method in (b"GET", b"HEAD") and not rest))
        if not allowed:
            client.sendall(b"HTTP/1.1 403 Builds reach the package index only\r\nConnection: close\r\n\r\n")
            return
        with socket.create_connection((host, port), SECONDS_TO_CONNECT) as upstream:
            upstream.settimeout(SECONDS_OF_SILENCE)
            self._open.update((client, upstream))
            if tunnel:
                client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                upstream.sendall(rest)
                threading.Thread(target=pump, args=[client, upstream], daemon=True).start()
            else:
                path = parts.path + (f"?{parts.query}" if parts.query else "")
                kept = [line for line in headers if not line.lower().startswith(DROPPED_HEADERS)]
                lines = [b" ".join((method, path.encode(), version)), *kept, b"Connection: close", b"", b""]
                upstream.sendall(b"\r\n".join(lines))
            self._bring_in(upstream, client)
            self._open -= {client, upstream}
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)  # to close it would not wake the thread that still reads from it

    def _bring_in(self, upstream: socket.socket, client: socket.socket) -> None:
        """Pass on what comes from outside, as long as there is room for it."""
        while data := upstream.recv(CHUNK):
            with self._lock:
                self._left -= len(data)
            if self._left < 0:
                self._overdrawn.set()
                return
            client.sendall(data)


def _read_head(client: socket.socket) -> tuple[bytes, bytes]:
    """The head of a request, and what came behind it. Raises ValueError when there is no end to it."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = client.recv(CHUNK)
        if not part or len(data) > MOST_HEAD_BYTES:
            raise ValueError("a request without a head")
        data += part
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest
