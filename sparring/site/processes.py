"""The processes of an arena on one machine: the server, the worker, the house learner, and who looks after them."""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sparring.engine import home
from sparring.errors import SparringError

logger = logging.getLogger(__name__)

STOP_SECONDS = 5.0
"""How long a process may take to end after it has been asked to; then it is killed. Leases make that harmless."""
RESTART_SECONDS = 2.0
"""A process that ended is started again, but not more often than this."""
PR_SET_PDEATHSIG = 1
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
"""NumPy's and SciPy's own threads wait for each other; beside a learner that takes a refit from 0.05 to 0.8 seconds."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")
LEARNER_NAME, LEARNER_GAME = "Climber", "connect_four"


@dataclass
class Arena:
    """What to run, and where."""

    host: str = "127.0.0.1"
    port: int = 8000
    learner: bool = True
    workers: int = 1

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def commands(self) -> dict[str, list[str]]:
        """Name -> command line of each process."""
        module = [sys.executable, "-m", "sparring.site.processes"]
        commands = {"web": [*module, "web", "--host", self.host, "--port", str(self.port)]}
        commands |= {
            f"worker-{number}": [*module, "worker", "--name", f"worker-{number}"] for number in range(self.workers)
        }
        if self.learner:
            commands["learner"] = [*module, "learner"]
        return commands


@dataclass
class Supervisor:
    """Starts the processes, starts those anew that end, and stops them all."""

    arena: Arena
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        for name in self.arena.commands():
            self._spawn(name)

    def _spawn(self, name: str) -> None:
        logs = home() / "logs"
        logs.mkdir(exist_ok=True)
        with (logs / f"{name}.log").open("ab") as log:
            self.children[name] = subprocess.Popen(
                self.arena.commands()[name],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=ONE_THREAD | os.environ | {"SPARRING_SUPERVISOR": str(os.getpid())},
            )
        self.started[name] = time.monotonic()

    def restart_ended(self) -> list[str]:
        """Start those processes anew that have ended; their names."""
        ended = []
        for name, child in list(self.children.items()):
            if child.poll() is not None and time.monotonic() - self.started[name] > RESTART_SECONDS:
                ended.append(name)
                logger.warning("%s ended with status %s; starting it anew", name, child.returncode)
                self._spawn(name)
        return ended

    def wait_until_up(self, seconds: float = 120.0) -> None:
        """Return when the server answers. Raises SparringError when it does not in time."""
        deadline = time.monotonic() + seconds
        pause = threading.Event()
        while time.monotonic() < deadline:
            if self.children["web"].poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.arena.url}/api/ladders", timeout=5):
                    return
            except OSError:
                pause.wait(0.05)
        log = home() / "logs" / "web.log"
        raise SparringError(f"The server did not come up; its log, {log}, ends with:\n{_tail(log)}")

    def stop(self) -> None:
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


@contextmanager
def sole_arena() -> Iterator[None]:
    """Hold the data folder for one arena. Raises SparringError when another one runs on it."""
    path = home() / "arena.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            raise SparringError(
                f"An arena already runs on {home()} (process {owner}). "
                "Stop it with Ctrl-C in its terminal, or choose another folder with SPARRING_HOME."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def check_port(host: str, port: int) -> None:
    """Raise SparringError unless the server can listen there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SparringError(
                f"Can't listen on {host}:{port} ({error.strerror}). Choose another port: sparring up --port {port + 1}"
            ) from error


def _tail(path: Path, lines: int = 15) -> str:
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]) if path.exists() else ""


def die_with_supervisor() -> None:
    """End this process when the supervisor does, even if that was killed with -9 (Linux; elsewhere a no-op)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        supervisor = os.environ.get("SPARRING_SUPERVISOR")
        if supervisor and os.getppid() != int(supervisor):
            sys.exit(0)


def serve_web(host: str, port: int) -> None:
    """Serve the site with gunicorn: one process, eight threads."""
    from gunicorn.app.base import BaseApplication

    if host not in LOOPBACK:  # who opens the arena to the network does not know by which names it is called there
        os.environ.setdefault("SPARRING_HOSTS", "*")

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            settings: dict[str, Any] = {
                "bind": f"{host}:{port}",
                "workers": 1,
                "worker_class": "gthread",
                "threads": 8,
                "graceful_timeout": 2,
                "timeout": 120,
                "control_socket_disable": True,
            }
            for key, value in settings.items():
                if key in self.cfg.settings:
                    self.cfg.set(key, value)

        def load(self) -> Any:
            from sparring.site.wsgi import application

            return application

    Server().run()


def work(name: str) -> None:
    """Check submissions and play duels until asked to stop."""
    import sparring.site

    sparring.site.setup()
    from sparring.site.work.worker import run_worker

    run_worker(stop_on_signal(), f"{name}-{os.getpid()}")


def learn() -> None:
    """Train the house learner, niced, and enter its promoted checkpoints on the ladder.

    A checkpoint that was published by a process killed before it could enter it is entered now; twice does nothing.
    """
    import sparring.site

    sparring.site.setup()
    from sparring.learning.house import run_house_learner
    from sparring.models import Registry
    from sparring.site.ladders.entry import enter_version

    def enter(reference: object, metrics: dict[str, Any]) -> None:
        enter_version(LEARNER_NAME, LEARNER_GAME, f"model:{reference}", metrics=metrics)

    stop = stop_on_signal()
    for reference in [known for known in Registry().list(LEARNER_GAME) if known.name == f"{LEARNER_GAME}/house"][-1:]:
        enter(reference, Registry().manifest(reference).metrics)
    run_house_learner(stop, enter, game=LEARNER_GAME)


def stop_on_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def main(arguments: list[str] | None = None) -> None:
    """One process of the arena; started by the supervisor."""
    parser = argparse.ArgumentParser(prog="python -m sparring.site.processes")
    parser.add_argument("process", choices=["web", "worker", "learner"])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--name", default="worker")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    die_with_supervisor()
    if chosen.process == "web":
        serve_web(chosen.host, chosen.port)
    elif chosen.process == "worker":
        work(chosen.name)
    else:
        learn()


if __name__ == "__main__":
    main()
