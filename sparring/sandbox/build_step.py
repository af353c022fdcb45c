"""What runs inside a build's sandbox: puts itself under limits, opens the way to the package index, runs the command.

Only light imports.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

from sparring.sandbox.protocol import HEADER, unpack
from sparring.sandbox.runner import become, confine

CHUNK = 65_536
DOOR = "/door"
"""Where the sandbox shows the socket of the proxy."""
PROXY_PORT = 3128
"""On the sandbox's own loopback: programs know proxies by an address, not by a socket."""
PROXY = f"http://127.0.0.1:{PROXY_PORT}"


def main() -> None:
    """Read the order from standard input, do it, and end with the command's exit status."""
    (size,) = HEADER.unpack(sys.stdin.buffer.read(HEADER.size))
    order = unpack(sys.stdin.buffer.read(size))
    confine(order["rlimits"])
    if order["uid"] is not None:
        become(order["uid"])
    environment = os.environ | order["environment"]
    if order["door"]:
        server = socket.create_server(("127.0.0.1", PROXY_PORT))
        threading.Thread(target=_serve, args=[server], daemon=True).start()
        environment |= {"http_proxy": PROXY, "https_proxy": PROXY}
    try:
        done = subprocess.run(
            order["command"], stdin=subprocess.DEVNULL, stdout=sys.stderr, env=environment, check=False
        )
    except OSError:
        os._exit(127)
    os._exit(done.returncode if done.returncode >= 0 else 128 - done.returncode)


def open_for_good() -> None:
    """Lead to the proxy, for others that share this network, until it is killed."""
    _serve(socket.create_server(("127.0.0.1", PROXY_PORT)))


def _serve(server: socket.socket) -> None:
    while True:
        client, _ = server.accept()
        threading.Thread(target=_connect, args=[client], daemon=True).start()


def _connect(client: socket.socket) -> None:
    """Join a connection to the proxy outside."""
    outside = socket.socket(socket.AF_UNIX)
    with client, outside:
        outside.connect(DOOR)
        back = threading.Thread(target=pump, args=[outside, client], daemon=True)
        back.start()
        pump(client, outside)
        back.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Pass on what comes from ``source`` until it ends."""
    try:
        while data := source.recv(CHUNK):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:  # one side is gone; the other one learns it
        for end in (source, sink):
            end.close()
