"""Bad submissions, sent to a real arena: each ends with a sentence and a log for its owner, and the arena goes on."""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import RunningArena

PATIENCE = 240
ACT = "class Agent:\n    def act(self, observation, legal_actions):\n"


def archive(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return data.getvalue()


# name: (file name, content, what the sentence says)
BAD: dict[str, tuple[str, bytes, str]] = {
    "no zip": ("agent.zip", b"hello", r"zip"),
    "zip bomb": ("agent.zip", archive({"agent.py": b"0" * 10, "big": b"\0" * (600 << 20)}), r"MiB|large|unpack"),
    "climbing path": (
        "agent.zip",
        archive({"agent.py": ACT.encode(), "../../evil": b"x"}),
        r"\.\./|outside|climb|path",
    ),
    "no agent in it": ("agent.zip", archive({"readme.txt": b"x"}), r"agent\.py"),
    "no class": ("agent.py", b"x = 1\n", r"class|Agent"),
    "import error": ("agent.py", b"import no_such_module\n" + ACT.encode() + b"        return 0\n", r"no_such_module"),
    "syntax error": ("agent.py", b"class Agent\n", r"no valid Python.*line 1"),
    "crash in act": ("agent.py", ACT.encode() + b"        raise RuntimeError('my fault')\n", r"my fault"),
    "wrong type": ("agent.py", ACT.encode() + b"        return 'three'\n", r"integer.*three"),
    "illegal action": ("agent.py", ACT.encode() + b"        return 99\n", r"99"),
    "endless loop": ("agent.py", ACT.encode() + b"        while True: pass\n", r"time|second"),
    "ten gigabytes": ("agent.py", ACT.encode() + b"        b = bytearray(10 << 30)\n        return 0\n", r"[Mm]emory"),
    "fork bomb": (
        "agent.py",
        b"import os\n" + ACT.encode() + b"        while True: os.fork()\n",
        r"process|fork|Resource|time|second|memory",
    ),
    "network": (
        "agent.py",
        b"import socket\n" + ACT.encode() + b"        socket.create_connection(('127.0.0.1', PORT))\n",
        r"",
    ),
}


@pytest.fixture(scope="module")
def token(arena: RunningArena) -> str:
    """A token of a person who may have many submissions waiting."""
    program = """
import sparring.site; sparring.site.setup()
from sparring.site.accounts.models import ApiToken, User
user = User.objects.create_user("villain")
print(ApiToken.objects.issue(user, "tests")[1])
"""
    environment = os.environ | {"SPARRING_HOME": str(arena.home)}
    made = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return made.stdout.strip()


@pytest.fixture
def listener() -> Iterator[tuple[int, list[Any]]]:
    """A server on this machine that an agent might try to reach, and the callers that it had."""
    callers: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        done = threading.Event()

        def accept() -> None:
            while not done.is_set():
                try:
                    callers.append(server.accept())
                except TimeoutError:
                    continue

        thread = threading.Thread(target=accept)
        thread.start()
        yield server.getsockname()[1], callers
        done.set()
        thread.join()


def send(request: urllib.request.Request, token: str) -> tuple[int, dict[str, Any]]:
    request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def submit(arena: RunningArena, token: str, name: str, filename: str, data: bytes) -> tuple[int, dict[str, Any]]:
    boundary = secrets.token_hex(8)
    body = b""
    for key, value in (("game", "connect_four"), ("name", name)):
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
    body += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'.encode()
    body += data + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return send(urllib.request.Request(f"{arena.url}/api/submissions", body, headers), token)


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_submission_ends_with_a_sentence_and_the_arena_goes_on(
    arena: RunningArena, token: str, listener: tuple[int, list[Any]], kind: str
) -> None:
    filename, data, sentence = BAD[kind]
    port, callers = listener
    status, document = submit(arena, token, kind.title(), filename, data.replace(b"PORT", str(port).encode()))
    if status == 201:
        address = f"{arena.url}/api/submissions/{document['agent']}/{document['number']}"
        pause = threading.Event()
        for _ in range(PATIENCE * 4):
            _, document = send(urllib.request.Request(address), token)
            if document["state"] in ("failed", "on ladder"):
                break
            pause.wait(0.25)
        assert document["state"] == "failed", document
        said = document["sentence"]
        assert document["failed_step"]
    else:
        assert status == 400
        said = document["detail"]
    assert re.search(sentence, said), said
    assert "Traceback" not in said
    assert str(arena.home) not in json.dumps(document)
    assert callers == []
    with urllib.request.urlopen(f"{arena.url}/ladders/connect_four/", timeout=20) as page:
        assert page.status == 200


def test_without_a_valid_token_nothing_is_taken(arena: RunningArena) -> None:
    status, document = submit(arena, "spar_forged", "Ghost", "agent.py", ACT.encode())
    assert status == 401
    assert "token" in document["detail"]
