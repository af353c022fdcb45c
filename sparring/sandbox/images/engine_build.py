"""Builds a Dockerfile by the engine of this machine, as one step of a build: under limits, and with hardly a network.

The builder's steps share the network of a container of ours, which has none but a way to the package index. They are
put below a control group that limits them together, where we can make one.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic, time

from sparring.errors import HostTrouble, SparringError
from sparring.sandbox.build_step import PROXY
from sparring.sandbox.building import CHUNK, LEAST_FREE_BYTES, LOOK_EVERY_SECONDS, BuildFailed, Workshop
from sparring.sandbox.images.archive import MIB
from sparring.sandbox.images.rules import ImageRules
from sparring.sandbox.isolation.cgroup import group_for_builds
from sparring.sandbox.isolation.docker.driver import Docker
from sparring.sandbox.isolation.docker.engine import Engine, engine
from sparring.sandbox.isolation.docker.inside import inside_of_door
from sparring.sandbox.limits import Limits
from sparring.sandbox.package_proxy import open_door

SECONDS_BETWEEN_SIZES = 1.0
SECONDS_TO_SAVE = 300.0
MADE = re.compile(r"^ ---> ([0-9a-f]{12})$", re.MULTILINE)
RUNNING = re.compile(r"^ ---> Running in ([0-9a-f]{12})$")
BEGUN = re.compile(r"^Step (\d+/\d+) : (.+)$")
NOISE = re.compile(r"DEPRECATED: The legacy builder.*?\n\n|Sending build context[^\n]*\n?", re.DOTALL)
FILE_SIZE_FLAG, PERIOD = "fsize", 100_000


def build_archive(context: Path, bases: list[str], target: Path, workshop: Workshop, rules: ImageRules) -> None:
    """Build the Dockerfile of ``context`` and save the image as ``target``.

    Raises BuildFailed with a sentence for its author, SparringError where there is no engine, HostTrouble on a full
    disk, and what ``workshop.check`` raises. Nothing of it is left in the engine.
    """
    found = engine()
    if isinstance(found, str):
        raise HostTrouble(f"Images can't be built here: {found}")
    for base in bases:
        _require(found, base, workshop, rules)
    before = set(_all_images(found))
    name = f"sparring-build:{os.urandom(8).hex()}"
    prints = Prints()
    try:
        with _own_network(found, workshop, rules) as network, group_for_builds(workshop.limits.of_sandbox()) as group:
            parent = ["--cgroup-parent", group] if group and found.cgroup_driver == "cgroupfs" else []
            words = ["build", "--network", f"container:{network}", *parent, *_limits(workshop), *_arguments(rules)]
            _run(found, [*words, "--tag", name, str(context)], network, workshop, prints)
        size = int(found.run("image", "inspect", "--format", "{{.Size}}", name))
        if size > rules.most_mib * MIB:
            raise BuildFailed(f"The image has {size // MIB} MiB; {rules.most_mib} MiB are allowed.")
        found.run("image", "save", "--output", str(target), name, seconds=SECONDS_TO_SAVE)
    finally:
        _remove(found, [name, *reversed([each for each in prints.made if each not in before])])


@dataclass
class Prints:
    """What the builder prints: its end, for a sentence, and the images that it says it made."""

    text: str = ""
    made: list[str] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    """The containers of its steps."""
    step: str = ""
    """Where it is, as in ``in step 2/4 of the Dockerfile, RUN make``."""
    _line: str = ""

    def add(self, text: str) -> None:
        lines = (self._line + text).split("\n")
        self._line = lines.pop()[-1000:]
        self.made += [found[1] for line in lines if (found := MADE.match(line))]
        self.ran += [found[1] for line in lines if (found := RUNNING.match(line))]
        for begun in filter(None, map(BEGUN.match, lines)):
            self.step = f"in step {begun[1]} of the Dockerfile, {begun[2][:200]}"
        self.text = (self.text + text)[-4000:]

    @property
    def last_line(self) -> str:
        lines = [line.strip() for line in self.text.splitlines() if line.strip()]
        return lines[-1][:300] if lines else "it said nothing"


def _require(found: Engine, base: str, workshop: Workshop, rules: ImageRules) -> None:
    """Make sure that a base image is allowed and here. Raises BuildFailed."""
    if rules.bases is not None and base not in rules.bases:
        allowed = ", ".join(["scratch", *rules.bases])
        raise BuildFailed(f"The Dockerfile builds on {base}; this arena allows {allowed}.")
    if found.run("image", "ls", "--quiet", base):
        return
    if not rules.may_pull:
        raise BuildFailed(f"The base image {base} is not on this machine. Its organiser has to run: docker pull {base}")
    workshop.say(f"$ docker pull {base}\n")
    try:
        found.run("pull", "--quiet", base, seconds=max(1.0, workshop.ends - monotonic()))
    except SparringError as error:
        raise BuildFailed(f"The base image {base} can't be fetched: {error}") from error


@contextlib.contextmanager
def _own_network(found: Engine, workshop: Workshop, rules: ImageRules) -> Iterator[str]:
    """A container whose network the steps share: a way to the package index, if there is one, and nothing else.

    Where a step fails because no more was let in, OverLimit is raised in place of BuildFailed.
    """
    overdrawn = Event()
    with open_door(rules.index, workshop.limits.size_mib * MIB, overdrawn) as door:
        container = Docker().start(found, inside_of_door(found, door), Limits())
        try:
            yield container.name
        except BuildFailed as failure:
            raise (workshop.too_large() if overdrawn.is_set() else failure) from failure
        finally:
            container.kill()
            container.clean_up()


def _limits(workshop: Workshop) -> list[str]:
    limits = workshop.limits
    memory = f"{limits.memory_mib}m"
    words = ["--memory", memory, "--memory-swap", memory, "--shm-size", "64m"]
    words += ["--cpu-period", str(PERIOD), "--cpu-quota", str(PERIOD), "--ulimit", "core=0", "--ulimit", "nofile=1024"]
    words += ["--ulimit", f"{FILE_SIZE_FLAG}={limits.size_mib * MIB}"]
    return [*words, "--no-cache", "--force-rm", "--pull=false"]


def _arguments(rules: ImageRules) -> list[str]:
    """What the steps are told: the way out, which no image keeps, and the index for those who ask (``ARG``)."""
    if rules.index is None or rules.index.folder is not None:
        return []
    pairs = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), PROXY)
    pairs["PIP_INDEX_URL"] = rules.index.url
    return [word for name, value in pairs.items() for word in ("--build-arg", f"{name}={value}")]


def _run(found: Engine, words: list[str], network: str, workshop: Workshop, prints: Prints) -> None:
    """Run the client until it has ended; when it is killed, the engine stops the step that is under way."""
    began = time()
    with tempfile.TemporaryDirectory(prefix="sparring-docker-") as empty:
        client = subprocess.Popen(
            found.command(empty, *words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ.get("PATH", ""), "HOME": empty, "DOCKER_BUILDKIT": "0"},
        )
        try:
            _watch(found, client, network, workshop, prints)
        finally:
            client.kill()
            status = client.wait()
            assert client.stdout is not None
            client.stdout.close()
            for step in _steps(found, network):
                found.run("kill", step, check=False)
    if status == 0:
        return
    if shutil.disk_usage(workshop.folder).free < LEAST_FREE_BYTES:
        raise HostTrouble("The disk is full, so nothing can be built now.")
    if _lacked_memory(found, began, prints.ran):
        raise workshop.out_of_memory()
    raise BuildFailed(f"The Dockerfile can't be built: {prints.last_line}")


def _lacked_memory(found: Engine, began: float, containers: list[str]) -> bool:
    """Whether the kernel has killed something in these containers for its memory, as the engine remembers."""
    when = ["--since", f"{began:.9f}", "--until", f"{time():.9f}"]
    killed = found.run("events", *when, "--filter", "event=oom", "--format", "{{.ID}}", check=False).split()
    return any(identity.startswith(container) for identity in killed for container in containers)


def _watch(found: Engine, client: subprocess.Popen[bytes], network: str, workshop: Workshop, prints: Prints) -> None:
    """Pass on what is printed. Raises BuildFailed at a limit."""
    assert client.stdout is not None
    poll = select.poll()
    poll.register(client.stdout, select.POLLIN | select.POLLHUP)
    looked = monotonic()
    while True:
        if poll.poll(LOOK_EVERY_SECONDS * 1000):
            text = os.read(client.stdout.fileno(), CHUNK).decode(errors="replace")
            if not text:
                client.wait()
                return
            prints.add(text)
            workshop.say(NOISE.sub("", text))
            workshop.doing = prints.step
        workshop.check()
        workshop.check_time()
        if monotonic() - looked > SECONDS_BETWEEN_SIZES:
            workshop.check_size(_written(found, network))
            looked = monotonic()


def _written(found: Engine, network: str) -> int:
    """How many bytes the step that runs now has written."""
    steps = _steps(found, network)
    sizes = found.run("inspect", "--size", "--format", "{{.SizeRw}}", *steps, check=False) if steps else ""
    return sum(int(size) for size in sizes.split() if size.isdecimal())


def _steps(found: Engine, network: str) -> list[str]:
    """The running containers that share the network of our own."""
    running = found.run("ps", "--quiet", "--no-trunc", check=False).split()
    if not running:
        return []
    about = found.run("inspect", "--format", "{{.Id}} {{.Name}} {{.HostConfig.NetworkMode}}", *running, check=False)
    containers = [line.split() for line in about.splitlines()]
    ours = [identity for identity, name, _ in containers if name == f"/{network}"]
    modes = {f"container:{each}" for each in (*ours, network)}
    return [identity for identity, _, mode in containers if mode in modes]


def _all_images(found: Engine) -> list[str]:
    return [name.removeprefix("sha256:")[:12] for name in found.run("image", "ls", "--all", "--quiet").split()]


def _remove(found: Engine, names: list[str]) -> None:
    """Remove what a build has made; what somebody else uses stays."""
    for name in dict.fromkeys(names):
        with contextlib.suppress(SparringError):
            found.run("image", "rm", name)
