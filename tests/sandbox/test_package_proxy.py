"""The only way out of a build leads to the package index, and brings in no more than a build may make."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sparring.errors import SparringError
from sparring.sandbox.package_index import PackageIndex, package_index
from sparring.sandbox.package_proxy import open_door

PAGE = b"x" * 10_000


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *arguments) -> None:
        pass


@pytest.fixture(scope="module")
def port():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def ask(door: Path, request: str) -> bytes:
    """What comes back through the door."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(20)
        line.connect(str(door))
        line.sendall(request.replace("\n", "\r\n").encode())
        answer = b""
        while part := line.recv(65_536):
            answer += part
        return answer


def index_at(port: int) -> PackageIndex:
    index = package_index(f"http://127.0.0.1:{port}/simple")
    assert index is not None
    return index


def test_the_index_is_reached_plainly_and_through_a_tunnel(port):
    with open_door(index_at(port), 10**6) as door:
        assert PAGE in ask(door, f"GET http://127.0.0.1:{port}/simple/a/ HTTP/1.1\nHost: a\n\n")
        tunnelled = ask(door, f"CONNECT 127.0.0.1:{port} HTTP/1.1\n\nGET / HTTP/1.0\n\n")
        assert tunnelled.startswith(b"HTTP/1.1 200 Connected")
        assert PAGE in tunnelled


@pytest.mark.parametrize(
    "request_line",
    [
        "GET http://127.0.0.1:1/ HTTP/1.1",
        "GET http://localhost:{port}/ HTTP/1.1",
        "CONNECT host.example:443 HTTP/1.1",
        "CONNECT 127.0.0.1:22 HTTP/1.1",
        "POST http://127.0.0.1:{port}/ HTTP/1.1",
        "GET / HTTP/1.1",
    ],
)
def test_nobody_else_is_reached(port, request_line):
    with open_door(index_at(port), 10**6) as door:
        assert ask(door, request_line.format(port=port) + "\n\n").startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize("rubbish", ["\n\n", "GET\n\n", "GET http://[::1 HTTP/1.1\n\n", "CONNECT a:b HTTP/1.1\n\n"])
def test_rubbish_ends_the_line_and_not_the_proxy(port, rubbish):
    with open_door(index_at(port), 10**6) as door:
        assert b"200" not in ask(door, rubbish)[:20]
        assert PAGE in ask(door, f"GET http://127.0.0.1:{port}/ HTTP/1.1\n\n")


def test_no_more_comes_in_than_a_build_may_make(port):
    with open_door(index_at(port), 3_000) as door:
        assert len(ask(door, f"GET http://127.0.0.1:{port}/ HTTP/1.1\n\n")) < len(PAGE)


def test_the_door_is_shut_when_the_step_is_over(port):
    with open_door(index_at(port), 10**6) as door:
        pass
    assert not door.exists()


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [("/no/such/folder", "is no folder"), ("ftp://host.example/", "is no package index"), ("http://", "is no package")],
)
def test_a_setting_that_names_no_index_is_a_sentence(setting, sentence):
    with pytest.raises(SparringError, match=sentence):
        package_index(setting)


def test_an_arena_may_have_no_index_or_files_of_it_elsewhere():
    assert package_index("none") is None
    found = package_index("https://host.example/simple", "files.example, more.example")
    assert found.hosts == {("host.example", 443), ("files.example", 443), ("more.example", 443)}
