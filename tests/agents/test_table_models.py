"""Models that are tables, and models that play by their probabilities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sparring.agents.exact.kuhn import equilibrium
from sparring.agents.network_search import NetworkSearchPlayer
from sparring.agents.player import Turn
from sparring.agents.spec import load
from sparring.agents.table import PolicyTable, read_table
from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.matches import play_duel
from sparring.models import Registry, manifest_for


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARRING_HOME", str(tmp_path / "home"))


def opening(card: int) -> NDArray[np.int8]:
    """What the first seat of Kuhn poker sees at first."""
    observation = np.zeros(11, np.int8)
    observation[[0, 2 + card]] = 1
    return observation


def kuhn_table(bluff: float = 1 / 4) -> PolicyTable:
    """The first seat's opening move, by its card."""
    observations = np.array([opening(card) for card in range(3)])
    chances = equilibrium(bluff)(observations, np.ones((3, 2), bool)).astype(np.float32)
    return PolicyTable("kuhn_poker", observations, chances)


def publish(plays: Any) -> str:
    game = load_game("kuhn_poker")
    manifest = manifest_for(game, plays=plays)
    return str(Registry().publish("kuhn_poker/ada", {"table.npz": kuhn_table().content()}, manifest))


def openings(spec: str, card: int, seed: int = 0, count: int = 4000) -> NDArray[np.int64]:
    player = load(spec, load_game("kuhn_poker"), seed=seed)
    lanes, seats = np.arange(count), np.zeros(count, np.int8)
    player.begin(lanes, seats, np.arange(count, dtype=np.uint64))
    states: Any = np.zeros(count).view(np.recarray)
    masks = np.ones((count, 2), bool)
    turn = Turn(lanes, seats, np.tile(opening(card), (count, 1)), masks, np.zeros(count, np.float32), states)
    return np.asarray(player.act(turn).actions, np.int64)


def test_a_model_that_plays_mixed_draws_by_its_probabilities() -> None:
    reference = publish("mixed")
    assert openings(f"model:{reference}", card=0).mean() == pytest.approx(0.25, abs=0.03)
    assert openings(f"model:{reference}", card=2).mean() == pytest.approx(0.75, abs=0.03)


def test_the_seed_decides_what_is_drawn() -> None:
    reference = publish("mixed")
    assert (openings(f"model:{reference}", 0) == openings(f"model:{reference}", 0)).all()
    assert (openings(f"model:{reference}", 0) != openings(f"model:{reference}", 0, seed=1)).any()


def test_temperature_zero_makes_it_greedy_and_temperature_one_makes_a_greedy_one_draw() -> None:
    mixed, greedy = publish("mixed"), publish("greedy")
    assert set(openings(f"model:{mixed},temperature=0", card=2).tolist()) == {1}
    assert set(openings(f"model:{greedy}", card=2).tolist()) == {1}
    assert openings(f"model:{greedy},temperature=1", card=2).mean() == pytest.approx(0.75, abs=0.03)


def test_a_model_without_a_word_about_it_is_greedy() -> None:
    assert manifest_for(load_game("kuhn_poker")).plays == "greedy"


def test_what_a_table_does_not_know_is_drawn_evenly_among_legal_actions() -> None:
    game = load_game("leduc_poker")
    table = PolicyTable("leduc_poker", np.zeros((0, *game.observation_shape), np.int8), np.zeros((0, 3), np.float32))
    Registry().publish("leduc_poker/ada", {"table.npz": table.content()}, manifest_for(game, plays="mixed"))
    players = [load("model:leduc_poker/ada", game), load("random", game)]
    tally = play_duel(game, players, ["ada", "random"], matches=100, seed=1).tally()
    assert tally.errors == (0, 0)


def test_a_table_comes_back_from_its_bytes_and_has_the_same_ones_every_time(tmp_path: Path) -> None:
    (tmp_path / "table.npz").write_bytes(kuhn_table().content())
    back = read_table(tmp_path / "table.npz", load_game("kuhn_poker"))
    assert (back.probabilities == kuhn_table().probabilities).all()
    assert back.content() == kuhn_table().content()


def test_files_that_are_no_table_of_the_game_get_a_sentence(tmp_path: Path) -> None:
    game, path = load_game("kuhn_poker"), tmp_path / "table.npz"
    path.write_bytes(b"rubbish")
    with pytest.raises(SparringError, match="no table of a policy"):
        read_table(path, game)
    path.write_bytes(kuhn_table().content())
    with pytest.raises(SparringError, match="is for kuhn_poker"):
        read_table(path, load_game("leduc_poker"))


def test_a_search_says_that_a_table_is_no_network() -> None:
    game = load_game("tic_tac_toe")
    table = PolicyTable("tic_tac_toe", np.zeros((1, 2, 3, 3), np.int8), np.full((1, 9), 1 / 9, np.float32))
    Registry().publish("tic_tac_toe/ada", {"table.npz": table.content()}, manifest_for(game))
    with pytest.raises(SparringError, match="is a table, not a network"):
        NetworkSearchPlayer("tic_tac_toe/ada", game)
