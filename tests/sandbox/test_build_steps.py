"""Steps of builds: in every driver that can build, they may do the same, and end at the same limits."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from sparring.errors import SparringError
from sparring.sandbox.building import BuildFailed, BuildLimits, OverLimit, Workshop, run_step
from sparring.sandbox.isolation.build import builders
from sparring.sandbox.package_index import package_index
from tests.site.work.package_server import PackageServer

DRIVERS = ["bubblewrap", pytest.param("docker", marks=pytest.mark.xdist_group("docker"))]
PIP = [sys.executable, "-I", "-m", "pip", "--isolated", "--no-input", "--disable-pip-version-check"]
LOOKS_AROUND = """
import os, pathlib, socket, sys, urllib.error, urllib.request
def tried(act):
    try:
        act()
    except OSError as error:
        return f"no: {error}"[:40]
    return "yes"
host, port, index = "127.0.0.1", int(sys.argv[1]), sys.argv[2]
status = pathlib.Path("/proc/self/status").read_text()
print("direct", tried(lambda: socket.create_connection((host, port), 5).close()))
print("index", tried(lambda: urllib.request.urlopen(index, timeout=5)))
print("other", tried(lambda: urllib.request.urlopen(f"http://{host}:{port}/", timeout=5)))
print("outside", tried(lambda: pathlib.Path("/usr/mine").write_text("x")))
print("folder", tried(lambda: pathlib.Path("mine").write_text("x")))
print("host", sorted(name for name in os.environ if "SECRET" in name))
print("rights", {line.split()[1] for line in status.splitlines() if line.startswith("Cap")}, os.getuid() > 0)
"""


HOARDS = """python3 -c '
import os
mine = bytearray(b"x") * 80_000_000
if os.fork():
    os.wait()
    raise SystemExit(1)
for place in range(0, len(mine), 4096):
    mine[place] = 0
'"""
"""Two processes, of which neither takes too much."""


@pytest.fixture(params=DRIVERS)
def workshop(request, tmp_path):
    if request.param == "docker":
        request.getfixturevalue("docker")
    said: list[str] = []
    (tmp_path / "build").mkdir()
    limits = BuildLimits(seconds=60.0, size_mib=8)
    found = Workshop(tmp_path / "build", limits, said.append, drivers=(request.param,), doing="while it was tested")
    found.said = said
    return found


def test_a_step_reaches_the_package_index_and_nothing_else(workshop, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_ARENA", "x")
    server, other = PackageServer(), PackageServer()
    server.add("tiny_rules", "1.2")
    (workshop.folder / "look.py").write_text(LOOKS_AROUND)
    page = f"{server.url}tiny-rules/"
    try:
        look = [sys.executable, "-I", "look.py", str(other._server.server_port), page]
        run_step(workshop, look, package_index(server.url))
    finally:
        server.close()
        other.close()
    facts = dict(line.split(" ", 1) for line in "".join(workshop.said).splitlines())
    assert {name: fact[: len(FACTS[name])] for name, fact in facts.items()} == FACTS
    assert {path.lstat().st_uid for path in workshop.folder.rglob("*")} == {os.getuid()}


@pytest.mark.xdist_group("docker")
def test_packages_are_installed_in_a_container(docker, tmp_path):
    server = PackageServer()
    server.add("tiny_rules", "1.2", "ONE = 1\n")
    try:
        index = package_index(server.url)
        pip = [*PIP, "install", "--target", "packages", "tiny-rules", *index.pip_options]
        run_step(Workshop(tmp_path, drivers=("docker",)), pip, index)
    finally:
        server.close()
    assert (tmp_path / "packages" / "tiny_rules.py").read_text() == "ONE = 1\n"


FACTS = {
    "index": "yes",
    "direct": "no: [Errno 111] Connection refused",
    "other": "no: HTTP Error 403: Builds reach the pac",
    "outside": "no: [Errno 30] Read-only file system",
    "folder": "yes",
    "host": "[]",
    "rights": "{'0000000000000000'} True",
}


@pytest.mark.parametrize(
    ("command", "limits", "sentence"),
    [
        ("sleep 60", {"seconds": 1.5}, "It took longer than the 2 s that a build may take, while it was tested."),
        ("yes | split -b 1M; sleep 60", {"size_mib": 4}, "It grew beyond the 4 MiB that a build may make, while"),
        (
            "head -c 3M /dev/zero | tee a b > c",
            {"size_mib": 8},
            "It grew beyond the 8 MiB that a build may make, while",
        ),
        (
            HOARDS,
            {"memory_mib": 64},
            "It used more than the 64 MiB of memory that a build may use, while it was tested.",
        ),
    ],
    ids=["time", "size", "size at the end", "memory of several processes"],
)
def test_a_step_ends_at_its_limits_with_a_sentence_that_names_it(workshop, command, limits, sentence):
    workshop.limits = replace(workshop.limits, **limits)
    workshop.ends = monotonic() + workshop.limits.seconds
    with pytest.raises(OverLimit) as ended:
        run_step(workshop, ["/bin/sh", "-c", command])
    assert str(ended.value).startswith(sentence)


def test_a_step_may_reserve_much_and_names_its_command_when_it_fails(workshop):
    workshop.limits = replace(workshop.limits, memory_mib=64)
    reserves = "import mmap; mmap.mmap(-1, 1 << 33, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS); raise SystemExit(3)"
    with pytest.raises(BuildFailed, match=r"^'.*-c import mmap.*' ended with exit status 3\.$"):
        run_step(workshop, [sys.executable, "-I", "-c", reserves])


def test_builds_take_the_drivers_that_are_on_as_far_as_these_can_build():
    assert builders(["docker:runsc", "docker"]) == ("docker",)
    assert builders(["docker:runsc"]) == builders() == ("bubblewrap", "docker")


def test_where_nothing_can_build_it_is_said_what_to_install(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    with pytest.raises(SparringError, match=r"Nothing can be built here: Docker does not answer .* Start it with"):
        run_step(Workshop(tmp_path, drivers=("docker",)), ["true"])
