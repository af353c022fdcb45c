"""Tabular learners: their updates by hand, what they learn, and that runs repeat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sparring.agents.spec import load
from sparring.engine import load_game
from sparring.errors import BadOption
from sparring.learning.configuration import Moment, configure, game_of
from sparring.learning.crew import Crew
from sparring.learning.learner import Learner, Now
from sparring.learning.memories.tables import Table, choose_by_worth, choose_greedily
from sparring.learning.probes import probe_for
from sparring.learning.q_learning import QLearning
from sparring.learning.ruql import RUQL, repeated
from sparring.learning.train import train
from sparring.matches import play_duel

QUIET: dict[str, Any] = {"probe_seconds": 1000, "duel_seconds": 1000}


def learner(game: str, algorithm: str, **settings: Any) -> Any:
    config = configure(game, {"algorithm": algorithm, "environments": 1, "rollout": 1} | settings)
    made = {"q_learning": QLearning, "ruql": RUQL}[algorithm](game_of(config), config, Crew(1))
    assert isinstance(made, Learner)
    return made


def told(made: Any, actions: list[Any]) -> None:
    """Let a learner play these actions, one update each, with whatever rates it chooses."""
    choose, queue = type(made).choose.__get__(made), iter(actions)

    def obedient(rows: NDArray[np.int64], masks: NDArray[np.bool_], moment: Moment) -> Any:
        _, rates = choose(rows, masks, moment)
        return np.atleast_1d(next(queue)), rates

    made.choose = obedient
    for _ in actions:
        made.learn(Now(Moment()))


def values(made: Any, *moves: int) -> NDArray[np.float32]:
    """The values in the position after ``moves``."""
    game = made.game
    states = game.new_states(np.zeros(1, np.uint64))
    for move in moves:
        game.play(states, np.array([move]))
    found: NDArray[np.float32] = made.table.values[made.table.find(game.observe(states, states["seat"]))[0]]
    return found


def test_a_win_counts_for_the_last_move_and_then_against_the_one_before() -> None:
    made = learner("tic_tac_toe", "q_learning", discount=0.9)
    line = [0, 3, 1, 4, 2]
    told(made, line)
    assert values(made, *line[:4])[2] == pytest.approx(0.5 * 1.0)
    assert values(made, *line[:3])[4] == 0.0
    told(made, line)
    assert values(made, *line[:4])[2] == pytest.approx(0.5 + 0.5 * (1.0 - 0.5))
    assert values(made, *line[:3])[4] == pytest.approx(0.5 * -0.9 * 0.5)


def test_where_cards_are_hidden_a_seat_learns_from_what_it_sees_next_itself() -> None:
    made = learner("kuhn_poker", "q_learning", learning_rate=0.25, discount=0.5)
    first, second = (made.game.observe(made.batch.states, np.array([seat], np.int8)) for seat in (0, 1))
    told(made, [0])
    second = made.batch.observations.copy()
    told(made, [1])
    again = made.batch.observations.copy()
    told(made, [1])
    won = made.batch.rewards[0, 0]
    find = made.table.find
    assert abs(won) == 2.0
    assert made.table.values[find(first)[0]].tolist() == [0.0, 0.0]
    assert made.table.values[find(again)[0]].tolist() == [0.0, 0.25 * won]
    # Its own decision brought it nothing at once; what the answer brought, a step later, counts half.
    assert made.table.values[find(second)[0]].tolist() == [0.0, 0.25 * 0.5 * -won]


def test_both_seats_learn_from_a_round_played_at_once() -> None:
    made = learner("matrix_game", "q_learning", repetitions=1, table="3,1 0,0; 0,0 1,3")
    told(made, [[1, 1]])
    rows = made.table.find(made.batch.observations[0])
    assert made.table.values[rows].tolist() == [[0.0, 0.5 * 1], [0.0, 0.5 * 3]]


class Fixed:
    """Chance that always draws the same number."""

    def __init__(self, number: float) -> None:
        self.number = number

    def random(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        return np.full(shape, self.number)


def test_an_update_counts_as_often_as_the_action_is_rare() -> None:
    settings = {"repetitions": 1, "recall": 1, "table": "1,1 0,0; 0,0 1,1", "learning_rate": 0.1, "temperature": 1.0}
    made = learner("matrix_game", "ruql", **settings)
    made.chance = Fixed(0.99)
    made.learn(Now(Moment()))
    second = 1 - 0.9**2
    assert made.table.values[1].tolist() == pytest.approx([0.0, second])
    made.chance = Fixed(0.0)
    made.learn(Now(Moment()))
    x = 0.9 ** (1 + np.exp(second))
    assert made.table.values[1].tolist() == pytest.approx([1 - x, second])
    assert repeated(0.1, np.array([0.5])).tolist() == pytest.approx([1 - 0.9**2])


def test_exploration_and_ties_are_drawn_by_lot_among_legal_actions() -> None:
    worth = np.array([[0, 1, 1, 5]], np.float32)
    rows, masks = np.zeros(6000, np.int64), np.tile([True, True, True, False], (6000, 1))
    chance, actions = np.random.default_rng(1).random((6000, 2)), np.zeros(6000, np.int64)
    choose_greedily(worth, rows, masks, chance, 0.0, actions)
    assert np.bincount(actions, minlength=4) / 6000 == pytest.approx([0, 0.5, 0.5, 0], abs=0.03)
    choose_greedily(worth, rows, masks, chance, 0.3, actions)
    assert np.bincount(actions, minlength=4) / 6000 == pytest.approx([0.1, 0.45, 0.45, 0], abs=0.03)
    chances = choose_by_worth(worth, rows, masks, chance, 0.5, actions)
    weights = np.exp(np.array([0, 1, 1]) / 0.5)
    weights /= weights.sum()
    assert np.bincount(actions, minlength=4) / 6000 == pytest.approx([*weights, 0], abs=0.03)
    assert chances == pytest.approx(weights[actions])


def test_a_table_grows_keeps_its_rows_and_forgets_nothing_but_what_it_has_no_room_for() -> None:
    table = Table(most=5000, shape=(3,), dtype=np.dtype(np.int16), actions=2)
    observations = np.random.default_rng(1).permutation(np.indices((20, 20, 20)).reshape(3, -1).T).astype(np.int16)
    masks = np.ones((len(observations), 2), bool)
    rows = np.concatenate([table.enter(part, masks[:100]) for part in observations.reshape(80, 100, 3)])
    assert (rows == np.where(np.arange(8000) < 5000, np.arange(1, 8001), 0)).all()
    table.values[rows[:5000]] = np.arange(10_000).reshape(5000, 2)
    copy = Table(5000, (3,), np.dtype(np.int16), 2)
    copy.restore(*table.known())
    assert (copy.find(observations) == rows).all()
    assert (copy.values[rows] == table.values[rows]).all()


def test_a_table_never_loses_tic_tac_toe_and_its_model_plays(tmp_path: Path) -> None:
    settings = {"algorithm": "q_learning", "exploration": 0.3, "steps": 600_000, "name": "ada", "environments": 64}
    result = train(configure("tic_tac_toe", settings | QUIET))
    assert result.metrics["probe/never_loses"] == 1.0
    assert result.metrics["probe/share"] > 0.95
    game = load_game("tic_tac_toe")
    players = [load("model:tic_tac_toe/ada", game), load("minimax:depth=9", game)]
    assert play_duel(game, players, ["ada", "minimax"], matches=40, seed=1).tally().wins == (0, 0)


def test_a_published_table_is_one_of_action_values_too(sparring_home: Path) -> None:
    result = train(configure("tic_tac_toe", {"algorithm": "q_learning", "steps": 40_000, "name": "ada"} | QUIET))
    table = next((sparring_home / "models").rglob("table.npz"))
    game = load_game("tic_tac_toe")
    players = [load(f"q-table:{table}", game), load("random", game)]
    assert play_duel(game, players, ["table", "random"], matches=100, seed=1).tally().points[0] > 120
    assert result.model is not None


def test_rare_actions_keep_repeated_updates_near_nash_where_q_learning_is_pure() -> None:
    """Matching pennies for one round, in which any deterministic policy is far from Nash."""
    pennies = {"game": "matching_pennies", "repetitions": 1, "recall": 1, "steps": 300_000, "environments": 16}
    found = {}
    for algorithm, settings in {"ruql": {"learning_rate": 0.01, "temperature": 0.5}, "q_learning": {}}.items():
        config = configure("matrix_game", pennies | QUIET | settings | {"algorithm": algorithm, "name": algorithm})
        found[algorithm] = train(config).metrics["probe/nash_distance"]
    assert found["ruql"] < 0.25
    assert found["q_learning"] == pytest.approx(2.0, abs=1.0)


def quick(name: str, algorithm: str, game: str, updates: int) -> Any:
    settings = {"algorithm": algorithm, "name": name, "updates": updates, "environments": 16, "rollout": 8}
    return configure(game, settings | QUIET)


@pytest.mark.parametrize(
    ("algorithm", "game"),
    [("q_learning", "tic_tac_toe"), ("q_learning", "leduc_poker"), ("ruql", "rock_paper_scissors")],
)
def test_the_same_seed_gives_the_same_bytes_also_when_a_run_was_stopped(
    algorithm: str, game: str, sparring_home: Path
) -> None:
    for name in ("first", "second"):
        train(quick(name, algorithm, game, 8))
    train(quick("halves", algorithm, game, 3))
    train(quick("halves", algorithm, game, 8), resume=True)
    tables = [
        (sparring_home / "runs" / name / "checkpoints" / "000000008" / "table.safetensors").read_bytes()
        for name in ("first", "second", "halves")
    ]
    assert tables[0] == tables[1] == tables[2]


def test_one_seat_learns_to_cross_the_ice() -> None:
    settings = {"algorithm": "q_learning", "learning_rate": 0.1, "exploration": 0.5, "updates": 40, "name": "ada"}
    result = train(configure("gym:FrozenLake-v1", settings | QUIET | {"environments": 16}))
    probe = probe_for(load_game("gym:FrozenLake-v1"))
    assert probe is not None
    assert result.metrics["probe/mean_return"] > 0.5 > 10 * probe.baseline


def test_games_whose_actions_are_no_single_choice_are_refused() -> None:
    with pytest.raises(BadOption, match="an action is one choice"):
        train(configure("robosumo", {"algorithm": "q_learning", "steps": 10, "name": "ada"}))
