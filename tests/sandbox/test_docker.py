"""The engine is asked by its own interface; where it has no good answer, there is a sentence, and nothing is left."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sparring.errors import HostTrouble
from sparring.sandbox import Limits
from sparring.sandbox.isolation.docker.container import WORDS
from sparring.sandbox.isolation.docker.driver import Docker
from sparring.sandbox.isolation.docker.engine import engine
from sparring.sandbox.isolation.docker.entered import KEEPER
from sparring.sandbox.isolation.docker.inside import inside_of
from sparring.sandbox.isolation.sandbox import Order


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("unix:///nowhere/sock", "Docker does not answer (unix:///nowhere/sock gives no answer: No such file"),
        ("tcp://127.0.0.1:9", "Docker does not answer (tcp://127.0.0.1:9 gives no answer: Connection refused"),
        ("ssh://far-away", "Docker does not answer (ssh://far-away is no engine on this machine, which it has to be"),
    ],
)
def test_an_engine_that_cannot_be_asked_is_named_with_what_to_do(host, sentence, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", host)
    assert str(engine()).startswith(sentence)


@pytest.mark.xdist_group("docker")
def test_a_container_that_does_not_start_is_nobodys_fault_and_leaves_nothing(docker, tmp_path):
    found = engine()
    inside = replace(inside_of(found, Order(tmp_path, Limits())), command=["/no/such/program"])
    with pytest.raises(HostTrouble, match=r"Docker can't make a sandbox here: .*no such file or directory"):
        Docker().start(found, inside, Limits())
    with pytest.raises(HostTrouble, match="No such image: sparring-none"):
        Docker().start(found, replace(inside, image="sparring-none"), Limits())
    assert found.ask("GET", "/containers/json?all=true") == []


def test_the_first_process_of_an_empty_container_waits_for_no_arena_that_is_gone(tmp_path: Path) -> None:
    for name in WORDS:
        os.mkfifo(tmp_path / name)
    apart = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
    ended = subprocess.run([*apart, "/bin/sh", "-c", KEEPER, str(tmp_path)], timeout=30, check=False)
    assert ended.returncode != 137
