"""The driver ``docker``: an author's code in a container, by runc, or by gVisor's runsc (``docker:runsc``).

The container shows the same as a bubblewrap sandbox does, from an image that holds nothing but empty folders; so there
is nothing to pull, and the runner inside is ours to the last line. Frames go through named pipes that are bound into
the container, as fast as through any other pipe, and are gone from the disk before an author's code runs. The first
process is our guard, which stops and continues the others, and ends everything when the arena is gone.
"""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import json
import os
import select
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from sparring.errors import HostTrouble, SparringError
from sparring.sandbox.folders import own_folder
from sparring.sandbox.isolation import controls
from sparring.sandbox.isolation.cgroup import groups_of_container, processes_in
from sparring.sandbox.isolation.controls import on
from sparring.sandbox.isolation.docker_engine import Engine, engine, sweep
from sparring.sandbox.isolation.docker_inside import Inside, inside_of
from sparring.sandbox.isolation.freezer import WordFreezer
from sparring.sandbox.isolation.guard import CONTINUE, HELLO, STOP, STREAMS
from sparring.sandbox.isolation.host_view import Shown
from sparring.sandbox.isolation.sandbox import Order
from sparring.sandbox.isolation.seccomp import docker_profile
from sparring.sandbox.isolation.user_ids import NOBODY, new_uid
from sparring.sandbox.limits import Limits

IMAGE_GONE = "no such image"
PIPES = (*STREAMS, "control", "status")
SPARE_PROCESSES, SPARE_THREADS = 8, 250
"""The guard's and the runtime's own, on top of what the agent may have; a runtime that is a kernel has many threads."""
SPARE_MIB = 192
"""For such a kernel itself."""
SECONDS_TO_START = 60.0
SECONDS_TO_DIE = 5.0
KILLED = 137

_numbers = itertools.count()


@dataclass(eq=False)
class Container:
    """A started sandbox; see ``Sandbox``."""

    engine: Engine
    name: str
    ends: dict[str, int]
    """This process's ends of the pipes, file descriptors by name."""
    freezer: WordFreezer
    uid: int | None = None
    groups: list[Path] = field(default_factory=list)
    _said: bytes = field(default=b"", init=False)
    _ended: bool = field(default=False, init=False)

    @property
    def stdin(self) -> int:
        return self.ends["stdin"]

    @property
    def stdout(self) -> int:
        return self.ends["stdout"]

    @property
    def stderr(self) -> int:
        return self.ends["stderr"]

    @property
    def root(self) -> int | None:
        return next((pid for group in self.groups for pid in processes_in(group)), None)

    def freeze(self) -> None:
        self.freezer.freeze()

    def thaw(self) -> None:
        self.freezer.thaw()

    def wait(self, seconds: float) -> bool:
        deadline = monotonic() + seconds
        poll = select.poll()
        poll.register(self.ends["status"], select.POLLIN)
        while not self._ended:
            if not poll.poll(max(0.0, deadline - monotonic()) * 1000):
                return False
            word = os.read(self.ends["status"], 100)
            self._said += word
            self._ended = not word
        return True

    def out_of_memory(self) -> bool:
        """The guard counts; and it is never killed itself, but when there is no memory left for it."""
        report = self._report()
        return self._ended and (report is None or report[1] > 0)

    def killed_from_outside(self) -> bool:
        """The guard tells how everything in there ended. If it can't, it lacked memory, or the container is gone."""
        return False

    def kill(self) -> int:
        if not self.ends:
            return KILLED
        killed = not self.wait(0)
        if killed:
            self.freezer.close()  # the guard ends, and with it everything
            if not self.wait(SECONDS_TO_DIE):
                self.engine.run("kill", self.name, check=False)
                self.wait(SECONDS_TO_DIE)
        report = self._report()
        return KILLED if killed or report is None else report[0]

    def clean_up(self) -> None:
        self.freezer.close()
        for end in self.ends.values():
            os.close(end)
        self.ends.clear()

    def _report(self) -> tuple[int, int] | None:
        """(exit status, processes killed for their memory) as the guard has told it at the end."""
        words = self._said.split()
        return (int(words[0]), int(words[1])) if len(words) == 2 else None


class Docker:
    """The driver of one runtime: Docker's own, or one that its configuration names."""

    def __init__(self, runtime: str | None = None) -> None:
        self.runtime = runtime
        self._worked: set[tuple[int, str]] = set()

    def why_unavailable(self) -> str | None:
        """Why it can't be used here and how to get it; None if it works. Tries it out until it has worked once."""
        found = engine()
        if isinstance(found, str):
            return found
        if (os.getpid(), found.host) in self._worked:
            return None
        reason = found.lacks(self.runtime) or self._try_out()
        if reason is None:
            self._worked.add((os.getpid(), found.host))
        return reason

    def _try_out(self) -> str | None:
        with tempfile.TemporaryDirectory(prefix="sparring-try-") as folder:
            try:
                container = self.start_runner(Order(Path(folder), Limits()))
            except SparringError as error:
                return str(error)
            container.kill()
            container.clean_up()
        return None

    def start_runner(self, order: Order) -> Container:
        """Start the runner, or the program of an image, in a container. Raises SparringError if it can't."""
        found = engine()
        if isinstance(found, str):
            raise SparringError(found)
        try:
            return self.start(found, inside_of(found, order), order.limits)
        except SparringError as error:
            if order.image is None or IMAGE_GONE not in str(error).lower():
                raise
            return self.start(found, inside_of(found, order), order.limits)  # another worker had made room

    def start(self, found: Engine, inside: Inside, limits: Limits) -> Container:
        """Start a container with our guard. Raises SparringError if it can't."""
        sweep(found)
        with own_folder(0o700) as private:
            pipes = Path(private, "pipes")
            ends = make_pipes(pipes)
            name = f"sparring-{os.getpid()}-{next(_numbers)}-{os.urandom(4).hex()}"
            control = ends.pop("control")
            container = Container(found, name, ends, WordFreezer(control, STOP, CONTINUE))
            try:
                identity = found.run(*self._run_words(container, inside, limits, Path(private)))
                container.groups = groups_of_container(identity.strip())
                _await_hello(container)
                _close_other_ends(container, pipes)
            except SparringError as error:
                container.kill()
                container.clean_up()
                raise HostTrouble(f"Docker can't make a sandbox here: {error}") from error
        return container

    def _run_words(self, container: Container, inside: Inside, limits: Limits, private: Path) -> list[str]:
        found = container.engine
        words = ["run", "--detach", "--rm", "--name", container.name, *found.label()]
        words += [*_walls(private, self.runtime), *_limits(limits, self.runtime)]
        words += [] if self.runtime is None else ["--runtime", self.runtime]
        words += ["--user", f"{_user(found)}:{NOBODY}"] if on(controls.USER) else []
        words += [word for key, value in inside.environment.items() for word in ("--env", f"{key}={value}")]
        if not on(controls.ENVIRONMENT):
            words += [word for key in os.environ for word in ("--env", key)]
        words += [word for each in inside.shown for word in ("--mount", _mount(each, on(controls.READ_ONLY)))]
        # runsc writes to no pipe of a read-only folder; nobody in there may make a file in this one.
        words += ["--mount", _mount(Shown(private / "pipes", Path(inside.pipes)), read_only=False)]
        return [*words, "--workdir", inside.workdir, inside.image, *inside.command]


def make_pipes(folder: Path) -> dict[str, int]:
    """Named pipes in a new ``folder``, and this process's ends of them, opened so that nobody waits for anybody."""
    folder.mkdir()
    folder.chmod(0o755)
    ends = {}
    for name in PIPES:
        os.mkfifo(folder / name)
        (folder / name).chmod(0o666)
        writes = name in ("stdin", "control")
        ends[name] = os.open(folder / name, (os.O_RDWR if writes else os.O_RDONLY) | os.O_NONBLOCK)
    return ends


def _await_hello(container: Container) -> None:
    """Wait until the guard has opened its ends of the pipes."""
    deadline = monotonic() + SECONDS_TO_START
    poll = select.poll()
    poll.register(container.ends["status"], select.POLLIN)
    while not container._said.startswith(HELLO):
        word = b""
        if poll.poll(max(0.0, deadline - monotonic()) * 1000):
            word = os.read(container.ends["status"], len(HELLO))
        if not word:
            said = b""
            with contextlib.suppress(BlockingIOError):
                said = os.read(container.stderr, 2000)
            raise SparringError(f"the guard in the container does not answer. {said.decode(errors='replace')}".strip())
        container._said += word
    container._said = b""


def _close_other_ends(container: Container, pipes: Path) -> None:
    """Keep only our ends of the pipes, and take their names away: nobody else will ever open them."""
    for name, end in (("stdin", container.stdin), ("control", container.freezer.file)):
        writer = os.open(pipes / name, os.O_WRONLY | os.O_NONBLOCK)
        os.dup2(writer, end, inheritable=False)
        os.close(writer)
    for name in PIPES:
        (pipes / name).unlink()


def _user(found: Engine) -> int:
    """A user id that nobody else has, but where the engine has only few."""
    return NOBODY if found.few_ids else new_uid()


def _mount(shown: Shown, read_only: bool) -> str:
    """The value of ``--mount``, which is a line of comma-separated values."""
    line = io.StringIO()
    mode = ["readonly"] if read_only else []
    csv.writer(line, lineterminator="").writerow(["type=bind", f"src={shown.folder}", f"dst={shown.place}", *mode])
    return line.getvalue()


WALLS = {
    controls.NETWORK: (["--network", "none"], ["--network", "host"]),
    controls.PROCESSES: ([], ["--pid", "host"]),
    controls.IPC: (["--ipc", "private"], ["--ipc", "host"]),
    controls.HOST_NAME: (["--hostname", "sandbox"], ["--uts", "host"]),
    controls.GROUPS_VIEW: (["--cgroupns", "private"], ["--cgroupns", "host"]),
    controls.CAPABILITIES: (["--cap-drop", "ALL"], []),
    controls.NO_NEW_PRIVILEGES: (["--security-opt", "no-new-privileges"], []),
    controls.READ_ONLY: (["--read-only"], []),
    controls.FILES: ([], ["--volume", "/:/host:ro"]),
}
"""Control -> Docker's words with it and without it."""


def _walls(private: Path, runtime: str | None) -> list[str]:
    # Its log would grow on the host's disk; what an author's code prints comes to us by a pipe.
    words = ["--pull", "never", "--log-driver", "none", "--dns", "127.0.0.1"]
    words += [word for control, (with_it, without) in WALLS.items() for word in (with_it if on(control) else without)]
    if not on(controls.SYSTEM_CALLS):
        return [*words, "--security-opt", "seccomp=unconfined"]
    profile = private / "seccomp.json"
    profile.write_text(json.dumps(docker_profile(own_kernel=runtime is not None)))
    return [*words, "--security-opt", f"seccomp={profile}"]


def _limits(limits: Limits, runtime: str | None) -> list[str]:
    words = []
    if on(controls.GROUP_MEMORY):
        memory = f"{limits.memory_mib + (SPARE_MIB if runtime else 0)}m"
        words += ["--memory", memory, "--memory-swap", memory]
    if on(controls.GROUP_PROCESSES):
        words += ["--pids-limit", str(limits.processes + (SPARE_THREADS if runtime else SPARE_PROCESSES))]
    if on(controls.GROUP_PROCESSOR):
        words += ["--cpus", str(limits.cores)]
    size, bounded = (f"{limits.tmp_mib}m", f",size={limits.tmp_mib}m") if on(controls.TMP_SIZE) else ("8g", "")
    shared = ["--shm-size", size] if on(controls.IPC) else []
    return [*words, *shared, "--tmpfs", f"/tmp:rw,exec,nosuid,nodev,mode=1777{bounded}"]
