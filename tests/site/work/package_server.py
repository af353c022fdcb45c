"""A package index on this machine, with wheels that are made on the spot."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def wheel(name: str, version: str, source: str, metadata: str = "") -> bytes:
    """The smallest wheel that pip takes: one module."""
    info = f"{name}-{version}.dist-info"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"{name}.py", source)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return content.getvalue()


class PackageServer:
    """Simple pages as of PEP 503, and the files that they link to."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, tuple[bytes, str]]] = {}
        self.asked: list[str] = []
        self.slow: set[str] = set()
        """Packages about which it answers nothing until it is closed."""
        self.closed = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"packages": self}))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/simple/"

    def add(self, name: str, version: str, source: str = "", python: str = "", metadata: str = "") -> None:
        self.add_file(name, f"{name}-{version}-py3-none-any.whl", wheel(name, version, source, metadata), python)

    def add_file(self, name: str, file: str, content: bytes, python: str = "") -> None:
        self.files.setdefault(name, {})[file] = content, python

    def page(self, name: str) -> str:
        lines = []
        for file, (content, python) in self.files[name].items():
            digest = hashlib.sha256(content).hexdigest()
            needs = f' data-requires-python="{python.replace("<", "&lt;").replace(">", "&gt;")}"' if python else ""
            lines.append(f'<a href="/files/{name}/{file}#sha256={digest}"{needs}>{file}</a>')
        return f"<!DOCTYPE html><html><body>{''.join(lines)}</body></html>"

    def close(self) -> None:
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    packages: PackageServer

    def do_GET(self) -> None:
        self.packages.asked.append(self.path)
        if self.path.strip("/").split("/")[1] in self.packages.slow:
            self.packages.closed.wait()
        match self.path.strip("/").split("/"):
            case ["simple", name] if name.replace("-", "_") in self.packages.files:
                content, kind = self.packages.page(name.replace("-", "_")).encode(), "text/html"
            case ["files", name, file] if file in self.packages.files.get(name, {}):
                content, kind = self.packages.files[name][file][0], "application/octet-stream"
            case _:
                self.send_error(404)
                return
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        pass
