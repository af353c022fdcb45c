"""A Docker engine of our own, with its own socket and data, for as long as a test needs it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS_TO_START = 60.0
SECONDS_TO_STOP = 30.0
RUNSC = ["--network=none", "--platform=ptrace", "--host-fifo=open", "--oci-seccomp"]


@contextmanager
def private_docker() -> Iterator[str]:
    """Start the engine; its address for ``DOCKER_HOST``. Containers that are left are ended with it."""
    folder = Path(tempfile.mkdtemp(prefix="dk"))  # short: addresses of sockets may be no longer than 107 letters
    address = f"unix://{folder}/sock"
    configuration = {"runtimes": {"runsc": {"path": shutil.which("runsc"), "runtimeArgs": RUNSC}}}
    (folder / "daemon.json").write_text(json.dumps(configuration))
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(command(folder, address), stdout=log, stderr=log, start_new_session=True)
    try:
        wait_until_it_answers(daemon, address, folder)
        yield address
    finally:
        left = ask(address, "ps", "--quiet").stdout.split()
        if left:
            ask(address, "kill", *left)
        end(daemon)
        shutil.rmtree(folder, ignore_errors=True)


def command(folder: Path, address: str) -> list[str]:
    as_root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    places = {"--config-file": "daemon.json", "--data-root": "data", "--exec-root": "exec", "--pidfile": "pid"}
    return [
        *as_root,
        shutil.which("dockerd") or "/usr/sbin/dockerd",
        *(word for option, name in places.items() for word in (option, str(folder / name))),
        *("--host", address, "--group", str(os.getgid())),
        *("--iptables=false", "--bridge=none", "--storage-driver=vfs"),
    ]


def ask(address: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", "--host", address, *words], capture_output=True, text=True, check=False)


def wait_until_it_answers(daemon: subprocess.Popen[bytes], address: str, folder: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while ask(address, "version").returncode != 0:
        if daemon.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"dockerd does not start:\n{(folder / 'log').read_text()[-3000:]}")
        time.sleep(0.1)


def end(daemon: subprocess.Popen[bytes]) -> None:
    daemon.send_signal(signal.SIGTERM)
    try:
        daemon.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()
