"""Tree search where a position doesn't tell all: chance, hidden cards, more seats, several heads, all at once."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.agents import load, mcts
from sparring.agents.mcts import MctsPlayer
from sparring.agents.player import Turn
from sparring.engine import Batch, load_game
from sparring.engine.seeds import spread
from sparring.errors import SparringError
from sparring.matches import Pairing, play_duel, play_matches

HIDDEN = [("kuhn_poker", 1), ("kuhn_poker", 2), ("leduc_poker", 3), ("liars_dice", 2)]
REST, FIGHT, SWORD = 0, 1, 2
ROCK, PAPER, SCISSORS = 0, 1, 2


def ask(player, game, states, seats=None, seeds=None) -> list:
    """The player's choices for these seats, by default those to move, in matches of seeds 0, 1, 2, ..."""
    states = states.view(np.recarray)
    own = np.asarray(states.seat if seats is None else seats, np.int8)
    lanes = np.arange(len(states))
    player.begin(lanes, own, np.asarray(lanes if seeds is None else seeds, np.uint64))
    masks, observations = game.legal(states, own), game.observe(states, own)
    actions = player.act(Turn(lanes, own, observations, masks, np.zeros(len(own), np.float32), states)).actions
    return np.asarray(actions).tolist()


def positions(game, plies: int, count: int = 40):
    batch = Batch(game, 8 * count, seed=plies)
    for _ in range(plies):
        batch.step(batch.random_actions())
    return batch.states[batch.states["ply"] == plies][:count].copy()


def points(name: str, opponent: str, matches: int, simulations: int = 200, **options) -> tuple[int, float]:
    """Matches won, and what was won more than lost, by mcts against ``opponent``."""
    game = load_game(name, options)
    players = [MctsPlayer(game, seed=1, simulations=simulations), load(opponent, game, seed=2)]
    tally = play_duel(game, players, ["mcts", opponent], matches, seed=3).tally()
    assert tally.errors == (0, 0)
    return tally.wins[0], tally.scores[0]


def test_it_wins_chips_from_random_at_poker():
    assert points("kuhn_poker", "random", 1000)[1] > 120
    assert points("leduc_poker", "random", 500)[1] > 250


def test_it_beats_random_at_liars_dice_and_snakes():
    assert points("liars_dice", "random", 60)[0] > 48
    assert points("snakes", "random", 20, simulations=100)[0] >= 18


def test_it_beats_a_script_that_only_looks_for_food():
    assert points("snakes", "scripted:greedy", 10)[0] >= 7


@pytest.mark.parametrize(("name", "plies"), HIDDEN)
def test_it_never_uses_what_its_seat_does_not_know(name, plies):
    game = load_game(name)
    states = positions(game, plies)
    other = states.copy()
    for row in range(len(other)):
        record = other[row : row + 1].view(np.recarray)[0]
        record.random[:] = [row + 1, 77]
        game.rules.redeal(record, int(record.seat))
        record.random[:] = [row + 5, 99]
    fields = [field for field in states.dtype.names if field != "random"]
    assert sum((states[field] != other[field]).any() for field in fields) > 0
    player = MctsPlayer(game, simulations=100)
    assert ask(player, game, states) == ask(player, game, other)


def test_it_does_not_foresee_chance(toy):
    game = toy("gamble")
    states = game.new_states(np.arange(100, dtype=np.uint64))
    assert ask(MctsPlayer(game, simulations=100), game, states) == [0] * 100


def test_in_rock_paper_scissors_it_throws_each_about_as_often():
    game = load_game("rock_paper_scissors", {"repetitions": 3})
    states = game.new_states(np.zeros(600, np.uint64))
    for seat in (0, 1):
        thrown = ask(MctsPlayer(game, simulations=150), game, states, np.full(600, seat))
        assert np.bincount(thrown, minlength=3).min() > 140


def test_it_finds_what_dominates_in_a_matrix_game():
    game = load_game("matrix_game", {"game": "prisoners_dilemma", "repetitions": 1})
    states = game.new_states(np.zeros(20, np.uint64))
    for seat in (0, 1):
        assert sum(ask(MctsPlayer(game, simulations=800), game, states, np.full(20, seat))) >= 18


def test_two_seats_of_one_player_choose_apart_from_each_other():
    game = load_game("rock_paper_scissors")
    states = np.repeat(game.new_states(np.zeros(1, np.uint64)), 2)
    player = MctsPlayer(game, simulations=50)
    both = [ask(player, game, states, [0, 1], [seed, seed]) for seed in range(40)]
    assert len({tuple(pair) for pair in both}) == 9


def test_a_choice_of_several_heads_keeps_to_what_goes_together(toy):
    game = toy("stances", rounds=1)
    states = game.new_states(np.arange(20, dtype=np.uint64))
    for seat in range(2):
        assert ask(MctsPlayer(game, simulations=60), game, states, np.full(20, seat)) == [[FIGHT, SWORD]] * 20
    states.swords = 0
    assert {choice[0] for choice in ask(MctsPlayer(game, simulations=60), game, states)} == {FIGHT}


def test_it_plays_several_heads_without_a_fault(toy):
    game = toy("stances")
    players = [MctsPlayer(game, simulations=40), load("random", game)]
    tally = play_duel(game, players, ["mcts", "random"], 20, seed=2).tally()
    assert tally.errors == (0, 0)
    assert tally.wins[0] > tally.wins[1]


@pytest.mark.parametrize(("name", "seats"), [("liars_dice", 3), ("kuhn_poker", 3)])
def test_among_more_than_two_it_wins_more_than_its_share(name, seats):
    game = load_game(name, {"seats": seats})
    players = [MctsPlayer(game, seed=1, simulations=60), load("random", game, seed=2)]
    count = 120
    seating = np.ones((count, seats), np.int8)
    own = np.arange(count) % seats
    seating[np.arange(count), own] = 0
    records = play_matches(game, players, ["mcts", "random"], Pairing(spread(5, count), seating))
    assert all(record.fault is None for record in records)
    assert sum(record.scores[seat] for record, seat in zip(records, own.tolist(), strict=True)) > 0.15 * count


@pytest.fixture
def open_only(monkeypatch):
    """Search every game as if a position didn't tell all."""
    monkeypatch.setattr(mcts, "is_plain", lambda _: False)


@pytest.mark.usefixtures("open_only")
def test_it_never_loses_tic_tac_toe():
    game = load_game("tic_tac_toe")
    for opponent, matches in (("random", 40), ("minimax:depth=9", 6)):
        players = [MctsPlayer(game, seed=1, simulations=3000), load(opponent, game, seed=2)]
        tally = play_duel(game, players, ["mcts", "it"], matches, seed=4).tally()
        assert tally.wins[1] == 0
        assert tally.errors == (0, 0)


@pytest.mark.usefixtures("open_only")
def test_it_wins_at_once_and_blocks():
    game = load_game("tic_tac_toe")
    states = game.new_states(np.zeros(20, np.uint64))
    for action in (0, 3, 1):
        game.play(states, np.full(20, action))
    assert set(ask(MctsPlayer(game, simulations=400), game, states)) == {2}
    game.play(states, np.full(20, 8))
    assert set(ask(MctsPlayer(game, simulations=200), game, states)) == {2}


@pytest.mark.parametrize("name", ["leduc_poker", "snakes"])
def test_a_choice_does_not_depend_on_the_rest_of_the_batch(name):
    game = load_game(name)
    states = positions(game, 2, count=20)
    seeds = np.arange(50, 50 + len(states))
    together = ask(MctsPlayer(game, seed=1, simulations=60), game, states, seeds=seeds)
    backwards = ask(MctsPlayer(game, seed=1, simulations=60), game, states[::-1].copy(), seeds=seeds[::-1])
    assert backwards[::-1] == together
    assert ask(MctsPlayer(game, seed=2, simulations=60), game, states, seeds=seeds) != together


@pytest.mark.parametrize("name", ["kuhn_poker", "rock_paper_scissors"])
def test_compiled_and_interpreted_choose_alike(name):
    compiled, interpreted = load_game(name), load_game(name, compiled=False)
    states = positions(compiled, 1, count=6)
    asked = [ask(MctsPlayer(game, simulations=30), game, states) for game in (compiled, interpreted)]
    assert asked[0] == asked[1]


def test_a_search_leaves_the_position_alone():
    game = load_game("leduc_poker")
    states = positions(game, 2)
    before = states.tobytes()
    ask(MctsPlayer(game, simulations=20), game, states)
    assert states.tobytes() == before


def test_a_full_tree_goes_on_without_new_nodes(monkeypatch):
    monkeypatch.setattr(mcts, "_LARGEST_TREE", 20)
    game = load_game("kuhn_poker")
    states = positions(game, 2)
    states["cards"][np.arange(len(states)), states["seat"]] = 2
    facing = states[states["bettor"] >= 0]
    assert set(ask(MctsPlayer(game, simulations=300), game, facing)) == {1}  # the highest card calls


@pytest.mark.parametrize(
    ("name", "reason"),
    [("tug_of_war", "it is played with real numbers")],
)
def test_what_it_cannot_play_is_refused_with_a_reason(toy, name, reason):
    with pytest.raises(SparringError, match=f"mcts can't play {name}: {reason}"):
        MctsPlayer(toy(name))


def test_hidden_information_without_a_redeal_is_refused(toy):
    game = toy("stances")
    game.perfect_information = False
    with pytest.raises(SparringError, match="hides something from the seats, and its rules have no `redeal`"):
        MctsPlayer(game)
