"""The engine's own interface, HTTP on a local socket: whatever has to be quick goes there, past its client."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from sparring.errors import SparringError

SECONDS_TO_ANSWER = 30.0
SPOKEN = ("unix", "tcp")


def ask(
    host: str, method: str, path: str, body: Mapping[str, Any] | None = None, seconds: float = SECONDS_TO_ANSWER
) -> Any:
    """What the engine at ``host`` answers, decoded; None where it answers nothing. Raises SparringError."""
    content = None if body is None else json.dumps(body).encode()
    line = _line_to(host, seconds)
    try:
        line.request(method, path, content, {"Content-Type": "application/json"} if content is not None else {})
        answer = line.getresponse()
        text = answer.read()
        found = json.loads(text) if text.strip() else None
    except PermissionError as error:
        raise SparringError(f"permission denied: {host}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise SparringError(f"{host} gives no answer: {why}") from error
    finally:
        line.close()
    if answer.status >= http.client.BAD_REQUEST:
        complaint = found.get("message") if isinstance(found, dict) else None
        raise SparringError(str(complaint or f"HTTP {answer.status}").strip().splitlines()[0])
    return found


def named(name: str) -> str:
    """A name as a part of a path."""
    return quote(name, safe="")


def _line_to(host: str, seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(host)
    if parts.scheme not in SPOKEN:
        raise SparringError(
            f"{host} is no engine on this machine, which it has to be: name it by DOCKER_HOST=unix:///var/run/docker.sock"
        )
    if parts.scheme == "unix":
        return _LocalLine(parts.path, seconds)
    return http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 2375, timeout=seconds)


class _LocalLine(http.client.HTTPConnection):
    """A connection to a local socket."""

    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
