"""One step of a build: a command that may write into one folder, under limits of time, size and memory.

It runs in the same sandbox as agents do. Where a step needs packages, it reaches the package index through a proxy that
lets through to that index and nothing else; every other step has no network at all.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from time import monotonic

from sparring.agents.artefact import Artefact
from sparring.agents.author_code import Log
from sparring.errors import HostTrouble, SparringError
from sparring.sandbox.isolation.build import builders, start_build
from sparring.sandbox.isolation.cgroup import counts_memory
from sparring.sandbox.isolation.sandbox import Sandbox
from sparring.sandbox.limits import Limits, rlimits
from sparring.sandbox.package_index import PackageIndex
from sparring.sandbox.package_proxy import open_door
from sparring.sandbox.protocol import pack

MIB = 1024 * 1024
LOOK_EVERY_SECONDS = 0.25
CHUNK = 65_536
MOST_FILES = 50_000
LEAST_FREE_BYTES = 16 * MIB
"""With less, a step that fails does so because the disk is full, which is not its author's fault."""
SECONDS_TO_END = 5.0
RESERVED = ("DATA", "AS")
"""The limits of the kernel on what a process has reserved, whether it uses it or not."""


@dataclass(frozen=True)
class BuildLimits:
    """What a build may use."""

    seconds: float = 600.0
    """Wall clock of all steps together."""
    size_mib: int = 2048
    """Size of what it makes."""
    memory_mib: int = 2048
    processes: int = 64

    def of_sandbox(self) -> Limits:
        """The same as limits of a sandbox."""
        return Limits(
            memory_mib=self.memory_mib,
            processes=self.processes,
            files=1024,
            file_mib=self.size_mib,
            tmp_mib=self.size_mib // 2,
            cpu_seconds=int(self.seconds) + 1,
        )


class BuildFailed(SparringError):
    """A build can't go on; the message says why in a sentence for its author."""


class OverLimit(BuildFailed):
    """A build has taken more than it may; the message says of what, and in which step."""


@dataclass
class Workshop:
    """Where a build happens: a folder, what limits it, and who listens."""

    folder: Path
    """The only place that a step may write to; it is the working directory."""
    limits: BuildLimits = BuildLimits()
    say: Callable[[str], None] = lambda _text: None
    """Gets what the steps print, as it comes."""
    check: Callable[[], None] = lambda: None
    """Called now and then; what it raises ends the build."""
    drivers: tuple[str, ...] = field(default_factory=builders)
    """Sandboxes in which its steps may run; the first that works here is taken."""
    doing: str = ""
    """What its next step is for, as in ``while its packages were installed``: part of what is said of a limit."""
    ends: float = 0.0
    """When its time is over, as ``monotonic`` tells it; counted from now on where nothing is said."""

    def __post_init__(self) -> None:
        self.ends = self.ends or monotonic() + self.limits.seconds

    def within(self, folder: Path, doing: str | None = None) -> Workshop:
        """The same workshop, with what is left of its time, in another folder, and perhaps for another step."""
        return replace(self, folder=folder, doing=self.doing if doing is None else doing)

    def check_time(self) -> None:
        """Raise OverLimit when its time is over."""
        if monotonic() > self.ends:
            raise self._over(f"It took longer than the {self.limits.seconds:.0f} s that a build may take")

    def check_size(self, size: int, files: int = 0) -> None:
        """Raise OverLimit where so many bytes, or files, are more than a build may make."""
        if size >= self.limits.size_mib * MIB:
            raise self.too_large()
        if files > MOST_FILES:
            raise self._over(f"It made more than {MOST_FILES} files")

    def too_large(self) -> OverLimit:
        """What to raise when there is no more room for what it makes or fetches."""
        return self._over(f"It grew beyond the {self.limits.size_mib} MiB that a build may make")

    def out_of_memory(self) -> OverLimit:
        """What to raise when something was killed for its memory."""
        return self._over(f"It used more than the {self.limits.memory_mib} MiB of memory that a build may use")

    def _over(self, sentence: str) -> OverLimit:
        return OverLimit(f"{', '.join(filter(None, (sentence, self.doing)))}.")


def run_step(
    workshop: Workshop,
    command: Sequence[str],
    index: PackageIndex | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run ``command`` in the sandbox. ``index``: the package index that it may reach.

    Raises BuildFailed when it fails, OverLimit when it reaches a limit, HostTrouble on a full disk, SparringError when
    there is no sandbox, and what ``workshop.check`` raises. Nothing that it has started is alive afterwards.
    """
    limits, overdrawn = workshop.limits.of_sandbox(), Event()
    with open_door(index, workshop.limits.size_mib * MIB, overdrawn) as door:
        shown = {index.folder: index.place} if index is not None and index.folder is not None else {}
        sandbox = start_build(workshop.folder, limits, door, shown, workshop.drivers)
        try:
            if sandbox.uid is not None:
                _give_to(workshop.folder, sandbox.uid)
            order = {
                "type": "build",
                "rlimits": _rlimits(limits, sandbox),
                "uid": sandbox.uid,
                "command": list(command),
                "environment": dict(environment or {}),
                "door": door is not None,
            }
            _send(sandbox, pack(order))
            _watch(sandbox, workshop)
            memory = sandbox.out_of_memory()
        finally:
            status = sandbox.kill()
            sandbox.clean_up()
            _give_to(workshop.folder, os.getuid())
        if status and shutil.disk_usage(workshop.folder).free < LEAST_FREE_BYTES:
            raise HostTrouble("The disk is full, so nothing can be built now.")
    if status and memory:
        raise workshop.out_of_memory()
    if status and overdrawn.is_set():
        raise workshop.too_large()
    if status == 127:
        raise BuildFailed(f"There is no program '{command[0]}' in the sandbox in which builds run.")
    if status:
        raise BuildFailed(f"'{_shown(command)}' ended with exit status {status}.")
    workshop.check_size(*size_of(workshop.folder))


def compile_program(
    artefact: Artefact, folder: Path, workshop: Workshop | None = None, drivers: Iterable[str] = ()
) -> None:
    """Compile the files of a program that were unpacked into ``folder``, without network. Raises BuildFailed.

    ``drivers``: those that are preferred where there is no workshop.
    """
    prints = Log()
    ours = Workshop(folder, say=prints.add, drivers=builders(drivers))
    workshop = (workshop or ours).within(folder, f"while '{_shown(artefact.compile)}' compiled it")
    workshop.say(f"$ {' '.join(artefact.compile)}\n")
    try:
        run_step(workshop, artefact.compile)
    except BuildFailed as failure:
        raise BuildFailed(f"{failure}\n{prints.text}".strip()) from failure
    seal(folder)


def seal(folder: Path) -> None:
    """Make what a build has left readable for everyone and harmless: no links out, no special bits, no devices.

    Raises BuildFailed for a link that leads out of the folder.
    """
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                if not path.resolve().is_relative_to(folder.resolve()) or path.readlink().is_absolute():
                    raise BuildFailed(
                        f"The build made a link {path.relative_to(folder)}, which leads out of its folder."
                    )
            elif stat.S_ISDIR(mode):
                path.chmod(0o755)
            elif stat.S_ISREG(mode):
                path.chmod(0o755 if mode & stat.S_IXUSR else 0o644)
            else:
                path.unlink()
    folder.chmod(0o755)


def size_of(folder: Path) -> tuple[int, int]:
    """Bytes on disk and number of files below a folder that may change meanwhile."""
    size = files = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                size += Path(place, name).lstat().st_blocks * 512
            files += 1
    return size, files


def _watch(sandbox: Sandbox, workshop: Workshop) -> None:
    """Pass on what is printed until the step has ended. Raises BuildFailed at a limit."""
    prints = sandbox.stderr
    poll = select.poll()
    poll.register(prints, select.POLLIN | select.POLLHUP)
    looked = monotonic()
    while True:
        if poll.poll(LOOK_EVERY_SECONDS * 1000):
            text = os.read(prints, CHUNK)
            if not text:
                sandbox.wait(SECONDS_TO_END)
                return
            workshop.say(text.decode(errors="replace"))
        workshop.check_time()
        if monotonic() - looked > LOOK_EVERY_SECONDS:
            workshop.check()
            workshop.check_size(*size_of(workshop.folder))
            looked = monotonic()


def _rlimits(limits: Limits, sandbox: Sandbox) -> dict[str, tuple[int, int]]:
    """What the step puts itself under.

    Where its group counts the memory that is used, nothing limits what is reserved: compilers reserve much, and whoever
    is killed for using too much can be told from whoever failed in another way.
    """
    spared = RESERVED if counts_memory(sandbox.groups) else ()
    return {name: pair for name, pair in rlimits(limits).items() if name not in spared}


def _send(sandbox: Sandbox, frame: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(sandbox.stdin, frame)


def _give_to(folder: Path, uid: int) -> None:
    """Make everything below ``folder`` belong to ``uid``; only root's sandboxes need that."""
    if os.geteuid() != 0:
        return
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(place, name), uid, uid, follow_symlinks=False)
    os.chown(folder, uid, uid)


def _shown(command: Sequence[str]) -> str:
    return " ".join(command)[:200]
