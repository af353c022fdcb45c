"""The driver ``bubblewrap``: an author's code in namespaces of its own, with next to nothing to see and no way out.

No network; a read-only system of /usr, the interpreter, its packages and this package; the author's files read-only;
a small /tmp; own processes, IPC and host name; no environment; no capabilities; a system call filter; limits by
rlimits and, where we may make them, control groups. All of it dies with the arena's process.

As root the sandbox runs under a user id that nobody else has, so that limits bind; as an ordinary user it runs in a
user namespace. Between its turns it is frozen by its control group, or where there is none, stopped by a guard.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sparring.sandbox.isolation import controls
from sparring.sandbox.isolation.cgroup import ControlGroup, make_group
from sparring.sandbox.isolation.controls import on
from sparring.sandbox.isolation.freezer import Freezer, freezer_of, guard_freezer
from sparring.sandbox.isolation.host_view import (
    ENVIRONMENT,
    GUARD,
    PYTHON,
    Shown,
    interpreter_folders,
    runner_command,
    system_files,
    system_folders,
    system_links,
)
from sparring.sandbox.isolation.sandbox import AGENT_FOLDER, PACKAGES, Order
from sparring.sandbox.isolation.seccomp import filter_program
from sparring.sandbox.isolation.user_ids import NOBODY, private_uid
from sparring.sandbox.limits import Limits

MIB = 1024 * 1024
SECONDS_TO_DIE = 10.0
HOW_TO_GET_IT = "Install it with: sudo apt install bubblewrap (or dnf, pacman, zypper)."
ENTER_GROUPS = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done; shift; exec "$@"'


@dataclass
class Bubble:
    """A started sandbox; see ``Sandbox``."""

    process: subprocess.Popen[bytes]
    group: ControlGroup | None
    uid: int | None
    first: int | None
    """A pidfd of the first process in the sandbox: when that dies, the kernel kills all others in there."""
    freezer: Freezer

    @property
    def stdin(self) -> int:
        assert self.process.stdin is not None
        return self.process.stdin.fileno()

    @property
    def stdout(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    @property
    def stderr(self) -> int:
        assert self.process.stderr is not None
        return self.process.stderr.fileno()

    def freeze(self) -> None:
        self.freezer.freeze()

    def thaw(self) -> None:
        self.freezer.thaw()

    @property
    def root(self) -> int | None:
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
        if not self.wait(SECONDS_TO_DIE):
            self.process.kill()
        return _shell_status(self.process.wait())

    def wait(self, seconds: float) -> bool:
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
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
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
    if order.packages is not None:
        options += ["--ro-bind", str(order.packages), PACKAGES]
    return start_in(options, runner_command(order.packages is not None), order.limits)


def start_in(options: list[str], program: list[str], limits: Limits) -> Bubble:
    """Start ``program`` with everything that every sandbox has and hides, and ``options`` beside."""
    last = ["--remount-ro", "/"] if on(controls.READ_ONLY) else []
    return start([*_options(limits), *options, *last], program, limits)


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
    sandbox = start(_options(Limits()), ["/usr/bin/true"], Limits())
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
    group = make_group(limits)
    uid = private_uid() if os.geteuid() == 0 and on(controls.USER) else None
    return _on_launcher(lambda: _launch(options, program, group, uid))


def _launch(options: list[str], program: list[str], group: ControlGroup | None, uid: int | None) -> Bubble:
    info, info_end = os.pipe()
    inherited = [info_end]
    freezer = freezer_of(group)
    if freezer is None:
        freezer, control = guard_freezer()
        inherited.append(control)
        options = [*options, *(["--cap-add", "CAP_KILL"] if uid is not None else [])]
        program = [*PYTHON, GUARD, "--control", str(control), *program]
    command = ["bwrap", *options, "--info-fd", str(info_end)]
    rules = filter_program() if on(controls.SYSTEM_CALLS) else None
    if rules is not None:
        inherited.append(_file_of(rules))
        command += ["--seccomp", str(inherited[-1])]
    command += ["--", *program]
    if group is not None:
        command = ["/bin/sh", "-c", ENTER_GROUPS, "sh", *group.doors, "--", *command]
    for end in inherited:
        os.set_inheritable(end, not on(controls.OUR_FILES))
    try:
        process = _spawn(command, inherited)
    finally:
        for end in inherited:
            os.close(end)
    with os.fdopen(info, "rb") as answer:
        return Bubble(process, group, uid, _first_process(answer.read()), freezer)


def _spawn(command: list[str], inherited: list[int]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pipesize=MIB,
        bufsize=0,
        env=_own_environment(),
        cwd="/",
        pass_fds=inherited if on(controls.OUR_FILES) else (),
        close_fds=on(controls.OUR_FILES),
        start_new_session=True,
    )


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


def _options(limits: Limits) -> list[str]:
    """bubblewrap's options, but for the author's files."""
    # /tmp comes before the interpreter, which may lie below it.
    interpreter = [word for shown in interpreter_folders() for word in _show(shown)]
    return [*_namespaces(), *_environment(), *_system(), *_own_folders(limits), *interpreter]


NAMESPACES = {
    controls.IPC: ["--unshare-ipc"],
    controls.PROCESSES: ["--unshare-pid"],
    controls.NETWORK: ["--unshare-net"],
    controls.HOST_NAME: ["--unshare-uts", "--hostname", "sandbox"],
    controls.GROUPS_VIEW: ["--unshare-cgroup-try"],
    controls.DIES_WITH_ARENA: ["--die-with-parent"],
    controls.CAPABILITIES: ["--cap-drop", "ALL"],
}


def _namespaces() -> list[str]:
    options = ["--new-session", *(word for name, words in NAMESPACES.items() if on(name) for word in words)]
    if os.geteuid() == 0:
        needed = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")  # until the runner has become somebody else
        return [*options, *(word for name in needed for word in ("--cap-add", name))]
    return [*options, "--unshare-user", "--uid", str(NOBODY), "--gid", str(NOBODY)]


def _environment() -> list[str]:
    clear = ["--clearenv"] if on(controls.ENVIRONMENT) else []
    return [*clear, *(word for name, value in ENVIRONMENT.items() for word in ("--setenv", name, value))]


def _system() -> list[str]:
    options = [] if on(controls.FILES) else ["--ro-bind", "/", "/host"]
    options += [word for shown in system_folders() for word in ("--ro-bind", str(shown.folder), str(shown.place))]
    options += [word for place, target in system_links().items() for word in ("--symlink", target, place)]
    options += ["--perms", "0755", "--dir", "/etc"]
    options += [word for shown in system_files() for word in ("--ro-bind", str(shown.folder), str(shown.place))]
    return [*options, "--proc", "/proc"]


def _show(shown: Shown) -> list[str]:
    """Options that show a folder read-only. The folders above it hold nothing else, but let one pass."""
    above = [
        word for parent in reversed(shown.place.parents[:-1]) for word in ("--perms", "0755", "--dir", str(parent))
    ]
    return [*above, "--ro-bind", str(shown.folder), str(shown.place)]


def _own_folders(limits: Limits) -> list[str]:
    options = ["--dev", "/dev"]
    size = ["--size", str(limits.tmp_mib * MIB)] if on(controls.TMP_SIZE) else []
    for folder in ("/dev/shm", "/tmp"):
        options += ["--perms", "1777", *size, "--tmpfs", folder]
    return [*options, "--remount-ro", "/dev"] if on(controls.READ_ONLY) else options


_launchers: dict[int, ThreadPoolExecutor] = {}


def _on_launcher(call: Callable[[], Bubble]) -> Bubble:
    """Run ``call`` on a thread that lives as long as this process.

    The kernel takes the thread that started a process for its parent, and kills a sandbox when its parent ends.
    """
    launcher = _launchers.get(os.getpid())
    if launcher is None:
        launcher = _launchers[os.getpid()] = ThreadPoolExecutor(1, thread_name_prefix="sandbox-launcher")
    return launcher.submit(call).result()
