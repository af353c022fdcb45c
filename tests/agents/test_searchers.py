"""Minimax and MCTS: right where right is known, repeatable, and the same whoever shares the batch."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.agents import load
from sparring.agents.kernels.minimax import PATIENCE
from sparring.agents.mcts import MctsPlayer
from sparring.agents.minimax import MinimaxPlayer
from sparring.agents.player import Turn
from sparring.engine import Batch, Game, load_game
from sparring.engine.specialise import functions_of
from sparring.errors import SparringError
from sparring.matches import play_duel


def turn(game: Game, states, lanes) -> Turn:
    states = states.view(np.recarray)
    masks, observations = game.legal(states, states.seat), game.observe(states, states.seat)
    return Turn(lanes, states.seat, observations, masks, np.zeros(len(states), np.float32), states)


def ask(player, game: Game, states, seeds=None) -> list[int]:
    """The player's actions in matches of these seeds, by default 0, 1, 2, ..."""
    lanes = np.arange(len(states))
    player.begin(lanes, states["seat"], np.asarray(lanes if seeds is None else seeds, np.uint64))
    return [int(action) for action in player.act(turn(game, states, lanes)).actions]


def after(game: Game, *actions: int, count: int = 1):
    """``count`` copies of the position after these actions."""
    states = game.new_states(np.zeros(count, np.uint64))
    for action in actions:
        game.play(states, np.full(count, action))
    return states


def random_positions(game: Game, count: int, plies: int, seed: int):
    batch = Batch(game, 4 * count, seed)
    for _ in range(plies):
        batch.step(batch.random_actions())
    return batch.states[batch.states["ply"] == plies][:count].view(np.recarray)


def naive_values(game: Game, states, depth: int) -> dict[int, float]:
    """The value of each legal action by plain recursion over all lines."""
    seat = int(states.seat[0])
    evaluate = functions_of(game.rules)["evaluate"]

    def best(states, depth: int, weight: float) -> dict[int, float]:
        values = {}
        for action in np.flatnonzero(game.legal(states, states.seat)[0]).tolist():
            child = states.copy()
            rewards = game.play(child, np.array([action]))[0]
            values[action] = weight * float(rewards[seat] - rewards[1 - seat])
            if depth > 1 and not child.over[0]:
                below = best(child, depth - 1, weight * PATIENCE).values()
                values[action] += max(below) if child.seat[0] == seat else min(below)
            elif not child.over[0]:
                values[action] += weight * PATIENCE * 2 * min(0.95, max(-0.95, evaluate(child[0], seat)))
        return values

    return best(states, depth, 1.0)


@pytest.mark.parametrize(
    ("name", "options", "plies", "depth"),
    [
        ("tic_tac_toe", {}, 4, 5),
        ("tic_tac_toe", {}, 3, 3),
        ("connect_four", {"rows": 4, "columns": 4, "connect": 3}, 5, 4),
        ("connect_four", {}, 14, 3),
        ("quarto", {}, 13, 3),
        ("quarto", {"variant": "classic"}, 12, 3),
        ("othello", {"size": 6}, 14, 3),
        ("hex", {"size": 4}, 6, 3),
    ],
)
def test_minimax_chooses_among_the_best_of_all_lines_and_each_of_them_sometimes(name, options, plies, depth):
    game = load_game(name, options)
    for state in random_positions(game, 6, plies, seed=plies):
        position = np.asarray(state).reshape(1).view(np.recarray)
        values = naive_values(game, position, depth)
        best = {action for action, value in values.items() if value > max(values.values()) - 1e-9}
        many = np.repeat(position, 40 * len(best)).view(np.recarray)
        assert set(ask(MinimaxPlayer(game, depth=depth), game, many)) == best


@pytest.mark.parametrize("seat", [0, 1])
def test_minimax_of_depth_9_never_loses_tic_tac_toe_against_any_line_of_play(seat):
    game = load_game("tic_tac_toe")
    player = MinimaxPlayer(game, seed=5, depth=9)
    states = game.new_states([0])
    finished = wins = 0
    while len(states):
        if states.seat[0] == seat:
            game.play(states, np.array(ask(player, game, states)))
        else:
            replies = game.legal(states, states.seat)
            rows, actions = np.nonzero(replies)
            states = states[rows].copy()
            game.play(states, actions)
        over = states.over
        assert not (states.winner[over] == 1 - seat).any()
        finished, wins = finished + int(over.sum()), wins + int((states.winner[over] == seat).sum())
        states = states[~over]
    assert finished > 50
    assert wins > 20


def test_minimax_takes_the_quick_win():
    game = load_game("connect_four")
    open_three = after(game, 3, 3, 2, 2, 4, 4, count=30)
    assert set(ask(MinimaxPlayer(game, depth=5), game, open_three)) == {1, 5}


def test_minimax_puts_off_a_loss_that_it_cannot_escape():
    game = load_game("connect_four", {"rows": 4, "columns": 4, "connect": 3})
    put_off = 0
    for state in random_positions(game, 100, 5, seed=1):
        position = np.asarray(state).reshape(1).view(np.recarray)
        values = naive_values(game, position, 5)
        if min(values.values()) < max(values.values()) < 0:
            chosen = ask(MinimaxPlayer(game, depth=5), game, position)[0]
            assert values[chosen] == max(values.values())
            put_off += 1
    assert put_off >= 2


def test_mcts_wins_at_once_and_blocks():
    game = load_game("connect_four")
    assert set(ask(MctsPlayer(game, simulations=200), game, after(game, 0, 1, 0, 1, 0, 1, count=20))) == {0}
    assert set(ask(MctsPlayer(game, simulations=400), game, after(game, 0, 1, 0, 1, 0, count=20))) == {0}


PLAYERS = [(MinimaxPlayer, {"depth": 3}), (MctsPlayer, {"simulations": 60})]
every_searcher = pytest.mark.parametrize(("player", "options"), PLAYERS)


@every_searcher
def test_a_choice_depends_on_seed_and_position_but_not_on_the_rest_of_the_batch(player, options):
    game = load_game("connect_four")
    states = random_positions(game, 40, 7, seed=3)
    seeds = np.arange(100, 100 + len(states))
    together = ask(player(game, seed=1, **options), game, states, seeds)
    order = np.random.default_rng(1).permutation(len(states))
    shuffled = ask(player(game, seed=1, **options), game, states[order], seeds[order])
    assert shuffled == [together[row] for row in order]
    alone = [ask(player(game, seed=1, **options), game, states[i : i + 1], seeds[i : i + 1])[0] for i in range(10)]
    assert alone == together[:10]
    assert ask(player(game, seed=2, **options), game, states, seeds) != together
    assert ask(player(game, seed=1, **options), game, states, seeds + 1) != together


@every_searcher
def test_a_search_leaves_the_position_alone_and_always_answers_legally(player, options):
    for name in ("tic_tac_toe", "connect_four", "quarto"):
        game = load_game(name)
        batch = Batch(game, 30, seed=8)
        for _ in range(12):
            states = batch.states.view(np.recarray)
            before = states.tobytes()
            actions = ask(player(game, **options), game, states)
            assert batch.masks[np.arange(30), actions].all()
            assert states.tobytes() == before
            batch.step(np.array(actions))


@every_searcher
def test_compiled_and_interpreted_searches_choose_alike(player, options):
    compiled, interpreted = load_game("tic_tac_toe"), load_game("tic_tac_toe", compiled=False)
    states = random_positions(compiled, 12, 3, seed=2)
    assert ask(player(compiled, **options), compiled, states) == ask(
        player(interpreted, **options), interpreted, states
    )


def test_games_that_minimax_cannot_play_are_refused_with_a_reason():
    with pytest.raises(SparringError, match=r"can't play rock_paper_scissors: it is played simultaneously"):
        MinimaxPlayer(load_game("rock_paper_scissors"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"seats": 3}, "has 3 seats"),
        ({"perfect_information": False}, "hides something"),
    ],
)
def test_the_reason_names_what_is_in_the_way(change, reason):
    game = load_game("tic_tac_toe")
    for name, value in change.items():
        setattr(game, name, value)
    with pytest.raises(SparringError, match=reason):
        MinimaxPlayer(game)


def test_minimax_refuses_games_of_chance(toy):
    with pytest.raises(SparringError, match="involves chance"):
        MinimaxPlayer(toy("gamble"))


@pytest.mark.parametrize("name", ["hex", "othello"])
def test_a_win_within_sight_counts_more_than_any_evaluation(name):
    game = load_game(name, {"size": 4})
    seen = 0
    for state in random_positions(game, 200, 9 if name == "hex" else 10, seed=2):
        position = np.asarray(state).reshape(1).view(np.recarray)
        values = naive_values(game, position, 1)
        if max(values.values()) == 2:
            seen += 1
            chosen = ask(MinimaxPlayer(game, depth=3), game, position)[0]
            assert values[chosen] == 2
    assert seen > 2


def test_mcts_judges_by_the_evaluation_of_the_game_where_it_has_one():
    game = load_game("othello", {"size": 6})
    players = [load("mcts:simulations=100", game, seed=1), load("mcts:simulations=100,depth=10000", game, seed=2)]
    tally = play_duel(game, players, ["by evaluation", "at random"], 20, seed=1).tally()
    assert tally.wins[0] >= 15


def test_mcts_with_400_simulations_beats_random_in_more_than_95_of_100_matches():
    game = load_game("connect_four")
    players = [load("mcts:simulations=400", game, seed=1), load("random", game, seed=2)]
    duel = play_duel(game, players, names=["mcts", "random"], matches=100, seed=1)
    assert duel.document(states=False)["player_1_wins"] > 95


@pytest.mark.parametrize(
    ("name", "stronger", "weaker"),
    [
        ("connect_four", "mcts:simulations=200", "mcts:simulations=10"),
        ("connect_four", "minimax:depth=4", "minimax:depth=1"),
        ("quarto", "minimax:depth=2", "minimax:depth=1"),
        ("quarto", "mcts:simulations=400", "random"),
    ],
)
def test_more_search_plays_better(name, stronger, weaker):
    game = load_game(name)
    players = [load(stronger, game, seed=1), load(weaker, game, seed=2)]
    document = play_duel(game, players, names=["a", "b"], matches=40, seed=3).document(states=False)
    assert document["player_1_errors"] == document["player_2_errors"] == 0
    assert document["player_1_wins"] >= 30
