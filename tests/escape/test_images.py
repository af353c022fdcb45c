"""Images of authors in the containers of a real engine: they play, and get no more than any other agent."""

from __future__ import annotations

import json
import socket
import tarfile
import time
from pathlib import Path

import pytest

from sparring.agents import load
from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.matches import play_duel
from sparring.sandbox import load_player
from sparring.sandbox.building import BuildLimits, Workshop
from sparring.sandbox.images import engine_build, loaded
from sparring.sandbox.images.flat import flatten
from sparring.sandbox.images.rules import ImageRules
from sparring.sandbox.isolation.docker.engine import engine
from sparring.sandbox.package_index import PackageIndex, package_index
from tests.escape.conftest import SMALL
from tests.sandbox.image_files import header, layer, saved, static_agent, static_program
from tests.site.work.package_server import PackageServer

pytestmark = pytest.mark.xdist_group("docker")
HERE = Path(__file__).parent
GAME = load_game("tic_tac_toe")
HOSTILE = {
    "User": "root",
    "Env": ["MINE=yes", "LD_PRELOAD=/agent", "PYTHONPATH=/", "LC_ALL=xx"],
    "Volumes": {"/volume": {}},
    "Healthcheck": {"Test": ["CMD", "/agent"], "Interval": 1_000_000},
    "ExposedPorts": {"22/tcp": {}},
    "OnBuild": ["RUN /agent"],
    "StopSignal": "SIGSTOP",
}


def attacker() -> bytes:
    files = {
        "agent": static_program((HERE / "image_attacker.c").read_text()),
        "su": header(tarfile.REGTYPE, 0o6755),
        "disk": header(tarfile.BLKTYPE, 0o666, devmajor=8),
        "volume/": header(tarfile.DIRTYPE, 0o777),
        "usr/lib/locale/C.utf8/LC_CTYPE": b"garbage",
        "etc/ld.so.cache": b"garbage",
        "lib64": "-> /proc/self",
        "usr/bin/python3": b"garbage",
    }
    return saved([layer(files)], Entrypoint=["/agent"], **HOSTILE)


def ticks(player) -> int:
    """How often the image has ticked up to now."""
    player.program._guest._channel.drain()
    return player.log.count("tick\n")


@pytest.mark.parametrize("driver", ["docker", "docker:runsc"])
def test_a_hostile_image_gets_nothing_and_stands_still_out_of_its_turn(driver, docker, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_HOST", "x")
    (tmp_path / "agent.tar").write_bytes(attacker())
    player = load_player(str(tmp_path / "agent.tar"), GAME, driver=driver, limits=SMALL)
    assert player.lanes is None  # it says that it is loaded; from now on it has to stand still
    time.sleep(0.5)  # how long it takes to stop depends on the machine
    before = ticks(player)
    time.sleep(0.5)
    assert ticks(player) < before + 10, "it would tick fifty times"
    player.close()
    said = player.log
    lines = dict(line.split(":", 1) for line in said.splitlines() if ":" in line)
    facts = {name: value.strip() for name, value in lines.items()}
    refused = [name for name, value in facts.items() if value == "yes" and name != "writes a little"]
    assert (refused, facts["writes a little"], facts["user"]) == ([], "yes", "1")
    assert {int(facts["CapEff"], 16), int(facts["CapBnd"], 16)} == {0}
    assert facts.get("NoNewPrivs") == "1" or driver == "docker:runsc", "gVisor does not tell"
    environment = {line.removeprefix("env ") for line in said.splitlines() if line.startswith("env ")}
    assert environment >= set(HOSTILE["Env"])
    assert {line.partition("=")[0] for line in environment} == {"MINE", "LD_PRELOAD", "PYTHONPATH", "LC_ALL"} | {
        "PATH",
        "HOME",
        "TMPDIR",
    }


@pytest.mark.nightly
@pytest.mark.parametrize("driver", ["docker", "docker:runsc"])
def test_an_image_plays_with_its_command_in_its_folder(driver, docker, tmp_path):
    path = tmp_path / "agent.tar"
    path.write_bytes(saved([layer({"it/agent": static_agent()})], Cmd=["./agent"], WorkingDir="/it"))
    player = load_player(str(path), GAME, driver=driver)
    duel = play_duel(GAME, [player, load("random", GAME, seed=1)], names=["it", "r"], matches=10, seed=2)
    player.close()
    assert duel.tally().errors == (0, 0)
    assert all(record.actions[0] == 4 for record in duel.records if record.first_player == 0), "the middle first"


def test_only_so_many_images_stay_in_the_engine(docker, tmp_path, monkeypatch):
    monkeypatch.setattr(loaded, "NAME", "sparring-test")
    monkeypatch.setattr(loaded, "MOST_KEPT", 2)
    names = []
    for number in range(3):
        folder, path = tmp_path / f"{number}", tmp_path / f"{number}.tar"
        folder.mkdir()
        path.write_bytes(saved([layer({"agent": b"%d" % number})], Cmd=["/agent"]))
        names.append(loaded.loaded(engine(), flatten(path, folder, 1, lambda _text: None)))
    kept = engine().run("image", "ls", "sparring-test", "--format", "{{.Repository}}:{{.Tag}}").split()
    assert sorted(kept) == sorted(names[1:])


def test_a_program_that_cannot_be_started_loses_with_its_name(docker, tmp_path):
    (tmp_path / "agent.tar").write_bytes(saved([layer({"agent": b"#!/bin/nothing\n"})], Entrypoint=["/agent"]))
    player = load_player(str(tmp_path / "agent.tar"), GAME, driver="docker", limits=SMALL)
    duel = play_duel(GAME, [player, load("random", GAME)], names=["it", "r"], matches=2, seed=2)
    player.close()
    fault = duel.records[0].fault
    assert (fault.kind, fault.message.partition(". The")[0]) == (
        "start",
        "It can't start: /agent: No such file or directory",
    )


BUILDER = r"""
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int count, char **words)
{
    if (!strcmp(words[1], "fork")) {
        int made = 0;
        for (int i = 0; i < 300; i++) {
            int child = fork();
            if (child == 0) { sleep(2); _exit(0); }
            made += child > 0;
        }
        printf("%s\n", made < 100 ? "few children" : "many children");
    }
    if (!strcmp(words[1], "connect")) {
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(words[3]))};
        to.sin_addr.s_addr = inet_addr(words[2]);
        int line = socket(AF_INET, SOCK_STREAM, 0);
        printf("host %s\n", connect(line, (void *)&to, sizeof to) ? "unreachable" : "reached");
    }
    if (!strcmp(words[1], "ask")) {
        struct sockaddr_in proxy = {.sin_family = AF_INET, .sin_port = htons(3128)};
        proxy.sin_addr.s_addr = inet_addr("127.0.0.1");
        int line = socket(AF_INET, SOCK_STREAM, 0);
        connect(line, (void *)&proxy, sizeof proxy);
        dprintf(line, "GET %s HTTP/1.0\r\n\r\n", words[2]);
        char answer[13] = "";
        for (int got, all = 0; all < 12 && (got = read(line, answer + all, 12 - all)) > 0; all += got);
        printf("%s: %s\n", words[3], answer + 9);
    }
    if (!strcmp(words[1], "eat")) {
        char *all = calloc(100, 1 << 20);
        for (int i = 0; i < 100 << 20; i += 4096) all[i] = 1;
    }
    if (!strcmp(words[1], "sleep")) sleep(60);
    if (!strcmp(words[1], "fill")) {
        char *block = calloc(1, 1 << 20), name[20];
        for (int i = 0; i < 60; i++) {
            sprintf(name, "/full%d", i);
            FILE *file = fopen(name, "w");
            fwrite(block, 1 << 20, 1, file);
            fclose(file);
            usleep(100000);
        }
    }
}
"""


def build(folder: Path, dockerfile: str, limits: BuildLimits, index: PackageIndex | None = None) -> str:
    """Build a Dockerfile; what was said, and the sentence with which it failed."""
    context = folder / "context"
    context.mkdir()
    (context / "Dockerfile").write_text(dockerfile)
    (context / "it").write_bytes(static_program(BUILDER))
    (context / "it").chmod(0o755)
    said: list[str] = []
    try:
        engine_build.build_archive(
            context, [], folder / "image.tar", Workshop(folder, limits, said.append), ImageRules(index=index)
        )
    except SparringError as error:
        said.append(str(error))
    return "".join(said)


def test_steps_of_a_dockerfile_reach_the_index_only_have_few_processes_and_cannot_fill_the_disk(
    docker, tmp_path, host_port
):
    server = PackageServer()
    server.add("tiny_rules", "1.2")
    index, other = f"{server.url}tiny-rules/", f"http://127.0.0.1:{host_port}/"
    steps = [["fork"], ["connect", "127.0.0.1", str(host_port)], ["ask", index, "index"], ["ask", other, "other"]]
    runs = (f"RUN {json.dumps(['/it', *step])}\n" for step in [*steps, ["fill"]])
    dockerfile = "".join(["FROM scratch\nCOPY it /\n", *runs])
    said = build(tmp_path, dockerfile, BuildLimits(seconds=120, size_mib=8), package_index(server.url))
    server.close()
    assert "few children" in said
    assert "host unreachable" in said
    assert "index: 200" in said
    assert "other: 403" in said
    step = 'in step 7/7 of the Dockerfile, RUN ["/it", "fill"].'
    assert said.endswith(f"It grew beyond the 8 MiB that a build may make, {step}")
    assert engine().run("image", "ls", "--all", "--quiet", "--filter", "dangling=true") == "", "nothing is left of it"


@pytest.mark.nightly
def test_a_dockerfile_whose_files_are_missing_fails_with_what_the_builder_says(docker, tmp_path):
    assert "The Dockerfile can't be built: COPY failed" in build(tmp_path, "FROM scratch\nCOPY a /\n", BuildLimits())


@pytest.mark.parametrize(
    ("step", "limits", "sentence"),
    [
        ("sleep", BuildLimits(seconds=3), "It took longer than the 3 s that a build may take"),
        ("eat", BuildLimits(memory_mib=64), "It used more than the 64 MiB of memory that a build may use"),
    ],
)
def test_a_step_of_a_dockerfile_over_a_limit_is_named(docker, tmp_path, step, limits, sentence):
    run = f'RUN ["/it", "{step}"]'
    said = build(tmp_path, f"FROM scratch\nCOPY it /\n{run}\n", limits)
    assert said.endswith(f"{sentence}, in step 3/3 of the Dockerfile, {run}.")


@pytest.fixture
def host_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
