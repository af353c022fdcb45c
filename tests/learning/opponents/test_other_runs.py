"""Other runs as opponents: their latest network, and their past."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sparring.engine import load_game
from sparring.errors import BadOption, SparringError, UnknownName
from sparring.learning.configuration import Moment, configure
from sparring.learning.networks import build_network
from sparring.learning.opponents import LearnedNetwork, Opponents
from sparring.learning.train import train

GAME = "rock_paper_scissors"
QUICK: dict[str, Any] = {
    "environments": 16,
    "rollout": 8,
    "batch": 32,
    "network.hidden": "8",
    "probe_seconds": 1000,
    "duel_seconds": 1000,
}


def train_run(name: str, updates: int, **settings: Any) -> None:
    said = {key.replace("__", "."): value for key, value in settings.items()}
    train(configure(load_game(GAME), QUICK | {"name": name, "updates": updates, "snapshot_every": 1} | said))


def opponents(**settings: Any) -> Opponents:
    game = load_game(GAME)
    said = {f"opponents.{key.replace('__', '.')}": value for key, value in settings.items() if key != "frames"}
    said["play.frames"] = settings.get("frames", 1)
    config = configure(game, QUICK | {"opponents.past.share": 0} | said)
    return Opponents(game, config, LearnedNetwork(build_network(config, game)))


def members(of: Opponents) -> set[str]:
    of.begin(Moment())
    return {group.member for group in of.groups if group.member is not None}


def test_the_latest_network_of_a_run_is_an_opponent_and_a_newer_one_is_met_later(sparring_home: Path) -> None:
    train_run("ada", 2)
    met = opponents(latest__share=1.0, latest__run="ada", latest__reload_every=5, change_every=1)
    assert members(met) == {"000000002"}
    newer = sparring_home / "runs" / "ada" / "checkpoints" / "000000009"
    shutil.copytree(newer.with_name("000000002"), newer)
    met.after_update(5)
    for _ in range(4):
        met.begin(Moment())
        met.stepped(np.zeros((16, 2), np.float32), np.ones(16, np.bool_))
    assert members(met) == {"000000009"}


def test_the_past_networks_of_several_runs_are_opponents(sparring_home: Path) -> None:
    train_run("ada", 3)
    train_run("ada.twin", 2)
    train_run("bob", 2)
    met = opponents(pool__share=1.0, pool__runs=["ada*"], pool__scheme="fictitious", pool__groups=40)
    assert members(met) == {
        f"{run}/{update:09}" for run, last in (("ada", 3), ("ada.twin", 2)) for update in range(1, last + 1)
    }
    assert members(opponents(pool__share=1.0, pool__runs=["nobody*"])) == set()
    shutil.rmtree(sparring_home / "runs" / "ada" / "past")
    with pytest.raises(SparringError, match="has been deleted"):
        met.kinds[2].actor("ada/000000001")


def test_a_run_plays_against_another_one_and_goes_on_after_it_was_stopped() -> None:
    train_run("ada", 3)
    train_run("bob", 3, opponents__latest__share=0.5, opponents__latest__run="ada", opponents__past__share=0.2)
    train_run("eve", 3, opponents__pool__share=0.5, opponents__pool__runs=["ada", "bob"])


def test_unknown_runs_and_runs_of_other_games_get_a_sentence() -> None:
    train_run("ada", 1)
    with pytest.raises(UnknownName, match="ada"):
        opponents(latest__share=0.1, latest__run="adda")
    with pytest.raises(UnknownName, match="ada"):
        opponents(pool__share=0.1, pool__runs=["adda"])
    with pytest.raises(BadOption, match=r"set opponents\.latest\.run"):
        opponents(latest__share=0.1)
    with pytest.raises(BadOption, match=r"set opponents\.pool\.runs"):
        opponents(pool__share=0.1)
    with pytest.raises(BadOption, match="sees other frames"):
        opponents(latest__share=0.1, latest__run="ada", frames=2)
    game = load_game("tic_tac_toe")
    config = configure(game, {"opponents.latest.share": 0.1, "opponents.latest.run": "ada"})
    with pytest.raises(BadOption, match="learns rock_paper_scissors"):
        Opponents(game, config, LearnedNetwork(build_network(config, game)))
