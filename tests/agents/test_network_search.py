"""Search by a network: right where right is known, the same whoever shares the batch, and as the paper says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from sparring.agents import load
from sparring.agents.network_search import Found, NetworkSearchPlayer, TreeSearch
from sparring.agents.player import Turn
from sparring.engine import Batch, Game, load_game
from sparring.engine.seeds import random_words
from sparring.errors import BadOption, SparringError, UnknownName
from sparring.matches import play_duel
from sparring.models import Registry, manifest_for

Answers = tuple[NDArray[np.float32], NDArray[np.float32]]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARRING_HOME", str(tmp_path / "home"))


def no_opinion(game: Game) -> Callable[[NDArray[Any]], Answers]:
    def evaluate(observations: NDArray[Any]) -> Answers:
        return np.zeros((len(observations), game.num_actions), np.float32), np.zeros(len(observations), np.float32)

    return evaluate


def some_opinion(game: Game, seed: int = 3) -> Callable[[NDArray[Any]], Answers]:
    """Logits and values by random weights; each row alone, so that its bytes can't depend on the others."""
    random = np.random.default_rng(seed)
    weights = random.normal(size=(int(np.prod(game.observation_shape)), game.num_actions + 1)).astype(np.float32)

    def evaluate(observations: NDArray[Any]) -> Answers:
        rows = observations.reshape(len(observations), -1).astype(np.float32)
        answers = (rows[:, :, None] * weights).sum(axis=1)
        return np.ascontiguousarray(answers[:, :-1]), np.tanh(answers[:, -1] / 4)

    return evaluate


def after(game: Game, *actions: int, count: int = 1) -> Any:
    states = game.new_states(np.zeros(count, np.uint64))
    for action in actions:
        game.play(states, np.full(count, action))
    return states


def random_positions(game: Game, count: int, plies: int, seed: int) -> Any:
    batch = Batch(game, 4 * count, seed)
    for _ in range(plies):
        batch.step(batch.random_actions())
    return batch.states[batch.states["ply"] == plies][:count].view(np.recarray)


def found(search: TreeSearch, states: Any, simulations: Any, noise: Any = 0.0, seed: int = 1) -> Found:
    words = random_words(np.arange(len(states), dtype=np.uint64) + np.uint64(seed))
    return search(np.asarray(states).view(np.ndarray), simulations, words, noise)


def test_it_wins_at_once_and_blocks_with_few_simulations() -> None:
    game = load_game("connect_four")
    search = TreeSearch(game, no_opinion(game))
    assert found(search, after(game, 0, 1, 0, 1, 0, 1, count=20), 8, noise=1.0).actions.tolist() == [0] * 20
    assert found(search, after(game, 0, 1, 0, 1, 0, count=20), 60, noise=1.0).actions.tolist() == [0] * 20


def test_it_sees_a_win_in_three_plies() -> None:
    game = load_game("connect_four")
    search = TreeSearch(game, no_opinion(game))
    answer = found(search, after(game, 3, 0, 2, 0, count=20), 400, noise=1.0)
    assert set(answer.actions.tolist()) <= {1, 4}
    assert answer.policies[:, [1, 4]].sum(axis=1).min() > 0.9
    assert answer.values.min() > 0.5


@pytest.mark.parametrize("game_name", ["connect_four", "othello"])
def test_the_improved_policy_is_one_and_the_choice_is_legal(game_name: str) -> None:
    game = load_game(game_name)
    states = random_positions(game, 24, 4, seed=2)
    answer = found(TreeSearch(game, some_opinion(game)), states, 20, noise=1.0)
    masks = game.legal(states, states.seat)
    assert masks[np.arange(len(states)), answer.actions].all()
    assert not answer.policies[~masks].any()
    assert (answer.policies[masks] >= 0).all()
    np.testing.assert_allclose(answer.policies.sum(axis=1), 1.0, rtol=1e-5)
    assert (abs(answer.values) <= 1).all()


def test_the_network_is_asked_once_a_round_for_all_trees() -> None:
    game = load_game("connect_four")
    asked: list[int] = []

    def counted(observations: NDArray[Any]) -> Answers:
        asked.append(len(observations))
        return some_opinion(game)(observations)

    found(TreeSearch(game, counted), after(game, 3, count=30), 12, noise=1.0)
    assert asked[0] == 30, "the roots"
    assert len(asked) <= 1 + 12
    assert sum(asked) > 30 * 12


def test_a_row_does_not_depend_on_the_others() -> None:
    game = load_game("connect_four")
    states = random_positions(game, 40, 7, seed=3)
    search = TreeSearch(game, some_opinion(game))
    budgets = np.where(np.arange(40) % 3 == 0, 48, 11)
    together = found(search, states, budgets, noise=1.0)
    for row in range(0, 40, 7):
        alone = found(search, states[row : row + 1], budgets[row], noise=1.0, seed=1 + row)
        assert alone.actions[0] == together.actions[row]
        assert alone.policies[0].tobytes() == together.policies[row].tobytes()
        assert alone.values[0] == together.values[row]


def test_the_same_words_give_the_same_bytes_and_others_do_not() -> None:
    game = load_game("othello")
    states = random_positions(game, 30, 5, seed=4)
    search = TreeSearch(game, some_opinion(game))
    first, again, other = (found(search, states, 24, noise=1.0, seed=seed) for seed in (1, 1, 99))
    assert first.policies.tobytes() == again.policies.tobytes()
    assert first.actions.tolist() == again.actions.tolist() != other.actions.tolist()


def test_without_noise_no_word_matters() -> None:
    game = load_game("othello")
    states = random_positions(game, 30, 5, seed=4)
    search = TreeSearch(game, some_opinion(game))
    assert found(search, states, 24, seed=1).actions.tolist() == found(search, states, 24, seed=99).actions.tolist()


def test_compiled_and_interpreted_searches_choose_alike() -> None:
    chosen = []
    for compiled in (True, False):
        game = load_game("tic_tac_toe", compiled=compiled)
        states = random_positions(game, 6, 3, seed=2)
        chosen.append(found(TreeSearch(game, some_opinion(game)), states, 30, noise=1.0).actions.tolist())
    assert chosen[0] == chosen[1]


@pytest.mark.parametrize(
    ("arms", "considered", "simulations", "visits"),
    [
        (4, 4, 16, [2, 2, 6, 6]),  # 2 passes of 4 arms, then 4 passes of the better 2
        (8, 8, 48, [2, 2, 2, 2, 6, 6, 14, 14]),  # 2 passes of 8, 4 of 4, 8 of 2
        (8, 4, 16, [0, 0, 0, 0, 2, 2, 6, 6]),
        (8, 16, 5, [0, 0, 0, 1, 1, 1, 1, 1]),
        (3, 16, 12, [2, 5, 5]),
    ],
)
def test_sequential_halving_visits_the_arms_as_the_paper_says(
    toy: Callable[..., Game], arms: int, considered: int, simulations: int, visits: list[int]
) -> None:
    game = toy("arms", arms=arms)

    def by_number(observations: NDArray[Any]) -> Answers:
        return np.tile(np.arange(arms, dtype=np.float32), (len(observations), 1)), np.zeros(
            len(observations), np.float32
        )

    search = TreeSearch(game, by_number, considered=considered, proofs=False)
    answer = found(search, game.new_states([1]), simulations)
    assert search.visits(1)[0].tolist() == visits
    assert answer.actions[0] == arms - 1


def test_noise_draws_candidates_by_the_policy(toy: Callable[..., Game]) -> None:
    game = toy("arms", arms=4)
    policy = np.array([0.1, 0.2, 0.3, 0.4])

    def evaluate(observations: NDArray[Any]) -> Answers:
        return np.tile(np.log(policy).astype(np.float32), (len(observations), 1)), np.zeros(
            len(observations), np.float32
        )

    drawn = found(
        TreeSearch(game, evaluate, considered=1, proofs=False), game.new_states(np.arange(20_000)), 1, noise=1.0
    ).actions
    assert np.bincount(drawn, minlength=4) / 20_000 == pytest.approx(policy, abs=0.015)


def test_the_improved_policy_is_the_papers(toy: Callable[..., Game]) -> None:
    game = toy("arms", arms=4)
    logits, value = np.array([0.3, -0.2, 0.5, 0.1]), 0.25

    def evaluate(observations: NDArray[Any]) -> Answers:
        count = len(observations)
        return np.tile(logits.astype(np.float32), (count, 1)), np.full(count, value, np.float32)

    answer = found(TreeSearch(game, evaluate, considered=2, value_scale=0.1, proofs=False), game.new_states([1]), 4)
    prior = np.exp(logits) / np.exp(logits).sum()
    pays, visits = np.array([1, 2, 3, 4]) / 4, np.array([2, 0, 2, 0])
    seen = visits > 0
    mixed = (value + 4 * (prior[seen] @ pays[seen]) / prior[seen].sum()) / 5
    completed = np.where(seen, pays, mixed)
    weights = np.exp(logits + (50 + 2) * 0.1 * completed)
    np.testing.assert_allclose(answer.policies[0], weights / weights.sum(), rtol=1e-5)
    assert answer.values[0] == pytest.approx(weights @ completed / weights.sum(), rel=1e-5)


def best_of_all_lines(game: Game, states: Any) -> dict[int, float]:
    """What each action is worth for the seat to move by plain recursion."""
    seat, worth = int(states.seat[0]), {}
    for action in np.flatnonzero(game.legal(states, states.seat)[0]).tolist():
        child = states.copy()
        worth[action] = float(game.play(child, np.array([action]))[0][seat])
        if not child.over[0]:
            below = max(best_of_all_lines(game, child).values())
            worth[action] += below if child.seat[0] == seat else -below
    return worth


@pytest.mark.parametrize("table", range(1, 13))
@pytest.mark.parametrize("before", [[], [2], [1, 0], [0, 2, 1]])
def test_the_sign_is_right_when_a_seat_moves_twice(toy: Callable[..., Game], table: int, before: list[int]) -> None:
    game = toy("twice", table=table)
    states = after(game, *before)
    worth = best_of_all_lines(game, states)
    answer = found(TreeSearch(game, no_opinion(game), value_scale=0.02), states, 4000)
    assert worth[int(answer.actions[0])] == pytest.approx(max(worth.values()), abs=0.03)
    assert answer.values[0] == pytest.approx(max(worth.values()), abs=0.15)


@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four"])
def test_what_a_search_settles_is_right(name: str) -> None:
    game = load_game(name)
    plies = 4 if name == "tic_tac_toe" else 33
    states = random_positions(game, 60, plies, seed=3)
    asked = []

    def evaluate(observations: NDArray[Any]) -> Answers:
        asked.append(len(observations))
        return some_opinion(game)(observations)

    answer = found(TreeSearch(game, evaluate), states, 4000)
    for row in range(len(states)):
        worth = best_of_all_lines(game, states[row : row + 1])
        assert worth[int(answer.actions[row])] == max(worth.values()) == answer.values[row]
    assert answer.sure.all()
    assert len(asked) < 1000, "the search goes on when everything is known"


def test_a_forced_win_is_found_by_few_simulations_that_a_mean_of_values_hides() -> None:
    game = load_game("connect_four")
    states = after(game, 3, 0, 2, 0, count=1)
    proved, guessed = (found(TreeSearch(game, no_opinion(game), proofs=on), states, 400) for on in (True, False))
    assert proved.values[0] == 1.0 > guessed.values[0]
    assert proved.actions[0] in (1, 4)


def test_rows_may_have_budgets_of_their_own() -> None:
    game = load_game("connect_four")
    search = TreeSearch(game, some_opinion(game))
    found(search, after(game, 3, count=3), [7, 1, 100])
    assert search.visits(3).sum(axis=1).tolist() == [7, 1, 100]


def test_a_tree_with_more_edges_than_usual_grows() -> None:
    game = load_game("hex", {"size": 13})
    states = random_positions(game, 3, 2, seed=1)
    large = found(TreeSearch(game, some_opinion(game)), states, 100)
    assert large.policies.sum(axis=1) == pytest.approx(1.0)


def test_a_forced_action_costs_no_simulation() -> None:
    game = load_game("tic_tac_toe")
    asked = []

    def evaluate(observations: NDArray[Any]) -> Answers:
        asked.append(len(observations))
        return no_opinion(game)(observations)

    answer = found(TreeSearch(game, evaluate), after(game, 0, 1, 2, 4, 3, 5, 7, 6), 100)
    assert (answer.actions.tolist(), asked) == ([8], [1])


@pytest.mark.parametrize("name", ["kuhn_poker", "rock_paper_scissors", "snakes"])
def test_games_in_which_a_node_is_no_position_are_refused(name: str) -> None:
    game = load_game(name)
    with pytest.raises(SparringError, match=r"can't search .* two seats in turn"):
        TreeSearch(game, no_opinion(game))


def network_file(game: Game, values: bool = True, scale: float = 0.3) -> bytes:
    """Observations times random weights: logits, and where wanted values."""
    random = np.random.default_rng(5)
    features = int(np.prod(game.observation_shape))
    weights = [scale * random.normal(size=(features, width)).astype(np.float32) for width in (game.num_actions, 1)]
    nodes = [
        helper.make_node("Cast", ["x"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["real"], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "policy"], ["logits"]),
        helper.make_node("MatMul", ["flat", "value"], ["values"]),
    ]
    outputs = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", game.num_actions]),
        helper.make_tensor_value_info("values", TensorProto.FLOAT, ["batch", 1]),
    ]
    graph = helper.make_graph(
        nodes if values else nodes[:3],
        "linear",
        [helper.make_tensor_value_info("x", TensorProto.INT8, ["batch", *game.observation_shape])],
        outputs if values else outputs[:1],
        [numpy_helper.from_array(weight, name) for weight, name in zip(weights, ("policy", "value"), strict=True)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def written(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


def ask(player: NetworkSearchPlayer, game: Game, states: Any, seeds: Any) -> Any:
    lanes = np.arange(len(states))
    player.begin(lanes, states["seat"], np.asarray(seeds, np.uint64))
    masks, observations = game.legal(states, states.seat), game.observe(states, states.seat)
    return player.act(Turn(lanes, states.seat, observations, masks, np.zeros(len(states), np.float32), states))


def test_a_player_searches_with_a_model_of_the_registry_or_a_file(tmp_path: Path) -> None:
    game = load_game("tic_tac_toe")
    content = network_file(game)
    reference = Registry().publish("tic_tac_toe/ada", {"model.onnx": content}, manifest_for(game))
    path = written(tmp_path / "net.onnx", content)
    states = random_positions(game, 30, 2, seed=1)
    by_model, by_file = (
        ask(load(f"search:{name},simulations=40", game), game, states, np.arange(30)) for name in (reference, path)
    )
    assert list(by_model.actions) == list(by_file.actions)
    players = [load(f"search:{reference},simulations=100", game), load("random", game)]
    tally = play_duel(game, players, ["search", "random"], 40, seed=1).tally()
    assert tally.errors == (0, 0)
    assert tally.wins[0] > tally.wins[1] + 20


def test_a_player_draws_with_a_temperature_for_so_many_plies(tmp_path: Path) -> None:
    game = load_game("connect_four")
    path = written(tmp_path / "net.onnx", network_file(game, scale=0.01))
    states = after(game, 3, 3, count=60)

    def choices(options: str, seed: int = 0) -> list[int]:
        reply = ask(NetworkSearchPlayer(f"{path},simulations=8{options}", game, seed), game, states, np.arange(60))
        return [int(action) for action in reply.actions]

    assert len(set(choices(""))) == 1
    assert len(set(choices(",temperature=1"))) > 3
    assert choices(",temperature=1") == choices(",temperature=1") != choices(",temperature=1", seed=4)
    assert choices(",temperature=1,plies=2") == choices("")


def test_a_player_that_looks_in_both_ways_plays_the_mirrored_match_mirrored(tmp_path: Path) -> None:
    game = load_game("connect_four")
    path = written(tmp_path / "net.onnx", network_file(game))
    lines = np.random.default_rng(4).integers(7, size=(40, 6))
    here, mirrored = (game.new_states(np.zeros(40, np.uint64)) for _ in range(2))
    for columns in lines.T:
        game.play(here, columns)
        game.play(mirrored, 6 - columns)
    alike = []
    for views in (1, 2):
        player = NetworkSearchPlayer(f"{path},simulations=30,views={views}", game)
        there, back = (ask(player, game, states, np.zeros(40)).actions for states in (here, mirrored))
        alike.append(sum(np.asarray(there) == 6 - np.asarray(back)))
    assert alike[0] < 30
    assert alike[1] == 40
    with pytest.raises(BadOption, match=r"views can't be '3'; Connect Four can be looked at in 2"):
        load(f"search:{path},views=3", game)


def test_a_players_choice_does_not_depend_on_the_batch(tmp_path: Path) -> None:
    game = load_game("connect_four")
    path = written(tmp_path / "net.onnx", network_file(game))
    states = random_positions(game, 300, 6, seed=2)
    seeds = np.arange(len(states))
    player = NetworkSearchPlayer(f"{path},simulations=30,temperature=1", game, 1)
    together = list(ask(player, game, states, seeds).actions)
    for row in (0, 150, len(states) - 1):
        assert ask(player, game, states[row : row + 1], seeds[row : row + 1]).actions[0] == together[row]


def test_a_network_that_answers_nonsense_is_at_fault(tmp_path: Path) -> None:
    game = load_game("tic_tac_toe")
    path = written(tmp_path / "net.onnx", network_file(game, scale=np.nan))
    reply = ask(NetworkSearchPlayer(path, game), game, after(game, 4, count=3), np.arange(3))
    assert {row: fault.kind for row, fault in reply.faults.items()} == {0: "crash", 1: "crash", 2: "crash"}


def test_what_will_not_do_is_refused_with_a_reason(tmp_path: Path) -> None:
    game = load_game("tic_tac_toe")
    path = written(tmp_path / "net.onnx", network_file(game))
    blunt = written(tmp_path / "blunt.onnx", network_file(game, values=False))
    with pytest.raises(SparringError, match="says no values"):
        load(f"search:{blunt}", game)
    with pytest.raises(SparringError, match="There is no file"):
        load(f"search:{tmp_path}/missing.onnx", game)
    with pytest.raises(UnknownName):
        load("search:tic_tac_toe/nobody", game)
    with pytest.raises(BadOption, match="has no option 'simulation'"):
        load(f"search:{path},simulation=8", game)
    with pytest.raises(BadOption, match="whole number in 1"):
        load(f"search:{path},simulations=0", game)
    with pytest.raises(BadOption, match="whole number in 1"):
        load(f"search:{path},simulations=2.5", game)
