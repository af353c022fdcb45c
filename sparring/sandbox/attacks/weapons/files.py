"""Ways to read and write what is not one's own."""

from __future__ import annotations

import os
import stat
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from sparring.sandbox.attacks.weapons import Escaped

PREFIXES = ("", "/host", "/proc/1/root", "/proc/self/root", "/proc/self/cwd/../../../..")
PLACES = ("/", "/usr", "/usr/local/lib", "/agent", "/house", "/house/sparring", "/packages", "/pipes", "/etc", "/dev")
DEVICES = ("/dev/mem", "/dev/kmsg", "/dev/port", "/dev/kvm", "/dev/sda", "/dev/vda", "/dev/nvme0n1")
KERNEL_FILES = ("/proc/kcore", "/proc/kmsg", "/proc/kpagecount")
SETUID_PROGRAMS = ("su", "passwd", "newgrp", "chsh", "mount", "umount", "gpasswd")


def read(paths: list[str]) -> None:
    """Reads secrets of the host, straight and through whatever leads out of here."""
    for path in paths:
        for prefix in PREFIXES:
            with suppress(OSError):
                raise Escaped(f"{Path(prefix + path).read_text()!r} in {prefix}{path}")


def read_through_links(paths: list[str]) -> None:
    """Reads secrets through symbolic and hard links."""
    for number, path in enumerate(paths):
        for prefix in PREFIXES:
            for make in (os.symlink, os.link):
                link = Path(f"/tmp/link-{number}-{make.__name__}")
                link.unlink(missing_ok=True)
                with suppress(OSError):
                    make(prefix + path, link)
                    raise Escaped(f"{link.read_text()!r} through a link to {prefix}{path}")


def write_everywhere() -> None:
    for place in PLACES:
        file = Path(place, "sparring-was-here")
        with suppress(OSError):
            file.write_text("x")
            raise Escaped(f"write access to {place}")
    for file in (Path("/agent/agent.py"), Path("/house/sparring/__init__.py"), Path("/etc/ld.so.cache")):
        with suppress(OSError), file.open("r+b"):
            raise Escaped(f"write access to {file}")


def open_devices() -> None:
    for name in DEVICES:
        with suppress(OSError):
            os.close(os.open(name, os.O_RDWR))
            raise Escaped(name)
    for path in Path("/dev").rglob("*"):
        with suppress(OSError):
            if stat.S_ISBLK(path.stat().st_mode):
                raise Escaped(f"the disk {path}")


def make_device() -> None:
    """Makes the device of the first disk, and of the kernel's memory, and opens it."""
    device = Path("/tmp/device")
    for kind, major, minor in ((stat.S_IFBLK, 8, 0), (stat.S_IFCHR, 1, 1)):
        with suppress(OSError):
            os.mknod(device, kind | 0o666, os.makedev(major, minor))
        with suppress(OSError):
            os.close(os.open(device, os.O_RDONLY))
            raise Escaped(f"the device {major}:{minor}")
        device.unlink(missing_ok=True)


def change_kernel() -> None:
    """Reads the kernel's memory and log, opens its emergency keys, and sets its settings to what they are."""
    for name in KERNEL_FILES:
        with suppress(OSError), Path(name).open("rb", buffering=0) as file:
            if file.read(16):
                raise Escaped(f"what stands in {name}")
    with suppress(OSError):
        os.close(os.open("/proc/sysrq-trigger", os.O_WRONLY))
        raise Escaped("the kernel's emergency keys")
    for path in Path("/proc/sys").rglob("*"):
        with suppress(OSError):
            path.write_bytes(path.read_bytes())  # some can be opened by everybody, but only written to by root
            raise Escaped(f"the kernel's setting {path}")


def run_setuid_program() -> None:
    """Starts programs that run as root whoever starts them, and looks whether they do."""
    for name in SETUID_PROGRAMS:
        try:
            process = subprocess.Popen(
                [f"/usr/bin/{name}"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except OSError:
            continue
        owners = set()
        for _ in range(20):
            time.sleep(0.002)
            owners.add(_effective_user(process.pid))
        process.kill()
        process.communicate()
        if 0 in owners:
            raise Escaped(f"root's rights, by {name}")


def _effective_user(pid: int) -> int | None:
    """The user whom a process acts for, once it has become another program."""
    try:
        if b"python" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return None
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[2]) for line in lines if line.startswith("Uid:")), None)


def read_inherited_files(marker: str) -> None:
    for number in range(3, 256):
        with suppress(OSError):
            if marker.encode() in os.pread(number, 1000, 0):
                raise Escaped(f"an open file of the arena, number {number}")


def open_terminal() -> None:
    with suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDWR))
        raise Escaped("the terminal of whoever started the arena")
