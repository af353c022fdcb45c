"""Where there is only Docker, builds take their steps in its containers, under the same limits."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from sparring.errors import SparringError
from sparring.sandbox.building import BuildFailed, BuildLimits, Workshop, run_step
from sparring.sandbox.isolation.build import builders
from sparring.sandbox.package_index import package_index
from tests.site.work.package_server import PackageServer

pytestmark = pytest.mark.xdist_group("docker")
PIP = [sys.executable, "-I", "-m", "pip", "--isolated", "--no-input", "--disable-pip-version-check"]
LOOKS_AROUND = """
import os, pathlib, socket, sys, urllib.error, urllib.request
def tried(act):
    try:
        act()
    except OSError as error:
        return f"no: {error}"[:40]
    return "yes"
host, port = "127.0.0.1", int(sys.argv[1])
status = pathlib.Path("/proc/self/status").read_text()
print("direct", tried(lambda: socket.create_connection((host, port), 5).close()))
print("other", tried(lambda: urllib.request.urlopen(f"http://{host}:{port}/", timeout=5)))
print("outside", tried(lambda: pathlib.Path("/usr/mine").write_text("x")))
print("folder", tried(lambda: pathlib.Path("mine").write_text("x")))
print("host", sorted(name for name in os.environ if "SECRET" in name))
print("rights", {line.split()[1] for line in status.splitlines() if line.startswith("Cap")}, os.getuid() > 0)
"""


@pytest.fixture
def workshop(docker, tmp_path):
    said: list[str] = []
    (tmp_path / "build").mkdir()
    found = Workshop(tmp_path / "build", BuildLimits(seconds=60.0, size_mib=8), said.append, drivers=("docker",))
    found.said = said
    return found


def test_packages_come_into_a_container_that_reaches_their_index_and_nothing_else(workshop, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_ARENA", "x")
    server, other = PackageServer(), PackageServer()
    server.add("tiny_rules", "1.2", "ONE = 1\n")
    (workshop.folder / "look.py").write_text(LOOKS_AROUND)
    try:
        index = package_index(server.url)
        run_step(workshop, [*PIP, "install", "--target", "packages", "tiny-rules", *index.pip_options], index)
        run_step(workshop, [sys.executable, "-I", "look.py", str(other._server.server_port)], index)
    finally:
        server.close()
        other.close()
    assert (workshop.folder / "packages" / "tiny_rules.py").read_text() == "ONE = 1\n"
    facts = dict(line.split(" ", 1) for line in "".join(workshop.said).splitlines() if line.split(" ")[0] in FACTS)
    assert {name: fact[: len(FACTS[name])] for name, fact in facts.items()} == FACTS
    assert {path.lstat().st_uid for path in workshop.folder.rglob("*")} == {os.getuid()}


FACTS = {
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
        ("sleep 60", BuildLimits(seconds=1.5), "It took longer than the 2 s"),
        ("yes | split -b 1M; sleep 60", BuildLimits(size_mib=4), "It grew beyond the 4 MiB"),
        ("exit 3", BuildLimits(), "ended with exit status 3"),
    ],
)
def test_a_step_in_a_container_ends_at_its_limits(workshop, command, limits, sentence):
    workshop = Workshop(workshop.folder, limits, workshop.say, drivers=("docker",))
    with pytest.raises(BuildFailed, match=sentence):
        run_step(workshop, ["/bin/sh", "-c", command])


def test_builds_take_the_drivers_that_are_on_as_far_as_these_can_build():
    assert builders(["docker:runsc", "docker"]) == ("docker",)
    assert builders(["docker:runsc"]) == builders() == ("bubblewrap", "docker")


def test_where_nothing_can_build_it_is_said_what_to_install(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    with pytest.raises(SparringError, match=r"Nothing can be built here: Docker does not answer .* Start it with"):
        run_step(Workshop(tmp_path, drivers=("docker",)), ["true"])
