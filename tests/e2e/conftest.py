"""A real arena (server, worker, SQLite) and a real browser (Debian's chromium)."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RunningArena:
    """``sparring up`` as a process of its own, in a data folder of its own."""

    def __init__(self, home: Path, port: int | None = None, *options: str) -> None:
        self.home, self.port, self.options = home, port or free_port(), options
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = ""
        self.link = ""
        self._up = threading.Event()

    def start(self) -> RunningArena:
        command = [sys.executable, "-m", "sparring.cli", "up", "--port", str(self.port), *self.options]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"SPARRING_HOME": str(self.home), "PYTHONUNBUFFERED": "1", "COLUMNS": "80"},
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._up.wait(SECONDS), f"The arena did not come up:\n{self.output}"
        return self

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line
            found = re.search(r"http://\S+/sign-in/\S+", line)
            self.link = found.group() if found else self.link
            if "Ctrl-C" in line:
                self._up.set()

    def interrupt(self) -> int:
        """Press Ctrl-C; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        status = self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        return status

    def processes(self) -> dict[str, int]:
        """The processes of this arena: name -> pid, read from the process table."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "cmdline").read_bytes().decode().split("\0")
                environment = (entry / "environ").read_bytes()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            if "sparring.site.processes" in words and f"SPARRING_HOME={self.home}".encode() in environment:
                found.setdefault(words[words.index("sparring.site.processes") + 1], int(entry.name))
        return found


@pytest.fixture(scope="package")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningArena]:
    running = RunningArena(tmp_path_factory.mktemp("arena"), None, "--no-learner").start()
    yield running
    running.interrupt()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "These tests need a browser: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, arena: RunningArena) -> Iterator[Page]:
    """A page that fails the test when the browser reports an error or a violated policy."""
    context: BrowserContext = browser.new_context(base_url=arena.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(SECONDS * 1000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert not [text for text in complaints if "status of 4" not in text], complaints
