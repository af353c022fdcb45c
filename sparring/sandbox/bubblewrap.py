"""The driver ``bubblewrap``: an author's code in namespaces of its own, with next to nothing to see and no way out.

No network; a read-only system of /usr, the interpreter, its packages and this package; the author's files read-only;
a small /tmp; own processes, IPC and host name; no environment; no capabilities; a system call filter; limits by
rlimits and, where we may make them, control groups. All of it dies with the arena's process.

As root the sandbox runs under a user id that nobody else has, so that limits bind; as an ordinary user it runs in a
user namespace.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgpack
import numpy as np

import sparring
from sparring.sandbox.cgroup import ControlGroup, make_group
from sparring.sandbox.limits import Limits
from sparring.sandbox.seccomp import filter_program

MIB = 1024 * 1024
AGENT_FOLDER = "/agent"
PACKAGES = "/packages"
"""Where the packages are that were installed for this one submission."""
PACKAGE_FOLDER = "/house"
NOBODY = 65534
ALL_IDS = 4_294_967_295
SECONDS_TO_DIE = 10.0
HOW_TO_GET_IT = "Install it with: sudo apt install bubblewrap (or dnf, pacman, zypper)."
RUNNER = "import sys; sys.path += {paths}; from sparring.sandbox.runner import main; main()"
ENTER_GROUPS = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done; shift; exec "$@"'
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",
    "TMPDIR": "/tmp",
    "USER": "agent",
    "LOGNAME": "agent",
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_CACHE_DIR": "/tmp/numba",
    "SPARRING_HOME": "/tmp/sparring",
    "SPARRING_CACHE": "/tmp/sparring-cache",
}


@dataclass
class Sandbox:
    """A started sandbox. Frames go through ``process.stdin`` and ``stdout``; what is printed comes from ``stderr``."""

    process: subprocess.Popen[bytes]
    group: ControlGroup | None
    uid: int | None
    """The user id that the runner takes on before anything else; None if it has the right one already."""
    first: int | None
    """A pidfd of the first process in the sandbox: when that dies, the kernel kills all others in there."""

    def kill(self) -> int:
        """Kill everything in the sandbox, wait until it is gone, and return bubblewrap's exit status."""
        if self.first is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.first, signal.SIGKILL)
            gone = select.poll()
            gone.register(self.first, select.POLLIN)
            gone.poll(SECONDS_TO_DIE * 1000)
            os.close(self.first)
            self.first = None
        else:
            self.process.kill()
        if not self.wait(SECONDS_TO_DIE):
            self.process.kill()
        return _shell_status(self.process.wait())

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended by itself, but no longer than ``seconds``."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def clean_up(self) -> None:
        """Give back what belongs to a sandbox that has ended."""
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        if self.group is not None:
            self.group.remove()


def _shell_status(code: int) -> int:
    """An exit status as shells count: 128 + signal."""
    return 128 - code if code < 0 else code


def start_runner(folder: Path, limits: Limits, packages: Path | None = None) -> Sandbox:
    """Start the runner in a sandbox that sees the author's files of ``folder``, and ``packages`` of its own.

    Raises SparringError if it can't.
    """
    options = [*_options(limits), "--ro-bind", str(folder), AGENT_FOLDER, "--chdir", AGENT_FOLDER]
    paths = [PACKAGE_FOLDER, *_package_folders()]
    if packages is not None:
        options += ["--ro-bind", str(packages), PACKAGES]
        paths.insert(1, PACKAGES)
    runner = [sys.executable, "-I", "-S", "-B", "-X", "faulthandler", "-c", RUNNER.format(paths=paths)]
    return start([*options, "--remount-ro", "/"], runner, limits)


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


def start(options: list[str], program: list[str], limits: Limits) -> Sandbox:
    """Start ``program`` in a sandbox made with bubblewrap's ``options``."""
    group = make_group(limits)
    uid = private_uid() if os.geteuid() == 0 else None
    return _on_launcher(lambda: _launch(options, program, group, uid))


def _launch(options: list[str], program: list[str], group: ControlGroup | None, uid: int | None) -> Sandbox:
    info, info_end = os.pipe()
    inherited = [info_end]
    command = ["bwrap", *options, "--info-fd", str(info_end)]
    rules = filter_program()
    if rules is not None:
        inherited.append(_file_of(rules))
        command += ["--seccomp", str(inherited[-1])]
    command += ["--", *program]
    if group is not None:
        command = ["/bin/sh", "-c", ENTER_GROUPS, "sh", *group.doors, "--", *command]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pipesize=MIB,
            bufsize=0,
            env={"PATH": os.environ.get("PATH", ENVIRONMENT["PATH"])},
            cwd="/",
            pass_fds=inherited,
            start_new_session=True,
        )
    finally:
        for end in inherited:
            os.close(end)
    with os.fdopen(info, "rb") as answer:
        return Sandbox(process, group, uid, _first_process(answer.read()))


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
    return [*_namespaces(), *_environment(), *_system(), *_own_folders(limits), *_interpreter()]


def _namespaces() -> list[str]:
    options = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    options += ["--hostname", "sandbox", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    if os.geteuid() == 0:
        return [*options, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    return [*options, "--unshare-user", "--uid", str(NOBODY), "--gid", str(NOBODY)]


def _environment() -> list[str]:
    return ["--clearenv", *(word for name, value in ENVIRONMENT.items() for word in ("--setenv", name, value))]


def _system() -> list[str]:
    options = ["--ro-bind", "/usr", "/usr"]
    for path in map(Path, ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")):
        if path.is_symlink():
            options += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            options += ["--ro-bind", str(path), str(path)]
    options += ["--perms", "0755", "--dir", "/etc"]
    for name in ("/etc/ld.so.cache", "/etc/alternatives"):
        options += ["--ro-bind-try", name, name]
    return [*options, "--proc", "/proc"]


def _interpreter() -> list[str]:
    """The interpreter, the packages that the runner needs, and this package, wherever they are."""
    resolved = Path(sys.executable).resolve().parents[1]
    folders = {Path(prefix) for prefix in (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)}
    folders |= {resolved, *(Path(str(package.__file__)).parents[1] for package in (np, msgpack))}
    options: list[str] = []
    for folder in sorted(folders):
        covered = any(other != folder and folder.is_relative_to(other) for other in folders)
        if not covered and not folder.is_relative_to("/usr"):
            options += _show(folder, folder)
    return options + _show(Path(str(sparring.__file__)).parent, Path(PACKAGE_FOLDER, "sparring"))


def _package_folders() -> list[str]:
    """Where installed packages are. The runner is told, because looking for them as Python does takes it long."""
    needed = [str(Path(str(package.__file__)).parents[1]) for package in (np, msgpack)]
    found = [entry for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")]
    return list(dict.fromkeys([*found, *needed]))


def _show(folder: Path, place: Path) -> list[str]:
    """Options that show ``folder`` read-only at ``place``. The folders above it hold nothing else, but let one pass."""
    above = [word for parent in reversed(place.parents[:-1]) for word in ("--perms", "0755", "--dir", str(parent))]
    return [*above, "--ro-bind", str(folder), str(place)]


def _own_folders(limits: Limits) -> list[str]:
    options = ["--dev", "/dev"]
    for folder in ("/dev/shm", "/tmp"):
        options += ["--perms", "1777", "--size", str(limits.tmp_mib * MIB), "--tmpfs", folder]
    return [*options, "--remount-ro", "/dev"]


def private_uid() -> int | None:
    """A user id that nobody else has; "nobody" where only few ids exist; None where not even that one does."""
    ranges = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    if any(count == ALL_IDS for _, _, count in ranges):
        return 0x40000000 + secrets.randbelow(0x20000000)
    return NOBODY if any(first <= NOBODY < first + count for first, _, count in ranges) else None


_launchers: dict[int, ThreadPoolExecutor] = {}


def _on_launcher(call: Callable[[], Sandbox]) -> Sandbox:
    """Run ``call`` on a thread that lives as long as this process.

    The kernel takes the thread that started a process for its parent, and kills a sandbox when its parent ends.
    """
    launcher = _launchers.get(os.getpid())
    if launcher is None:
        launcher = _launchers[os.getpid()] = ThreadPoolExecutor(1, thread_name_prefix="sandbox-launcher")
    return launcher.submit(call).result()
