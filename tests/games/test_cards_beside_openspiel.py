"""Games of hidden information and matrix games played side by side with OpenSpiel's, from the same deals."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import numpy as np
import pyspiel
import pytest

from sparring.engine import load_game, perft

MATCHES_AT_ONCE = 250


def kuhn_chance(state, number):
    return int(state.cards[number])


def leduc_chance(state, number):
    return int(state.public if number == len(state.cards) else state.cards[number])


def dice_chance(state, number):
    """The die rolled as number ``number``, the first seat's first; OpenSpiel counts faces from 0, too."""
    seat, die = divmod(number, int(state.dice))
    return int(np.repeat(np.arange(state.counts.shape[1]), state.counts[seat])[die])


GAMES = [
    ("kuhn_poker", {"seats": 2}, "kuhn_poker(players=2)", kuhn_chance),
    ("kuhn_poker", {"seats": 3}, "kuhn_poker(players=3)", kuhn_chance),
    ("leduc_poker", {"seats": 2}, "leduc_poker(players=2)", leduc_chance),
    ("leduc_poker", {"seats": 3}, "leduc_poker(players=3)", leduc_chance),
    ("liars_dice", {"dice": 1}, "liars_dice(players=2,numdice=1)", dice_chance),
    ("liars_dice", {}, "liars_dice(players=2,numdice=5)", dice_chance),
    ("liars_dice", {"dice": 2, "faces": 4}, "liars_dice(players=2,numdice=2,dice_sides=4)", dice_chance),
]
every_game = pytest.mark.parametrize(("name", "options", "theirs", "chance"), GAMES, ids=[game[2] for game in GAMES])


class Pair:
    """One match in OpenSpiel, dealt as ours was."""

    def __init__(self, theirs, ours, chance):
        self.state, self.ours, self.chance, self.dealt = theirs.new_initial_state(), ours.copy(), chance, 0
        self.deal()

    def deal(self):
        while self.state.is_chance_node():
            self.state.apply_action(self.chance(self.ours, self.dealt))
            self.dealt += 1

    def play(self, action):
        self.state.apply_action(action)
        self.deal()


def play_beside(name, options, theirs, chance, plies):
    """Play random matches in both until ``plies`` plies are compared; returns how many matches ended."""
    game, spiel = load_game(name, options), pyspiel.load_game(theirs)
    assert (game.seats, game.num_actions) == (spiel.num_players(), spiel.num_distinct_actions())
    random = np.random.default_rng(plies)
    compared = matches = 0
    while compared < plies:
        states = game.new_states(random.integers(2**63, size=MATCHES_AT_ONCE))
        pairs = [Pair(spiel, state, chance) for state in states]
        returns = np.zeros((len(states), game.seats))
        playing = np.arange(len(states))
        while len(playing):
            moving = states[playing]
            masks = game.legal(moving, moving.seat)
            for row, index in enumerate(playing):
                assert pairs[index].state.current_player() == moving.seat[row]
                assert pairs[index].state.legal_actions() == np.flatnonzero(masks[row]).tolist()
            actions = (random.random(masks.shape) * masks).argmax(axis=1)
            returns[playing] += game.play(moving, actions)
            states[playing] = moving
            for index, action in zip(playing.tolist(), actions.tolist(), strict=True):
                pairs[index].play(action)
                assert pairs[index].state.is_terminal() == states.over[index]
            compared += len(playing)
            playing = playing[~states.over[playing]]
        assert returns.tolist() == [pair.state.returns() for pair in pairs]
        matches += len(states)
    return matches


@every_game
def test_random_matches_go_as_in_openspiel(name, options, theirs, chance):
    assert play_beside(name, options, theirs, chance, 10_000) > 200


@pytest.mark.nightly
@every_game
def test_a_million_plies_go_as_in_openspiel(name, options, theirs, chance):
    assert play_beside(name, options, theirs, chance, 1_000_000) > 20_000


def lines_in_openspiel(state, plies=0, counts=None):
    """How many lines of play and of chance lead to each number of plies, by walking OpenSpiel's whole tree."""
    counts = Counter() if counts is None else counts
    if not state.is_chance_node():
        counts[plies] += 1
    for action in [] if state.is_terminal() else state.legal_actions():
        lines_in_openspiel(state.child(action), plies + (not state.is_chance_node()), counts)
    return counts


@pytest.mark.parametrize("seats", [2, 3])
def test_kuhn_has_as_many_lines_over_all_deals_as_in_openspiel(seats):
    game = load_game("kuhn_poker", {"seats": seats})
    counts = Counter()
    for cards in permutations(range(seats + 1), seats):
        states = game.new_states([1])
        states.cards[0] = cards
        counts.update(dict(enumerate(perft(game, 6, states[0]).lines)))
    assert +counts == lines_in_openspiel(pyspiel.load_game(f"kuhn_poker(players={seats})").new_initial_state())


def test_leduc_has_as_many_lines_over_all_deals_as_in_openspiel():
    """Theirs is a tree in which the public card is dealt when it is turned; ours knows it before, unseen."""
    game = load_game("leduc_poker")
    deals = list(permutations(range(6), 3))
    states = game.new_states(np.zeros(len(deals)))
    states.cards, states.public = np.array(deals)[:, :2], np.array(deals)[:, 2]
    counts = Counter()
    for ply in range(9):
        public = np.where(states.turned == 1, states.public, -1)
        seen = np.column_stack([states.cards, public, states.history.reshape(len(states), -1)])
        counts[ply] = len(np.unique(seen, axis=0))
        rows, actions = game.legal(states, states.seat).nonzero()
        states = states[rows]
        game.play(states, actions)
    assert not len(states)
    assert counts == lines_in_openspiel(pyspiel.load_game("leduc_poker").new_initial_state())
