"""Ways to talk to somebody."""

from __future__ import annotations

import socket
from contextlib import suppress

from sparring.sandbox.attacks.weapons import Escaped

LOCAL = "127.0.0.1"
ALLOWED_FAMILIES = {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6}
FAMILIES = 50


def connect(port: int) -> None:
    with suppress(OSError), socket.create_connection((LOCAL, port), timeout=0.5):
        raise Escaped("a connection to a server of the host")


def send_datagram(port: int) -> None:
    """Whether it arrives, only the host can say."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"a secret", (LOCAL, port))


def look_up_name(port: int) -> None:
    """Asks the system's resolver, and by hand a name server that listens at ``port``."""
    send_datagram(port)
    with suppress(OSError):
        socket.getaddrinfo("example.com", 80)
        raise Escaped("the address of example.com")


def open_every_family() -> None:
    opened = []
    for family in set(range(FAMILIES)) - ALLOWED_FAMILIES:
        for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with suppress(OSError), socket.socket(family, kind):
                opened.append(family)
    if opened:
        raise Escaped(f"sockets of the families {sorted(set(opened))}")


def connect_to_abstract_socket(name: str) -> None:
    with suppress(OSError), socket.socket(socket.AF_UNIX) as end:
        end.connect(f"\0{name}")
        raise Escaped("a local socket of somebody else")


def see_devices() -> None:
    names = {name for _, name in _devices()} - {"lo"}
    if names:
        raise Escaped(f"the network devices {sorted(names)}")


def _devices() -> list[tuple[int, str]]:
    try:
        return socket.if_nameindex()
    except OSError:
        return []
