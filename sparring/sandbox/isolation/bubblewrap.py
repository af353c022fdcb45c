"""The driver ``bubblewrap``: an author's code in namespaces of its own, with next to nothing to see and no way out.

No network; a read-only system of /usr, the interpreter, its packages and this package; the author's files read-only;
a small /tmp; own processes, IPC and host name; no environment; no capabilities; a system call filter; limits by
rlimits and, where we may make them, control groups. All of it dies with the arena's process.

As root the sandbox runs under a user id that nobody else has, so that limits bind; as an ordinary user it runs in a
user namespace. Between its turns it is frozen by its control group, or where there is none, stopped by a guard.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

from sparring.sandbox.isolation import controls
from sparring.sandbox.isolation.cgroup import ControlGroup, make_group
from sparring.sandbox.isolation.controls import on
from sparring.sandbox.isolation.forking import (
    ASLEEP,
    Entered,
    Sleeping,
    Zygote,
    brings_what_is_imported,
    can_enter,
)
from sparring.sandbox.isolation.freezer import Freezer, freezer_of, guard_freezer
from sparring.sandbox.isolation.host_view import ENVIRONMENT, GUARD, PYTHON, runner_command, zygote_command
from sparring.sandbox.isolation.sandbox import AGENT_FOLDER, PACKAGES, Order
from sparring.sandbox.isolation.seccomp import filter_program
from sparring.sandbox.isolation.user_ids import private_uid
from sparring.sandbox.isolation.walls import all_but_files, walls_of_zygote, with_walls
from sparring.sandbox.limits import Limits

MIB = 1024 * 1024
SECONDS_TO_DIE = 10.0
Started = TypeVar("Started")
HOW_TO_GET_IT = "Install it with: sudo apt install bubblewrap (or dnf, pacman, zypper)."
ENTER_GROUPS = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done; shift; exec "$@"'


@dataclass
class Bubble:
    """A started sandbox; see ``Sandbox``."""

    process: subprocess.Popen[bytes]
    pipes: tuple[IO[bytes], ...]
    """To standard input, from standard output, and from standard error."""
    group: ControlGroup | None
    uid: int | None
    first: int | None
    """A pidfd of the first process in the sandbox: when that dies, the kernel kills all others in there."""
    freezer: Freezer
    entered: Entered | None = None
    """The runner, where it was not started in there but has entered."""

    @property
    def stdin(self) -> int:
        return self.pipes[0].fileno()

    @property
    def stdout(self) -> int:
        return self.pipes[1].fileno()

    @property
    def stderr(self) -> int:
        return self.pipes[2].fileno()

    def freeze(self) -> None:
        self.freezer.freeze()

    def thaw(self) -> None:
        self.freezer.thaw()

    @property
    def root(self) -> int | None:
        if self.entered is not None:
            return self.entered.pid
        with contextlib.suppress(OSError, StopIteration, TypeError):
            lines = Path(f"/proc/self/fdinfo/{self.first}").read_text().splitlines()
            pid = int(next(line for line in lines if line.startswith("Pid:")).split()[1])
            return pid if pid > 0 else None
        return None

    @property
    def groups(self) -> Sequence[Path]:
        return self.group.folders if self.group is not None else ()

    def kill(self) -> int:
        if self.first is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.first, signal.SIGKILL)
            self.freezer.thaw()  # in version 1 of control groups, what is frozen doesn't even die
            gone = select.poll()
            gone.register(self.first, select.POLLIN)
            gone.poll(SECONDS_TO_DIE * 1000)
            os.close(self.first)
            self.first = None
        else:
            self.process.kill()
            self.freezer.thaw()
        if not self._wait_for_bubblewrap(SECONDS_TO_DIE):
            self.process.kill()
        status = _shell_status(self.process.wait())
        return status if self.entered is None else self.entered.status(SECONDS_TO_DIE)

    def wait(self, seconds: float) -> bool:
        return self._wait_for_bubblewrap(seconds) if self.entered is None else self.entered.wait(seconds)

    def _wait_for_bubblewrap(self, seconds: float) -> bool:
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def out_of_memory(self) -> bool:
        return self.group is not None and self.group.out_of_memory()

    def killed_from_outside(self) -> bool:
        """bubblewrap's first process stays outside of the namespaces; what happens in there it tells as a status."""
        return self.process.poll() == -signal.SIGKILL

    def clean_up(self) -> None:
        for pipe in self.pipes:
            pipe.close()
        if self.entered is not None:
            self.entered.close()
        self.freezer.close()
        if self.group is not None:
            self.group.remove()


def _shell_status(code: int) -> int:
    """An exit status as shells count: 128 + signal."""
    return 128 - code if code < 0 else code


def start_runner(order: Order) -> Bubble:
    """Start the runner in a sandbox of what was ordered. Raises SparringError if it can't."""
    bind = "--ro-bind" if on(controls.READ_ONLY) else "--bind"
    options = [bind, str(order.folder), AGENT_FOLDER, "--chdir", AGENT_FOLDER]
    packages = order.packages is not None
    options += ["--ro-bind", str(order.packages), PACKAGES] if packages else []
    options, group, uid = with_walls(options, order.limits), make_group(order.limits), _uid()
    bubble = None
    if group is not None and can_enter(group.doors) and not brings_what_is_imported(order.packages):
        bubble = on_launcher(lambda: _launch_asleep(options, group, uid, packages))
    return bubble or on_launcher(lambda: _launch(options, runner_command(packages), group, uid))


def start_in(options: list[str], program: list[str], limits: Limits) -> Bubble:
    """Start ``program`` with everything that every sandbox has and hides, and ``options`` beside."""
    return start(with_walls(options, limits), program, limits)


def why_unavailable() -> str | None:
    """Why this driver can't be used here and how to get it; None if it works. Tries it out until it has worked once."""
    if os.getpid() not in _worked:
        reason = _try_out()
        if reason is not None:
            return reason
        _worked.add(os.getpid())
    return None


_worked: set[int] = set()


def _try_out() -> str | None:
    if sys.platform != "linux":
        return "bubblewrap needs Linux. Elsewhere, run Sparring in a virtual machine or a container with Linux."
    program = shutil.which("bwrap")
    if program is None:
        return f"bubblewrap (bwrap) is not installed. {HOW_TO_GET_IT}"
    listing = subprocess.run([program, "--help"], capture_output=True, text=True, env={}, check=False).stdout
    if "--size" not in listing:
        return f"{program} is too old: it can't limit the size of /tmp. Get bubblewrap 0.8 or newer."
    if os.geteuid() == 0 and private_uid() is None:
        return "bubblewrap needs user ids that this root doesn't have. Start Sparring as an ordinary user."
    sandbox = start(all_but_files(Limits()), ["/usr/bin/true"], Limits())
    _, complaint = sandbox.process.communicate()
    status = sandbox.kill()
    sandbox.clean_up()
    if status == 0:
        return None
    reason = complaint.decode(errors="replace").strip() or f"exit status {status}"
    return f"bubblewrap can't make a sandbox here ({reason}). {_hint(reason)}"


def _hint(reason: str) -> str:
    if "uid map" in reason or "ermission denied" in reason or "not permitted" in reason:
        return (
            "Allow it to make user namespaces: on Ubuntu 23.10 and newer by the AppArmor profile bwrap-userns-restrict "
            "(package apparmor-profiles), elsewhere by: sudo sysctl kernel.unprivileged_userns_clone=1. "
            "A container has to be started with the right to do so."
        )
    return "Run `bwrap --unshare-all --ro-bind / / true` to see what this machine refuses."


def start(options: list[str], program: list[str], limits: Limits) -> Bubble:
    """Start ``program`` in a sandbox made with bubblewrap's ``options``."""
    group, uid = make_group(limits), _uid()
    return on_launcher(lambda: _launch(options, program, group, uid))


def _uid() -> int | None:
    return private_uid() if os.geteuid() == 0 and on(controls.USER) else None


def _launch(options: list[str], program: list[str], group: ControlGroup | None, uid: int | None) -> Bubble:
    freezer, inherited = freezer_of(group), []
    if freezer is None:
        freezer, control = guard_freezer()
        inherited.append(control)
        options = [*options, *(["--cap-add", "CAP_KILL"] if uid is not None else [])]
        program = [*PYTHON, GUARD, "--control", str(control), *program]
    process, first = _spawn(_entering(group, ["bwrap", *options]), program, inherited, (subprocess.PIPE,) * 3)
    return Bubble(process, _pipes_of(process), group, uid, first, freezer)


def _launch_asleep(options: list[str], group: ControlGroup, uid: int | None, packages: bool) -> Bubble | None:
    """A sandbox with a runner that was forked into it. None where it can't enter."""
    forker = zygote()
    freezer = freezer_of(group) if forker is not None else None
    if forker is None or freezer is None:
        return None
    (source, stdin), (stdout, sink), (stderr, errors) = (wide_pipe() for _ in range(3))
    pipes = os.fdopen(stdin, "wb", 0), os.fdopen(stdout, "rb", 0), os.fdopen(stderr, "rb", 0)
    command = _entering(group, ["bwrap", *options])
    process, first = _spawn(command, ASLEEP, [], (subprocess.DEVNULL, subprocess.PIPE, errors))
    (ready,) = _pipes_of(process)
    with ready:
        up = bool(ready.read(1))  # else bubblewrap has said why not, and whoever asks reads it
    rules = filter_program() if on(controls.SYSTEM_CALLS) else None
    entered = None
    if up and first is not None:
        entered = forker.fork_into(Sleeping(first, group.doors, rules, packages), (source, sink, errors))
    for end in (source, sink, errors):
        os.close(end)
    bubble = Bubble(process, pipes, group, uid, first, freezer, entered)
    if up and entered is None:
        bubble.kill()
        bubble.group = None  # is used again
        bubble.clean_up()
        return None
    return bubble


def _entering(group: ControlGroup | None, command: list[str]) -> list[str]:
    """A command that enters the group before anything else."""
    return command if group is None else ["/bin/sh", "-c", ENTER_GROUPS, "sh", *group.doors, "--", *command]


def _spawn(
    command: list[str], program: list[str], inherited: list[int], streams: Sequence[int]
) -> tuple[subprocess.Popen[bytes], int | None]:
    """Start bubblewrap; the process, and a pidfd of the first one in the sandbox. ``inherited`` files are closed."""
    info, info_end = os.pipe()
    inherited = [*inherited, info_end]
    command = [*command, "--info-fd", str(info_end)]
    rules = filter_program() if on(controls.SYSTEM_CALLS) else None
    if rules is not None:
        inherited.append(_file_of(rules))
        command += ["--seccomp", str(inherited[-1])]
    for end in inherited:
        os.set_inheritable(end, not on(controls.OUR_FILES))
    try:
        process = _popen([*command, "--", *program], inherited, streams)
    finally:
        for end in inherited:
            os.close(end)
    with os.fdopen(info, "rb") as answer:
        return process, _first_process(answer.read())


def _popen(command: list[str], inherited: list[int], streams: Sequence[int]) -> subprocess.Popen[bytes]:
    stdin, stdout, stderr = streams
    return subprocess.Popen(
        command,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        pipesize=MIB,
        bufsize=0,
        env=_own_environment(),
        cwd="/",
        pass_fds=inherited if on(controls.OUR_FILES) else (),
        close_fds=on(controls.OUR_FILES),
        start_new_session=True,
    )


def _pipes_of(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], ...]:
    return tuple(pipe for pipe in (process.stdin, process.stdout, process.stderr) if pipe is not None)


def wide_pipe() -> tuple[int, int]:
    """A pipe as wide as those of ``_popen``."""
    source, sink = os.pipe()
    fcntl.fcntl(sink, fcntl.F_SETPIPE_SZ, MIB)
    return source, sink


_zygotes: dict[tuple[int, str], Zygote] = {}


def zygote(driver: str = "bubblewrap") -> Zygote | None:
    """The process that forks runners for this one into sandboxes of ``driver``, started where none lives.

    None where it has turned out useless, or there is no bubblewrap to keep it in.
    """
    if shutil.which("bwrap") is None:
        return None
    key = (os.getpid(), driver)
    found = _zygotes.get(key)
    if found is None or (found.useful and not found.alive()):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = ["bwrap", *walls_of_zygote(), "--", *zygote_command(theirs.fileno())]
            # It prints nothing, but what it forks takes its streams to be what they were here: pipes.
            process = _popen(command, [theirs.fileno()], (subprocess.PIPE,) * 3)
        found = _zygotes[key] = Zygote(process, ours)
    return found if found.useful else None


def _own_environment() -> dict[str, str] | None:
    """bubblewrap's own environment, which processes in there can read: not the arena's."""
    return {"PATH": os.environ.get("PATH", ENVIRONMENT["PATH"])} if on(controls.ENVIRONMENT) else None


def _first_process(info: bytes) -> int | None:
    """A pidfd of the process that bubblewrap names in ``info``; None if it never came so far."""
    try:
        return os.pidfd_open(json.loads(info)["child-pid"])
    except (ValueError, KeyError, OSError):
        return None


def _file_of(content: bytes) -> int:
    file = os.memfd_create("sparring-filter")
    os.write(file, content)
    os.lseek(file, 0, os.SEEK_SET)
    return file


_launchers: dict[int, ThreadPoolExecutor] = {}


def on_launcher(call: Callable[[], Started]) -> Started:
    """Run ``call`` on a thread that lives as long as this process.

    The kernel takes the thread that started a process for its parent, and kills a sandbox when its parent ends.
    """
    launcher = _launchers.get(os.getpid())
    if launcher is None:
        launcher = _launchers[os.getpid()] = ThreadPoolExecutor(1, thread_name_prefix="sandbox-launcher")
    return launcher.submit(call).result()
