"""By which names the server may be called."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest


def status(port: int, host: str) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/games/", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(("listen", "expected"), [("127.0.0.1", 400), ("0.0.0.0", 200)], ids=["loopback", "network"])
def test_a_name_from_the_network_is_answered_only_when_the_arena_is_open_to_it(tmp_path, listen, expected):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    left_out = ("DATABASE_URL", "SPARRING_HOSTS")
    environment = {key: value for key, value in os.environ.items() if key not in left_out}
    environment["SPARRING_HOME"] = str(tmp_path)
    subprocess.run([sys.executable, "-c", "import sparring.site as s; s.prepare()"], env=environment, check=True)
    command = [sys.executable, "-m", "sparring.site.processes", "web", "--host", listen, "--port", str(port)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:
        try:
            began, pause = time.monotonic(), threading.Event()
            while True:
                try:
                    found = status(port, "arena.meetup.example")
                    break
                except OSError:
                    assert time.monotonic() - began < 60
                    pause.wait(0.1)
            assert found == expected
        finally:
            server.terminate()
