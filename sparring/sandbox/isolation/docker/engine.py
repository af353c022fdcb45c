"""The Docker engine that this process can reach, asked through its client, or where time matters, by ``api``."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sparring.errors import SparringError
from sparring.sandbox.isolation.docker import api
from sparring.sandbox.isolation.host_view import system_links
from sparring.sandbox.isolation.user_ids import ALL_IDS

HOW_TO_GET_IT = "Install it with: sudo apt install docker.io (or dnf, pacman, zypper: docker)."
HOW_TO_GET_RUNSC = (
    "Install gVisor (sudo apt install runsc) and add to /etc/docker/daemon.json: "
    '{"runtimes": {"runsc": {"path": "/usr/bin/runsc", "runtimeArgs": ["--host-fifo=open", "--oci-seccomp"]}}}'
)
LABEL = "sparring.arena"
PLACES = ("usr", "agent", "house", "house/sparring", "packages", "pipes", "proc", "dev", "sys", "tmp", "etc")


@dataclass(frozen=True)
class Engine:
    """A Docker engine that answers."""

    host: str
    runtimes: tuple[str, ...]
    few_ids: bool
    """Whether it runs as an ordinary user or maps user ids, so that containers have only some thousands."""
    cgroup_driver: str = ""
    version: str = ""
    """Of its interface."""

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What its own interface answers. Raises SparringError with its complaint."""
        return api.ask(self.host, method, f"/v{self.version}{path}", body)

    def run(self, *words: str, check: bool = True, given: bytes = b"", seconds: float = api.SECONDS_TO_ANSWER) -> str:
        """What the client prints for ``words``. Raises SparringError with its complaint if it fails."""
        # A configuration of its own: the user's could put proxies, with their passwords, into every container.
        with tempfile.TemporaryDirectory(prefix="sparring-docker-") as empty:
            return _ask(self.command(empty, *words), check, given, seconds)

    def command(self, configuration: str, *words: str) -> list[str]:
        """The client's command line for ``words``, with the folder of its configuration."""
        return ["docker", "--config", configuration, "--host", self.host, *words]

    def lacks(self, runtime: str | None) -> str | None:
        """None if the engine has ``runtime``, else how to get it."""
        if runtime is None or runtime in self.runtimes:
            return None
        return f"Docker at {self.host} has no runtime '{runtime}'. {HOW_TO_GET_RUNSC}"

    def image(self) -> str:
        """The name of an image of empty folders and the links of this system's top, made if it isn't there yet."""
        return _made_image(self)

    def labels(self) -> dict[str, str]:
        """What marks a container as this process's."""
        return {LABEL: f"{_home()}:{os.getpid()}"}


def engine() -> Engine | str:
    """The engine that ``DOCKER_HOST`` or the client's context names; or why there is none and how to get it."""
    if shutil.which("docker") is None:
        return f"Docker is not installed. {HOW_TO_GET_IT}"
    key = tuple(os.environ.get(name, "") for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "PATH"))
    try:
        return _engine(key)
    except SparringError as error:
        hint = "Start it with: sudo systemctl start docker."
        if "permission denied" in str(error).lower():
            hint = "Let this user use it with: sudo usermod -aG docker USER (whoever is in that group can become root)."
        return f"Docker does not answer ({error}). {hint}"


@lru_cache(maxsize=8)
def _engine(_key: tuple[str, ...]) -> Engine:
    host = os.environ.get("DOCKER_HOST") or _ask(
        ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    )
    version = str(api.ask(host, "GET", "/version")["ApiVersion"])
    about = api.ask(host, "GET", f"/v{version}/info")
    few = any("rootless" in option or "userns" in option for option in about.get("SecurityOptions") or [])
    driver = str(about.get("CgroupDriver") or "")
    return Engine(host, tuple(about.get("Runtimes") or ()), few or not _all_ids(), driver, version)


def _all_ids() -> bool:
    lines = Path("/proc/self/uid_map").read_text().splitlines()
    return any(int(line.split()[2]) == ALL_IDS for line in lines)


def _ask(command: list[str], check: bool = True, given: bytes = b"", seconds: float = api.SECONDS_TO_ANSWER) -> str:
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SparringError(f"{command[0]} gives no answer: {type(error).__name__}") from error
    if check and done.returncode != 0:
        complaint = done.stderr.decode(errors="replace").strip().removeprefix("docker: ")
        raise SparringError(complaint.splitlines()[0] if complaint else f"exit status {done.returncode}")
    return done.stdout.decode(errors="replace").strip()


@lru_cache(maxsize=8)
def _made_image(engine: Engine) -> str:
    content = _image_content()
    name = f"sparring-sandbox:{hashlib.sha256(content).hexdigest()[:12]}"
    if not engine.run("image", "ls", "--quiet", name):
        engine.run("import", "-", name, given=content)
    return name


def _image_content() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for place in PLACES:
            folder = tarfile.TarInfo(place)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o1777 if place == "tmp" else 0o755
            archive.addfile(folder)
        for place, target in sorted(system_links().items()):
            link = tarfile.TarInfo(place.lstrip("/"))
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)
    return content.getvalue()


@lru_cache(maxsize=8)
def sweep(engine: Engine) -> None:
    """Remove, once, the containers of arenas of this machine that were killed before they could do it."""
    listing = engine.run(
        "ps", "--all", "--filter", f"label={LABEL}", "--format", f'{{{{.Names}}}} {{{{.Label "{LABEL}"}}}}'
    )
    for line in listing.splitlines():
        name, _, owner = line.partition(" ")
        home, _, pid = owner.rpartition(":")
        if home == _home() and not Path("/proc", pid).exists():
            with contextlib.suppress(SparringError):
                engine.run("rm", "--force", name)


def _home() -> str:
    """Where process ids mean what they mean here: this start of the machine, and this namespace."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
