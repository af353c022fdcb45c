"""Q-learning in self-play."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sparring.agents.spec import load
from sparring.engine import load_game
from sparring.learning.probes import probe_for
from sparring.learning.q_learning import train_q_table
from sparring.matches import play_duel


def test_a_table_learns_never_to_lose_tic_tac_toe_and_plays(tmp_path: Path) -> None:
    game = load_game("tic_tac_toe")
    table = train_q_table(game, steps=400_000, seed=1, exploration=0.3)
    probe = probe_for(game)
    assert probe is not None
    result = probe.measure(lambda observations, masks: np.where(masks, table.look_up(observations), -9).argmax(axis=1))
    assert result.details["never_loses"] == 1.0
    assert result.value > 0.95
    table.save(tmp_path / "table.npz")
    players = [load(f"q-table:{tmp_path / 'table.npz'}", game), load("random", game)]
    tally = play_duel(game, players, ["table", "random"], matches=200, seed=1).tally()
    assert tally.wins[1] == 0
    assert tally.wins[0] > 150


def test_the_same_seed_gives_the_same_table() -> None:
    game = load_game("rock_paper_scissors")
    first, second = (train_q_table(game, steps=5_000, seed=4) for _ in range(2))
    assert first.values.tobytes() == second.values.tobytes()
    assert len(first.values) <= 820
