"""The probes know the right answers, and tell good policies from bad ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sparring.agents.player import Turn
from sparring.agents.spec import load
from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.learning.probes import Policy, probe_for
from sparring.learning.probes.connect_four import ConnectFourProbe, _document, _replayed
from sparring.learning.probes.exhaustive import ExhaustiveProbe


def by_lot(seed: int) -> Policy:
    chance = np.random.default_rng(seed)

    def choose(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.asarray((chance.random(masks.shape) * masks).argmax(axis=1))

    return choose


@pytest.fixture(scope="module")
def connect_four() -> ConnectFourProbe:
    probe = probe_for(load_game("connect_four"))
    assert isinstance(probe, ConnectFourProbe)
    return probe


@pytest.fixture(scope="module")
def tic_tac_toe() -> ExhaustiveProbe:
    probe = probe_for(load_game("tic_tac_toe"))
    assert isinstance(probe, ExhaustiveProbe)
    return probe


def test_the_connect_four_probe_has_thousands_of_distinct_positions_that_tell(connect_four: ConnectFourProbe) -> None:
    assert len(connect_four.values) == 3000
    assert len(np.unique(connect_four.observations.reshape(3000, -1), axis=0)) == 3000
    for values, mask in zip(connect_four.values, connect_four.masks, strict=True):
        assert ((values > -2) == mask).all()
        assert len(set(values[mask].tolist())) > 1
    assert "bitbully" in connect_four.source
    assert set(range(30)) <= set(connect_four.plies.tolist())


def test_the_labels_agree_with_a_search_to_the_end(connect_four: ConnectFourProbe) -> None:
    game = load_game("connect_four")
    late = [columns for columns, _ in _document()["positions"] if len(columns) >= 29]
    values = connect_four.values[connect_four.plies >= 29]
    states = game.new_states(np.zeros(len(late), np.uint64))
    for row, columns in enumerate(late):
        for column in columns:
            moved = states[row : row + 1].copy()
            game.play(moved, np.array([int(column)]))
            states[row : row + 1] = moved
    player, lanes = load("minimax:depth=13", game), np.arange(len(late))
    observations, masks = _replayed(game, late)
    player.begin(lanes, states["seat"], np.zeros(len(late), np.uint64))
    reply = player.act(Turn(lanes, states["seat"], observations, masks, np.zeros(len(late), np.float32), states))
    chosen = values[lanes, np.asarray(reply.actions)]
    assert len(late) > 50
    assert (chosen == values.max(axis=1)).all()


def test_a_random_policy_gets_the_baseline_and_a_perfect_one_everything(connect_four: ConnectFourProbe) -> None:
    assert connect_four.measure(by_lot(1)).value == pytest.approx(connect_four.baseline, abs=0.03)
    perfect = connect_four.measure(lambda observations, masks: connect_four.values.argmax(axis=1))
    assert perfect.value == 1.0
    assert perfect.details == {"opening": 1.0, "middle": 1.0, "late": 1.0}


def test_only_the_usual_board_has_a_probe() -> None:
    assert probe_for(load_game("connect_four", {"rows": 5})) is None
    assert probe_for(load_game("quarto")) is None


def test_other_rules_need_other_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    game = load_game("connect_four")
    monkeypatch.setattr(game, "version", 2)
    with pytest.raises(SparringError, match="Label it again"):
        probe_for(game)


def after_corner(probe: ExhaustiveProbe) -> int:
    """The position in which the opponent has the first cell and nothing else is taken."""
    taken = probe.observations.reshape(len(probe.values), 18)
    return int(np.flatnonzero((taken.sum(axis=1) == 1) & (taken[:, 9] == 1))[0])


def test_tic_tac_toe_is_solved(tic_tac_toe: ExhaustiveProbe) -> None:
    assert len(tic_tac_toe.values) == 4520
    assert tic_tac_toe.value == 0
    empty, corner = tic_tac_toe.values[0], tic_tac_toe.values[after_corner(tic_tac_toe)]
    assert empty.tolist() == [0] * 9
    assert corner.tolist() == [-2, -1, -1, -1, 0, -1, -1, -1, -1]


def test_perfect_play_never_loses_and_careless_play_does(tic_tac_toe: ExhaustiveProbe) -> None:
    perfect = tic_tac_toe.measure(lambda observations, masks: tic_tac_toe.values.argmax(axis=1))
    assert (perfect.value, perfect.details["never_loses"]) == (1.0, 1.0)
    careless = tic_tac_toe.measure(lambda observations, masks: masks.argmax(axis=1))
    assert careless.details["never_loses"] == 0.0
    assert careless.details["lost_second"] > careless.details["lost_first"] > 0


def test_one_slip_in_one_line_of_play_is_found(tic_tac_toe: ExhaustiveProbe) -> None:
    choices = tic_tac_toe.values.argmax(axis=1)
    choices[after_corner(tic_tac_toe)] = 1
    assert tic_tac_toe.lost_lines(choices, seat=0) == 0
    assert tic_tac_toe.lost_lines(choices, seat=1) > 0
