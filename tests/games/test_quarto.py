"""Quarto: the full game, its squares, and the classic variant that existing players know."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from sparring.engine import Batch, Game, load_game, perft
from sparring.errors import BadOption, IllegalAction, UnknownName

GIVE, PLACE = 256, 272
ALL = frozenset(range(16))


def play(game: Game, *actions: int):
    states = game.new_states([1])
    for action in actions:
        rewards = game.play(states, np.array([action]))
    return states[0], rewards[0].tolist()


def legal(game: Game, state) -> list[int]:
    states = np.asarray(state).reshape(1).view(np.recarray)
    return np.flatnonzero(game.legal(states, states.seat)[0]).tolist()


def test_the_first_player_only_gives_a_piece():
    game = load_game("quarto")
    state, _ = play(game, GIVE + 9)
    assert legal(game, game.new_states([1])[0]) == [GIVE + piece for piece in range(16)]
    assert (state.hand, state.seat, (state.board >= 0).sum()) == (9, 1, 0)


def test_then_one_places_that_piece_and_gives_another():
    game = load_game("quarto")
    state, _ = play(game, GIVE + 9, 16 * 5 + 3)
    assert (state.board[1, 1], state.hand, state.seat) == (9, 3, 0)
    assert 16 * 0 + 9 not in legal(game, state), "a piece on the board can't be given"
    assert 16 * 0 + 3 not in legal(game, state), "nor can the piece at hand"
    assert 16 * 5 + 0 not in legal(game, state), "an occupied cell is taken"


def test_a_winning_placement_gives_nothing_and_wins_at_once():
    game = load_game("quarto")
    opening = (GIVE + 8, 16 * 0 + 9, 16 * 1 + 10, 16 * 2 + 11)
    state, _ = play(game, *opening)
    assert [action for action in legal(game, state) if action // 16 == 3 or action == PLACE + 3] == [PLACE + 3]
    state, rewards = play(game, *opening, PLACE + 3)
    assert (state.over, state.winner, rewards) == (True, 0, [1.0, -1.0])


def test_traits_shared_as_zeros_win_too():
    game = load_game("quarto")
    state, rewards = play(game, GIVE + 0, 16 * 0 + 1, 16 * 5 + 2, 16 * 10 + 3, PLACE + 15)
    assert (state.winner, rewards) == (0, [1.0, -1.0])


def test_four_pieces_that_share_nothing_do_not_win():
    game = load_game("quarto")
    state, _ = play(game, GIVE + 0, 16 * 0 + 15, 16 * 1 + 5, 16 * 2 + 10)
    assert PLACE + 3 not in legal(game, state)
    assert 16 * 3 + 1 in legal(game, state)


def test_a_square_wins_only_where_squares_count():
    line = (GIVE + 8, 16 * 5 + 9, 16 * 6 + 10, 16 * 9 + 11)
    for squares in (False, True):
        game = load_game("quarto", {"squares": squares})
        state, _ = play(game, *line)
        assert (PLACE + 10 in legal(game, state)) == squares
        assert (16 * 10 + 0 in legal(game, state)) != squares


def test_the_last_piece_is_placed_without_giving():
    game = load_game("quarto")
    rng = np.random.default_rng(4)
    full_boards = 0
    for seed in range(200):
        states = game.new_states([seed])
        while not states.over[0]:
            options = legal(game, states[0])
            if states.ply[0] == 16:
                full_boards += 1
                assert [action - PLACE for action in options] == np.flatnonzero(states.board[0].ravel() < 0).tolist()
            game.play(states, np.array([rng.choice(options)]))
        assert states.winner[0] >= 0 or (states.board >= 0).all()
    assert full_boards > 5


def test_classic_starts_with_piece_15_and_has_240_openings():
    game = load_game("quarto", {"variant": "classic"})
    state = game.new_states([1])[0]
    assert (game.num_actions, state.hand) == (256, 15)
    assert legal(game, state) == [16 * cell + piece for cell, piece in product(range(16), range(15))]


def test_classic_wins_100_and_the_winning_placement_names_a_next_piece():
    game = load_game("quarto", {"variant": "classic"})
    opening = (16 * 0 + 14, 16 * 1 + 13, 16 * 2 + 12)
    state, _ = play(game, *opening)
    assert {action % 16 for action in legal(game, state) if action // 16 == 3} == set(range(12))
    state, rewards = play(game, *opening, 16 * 3 + 0)
    assert (state.over, state.winner, rewards) == (True, 1, [-100.0, 100.0])
    assert game.forfeit == 100.0


def test_classic_places_the_last_piece_by_itself_for_the_opponent_who_may_win_by_it():
    game = load_game("quarto", {"variant": "classic"})
    rng = np.random.default_rng(1)
    winners = set()
    for seed in range(400):
        states = game.new_states([seed])
        while not states.over[0]:
            mover, ply = int(states.seat[0]), int(states.ply[0])
            game.play(states, np.array([rng.choice(legal(game, states[0]))]))
        if ply == 14:
            assert (states.board[0] >= 0).all() or states.winner[0] == mover
            winners.add({-1: "nobody", mover: "mover", 1 - mover: "opponent"}[int(states.winner[0])])
        assert ply <= 14
    assert winners == {"nobody", "mover", "opponent"}


def test_classic_has_no_squares():
    with pytest.raises(BadOption, match="no squares"):
        load_game("quarto", {"variant": "classic", "squares": True})


def test_bad_options_are_answered_with_the_allowed_ones():
    with pytest.raises(BadOption, match=r"'clasic'; it can be full, classic\."):
        load_game("quarto", {"variant": "clasic"})
    with pytest.raises(BadOption, match=r"squares of quarto can't be 2; it can be False, True\."):
        load_game("quarto", {"squares": 2})
    with pytest.raises(UnknownName, match="Did you mean 'squares'"):
        load_game("quarto", {"square": True})


def test_options_may_be_text():
    assert load_game("quarto", {"squares": "true"}).options == {"variant": "full", "squares": True}


def test_both_seats_see_the_same_board_and_whose_turn_it_is():
    game = load_game("quarto")
    states = game.new_states([1])
    game.play(states, np.array([GIVE + 9]))
    game.play(states, np.array([16 * 5 + 3]))
    mover, waiter = game.observe(states, [0])[0], game.observe(states, [1])[0]
    assert (mover[:11] == waiter[:11]).all()
    assert (mover[11] == 1).all()
    assert (waiter[11] == 0).all()
    assert mover[:5, 1, 1].tolist() == [1, 1, 0, 0, 1]
    assert mover[5:10, 0, 0].tolist() == [1, 1, 0, 0, 1]
    assert np.flatnonzero(mover[10].ravel() == 0).tolist() == [3, 9]


# An independent Quarto: sets of pieces as tuples of traits, cells as coordinates, no numbers in common with the rules.

CELLS = list(product(range(4), repeat=2))
PIECES = list(product((False, True), repeat=4))
LINES = [
    *({(r, c) for c in range(4)} for r in range(4)),
    *({(r, c) for r in range(4)} for c in range(4)),
    {(i, i) for i in range(4)},
    {(i, 3 - i) for i in range(4)},
]
SQUARES = [set(product((r, r + 1), (c, c + 1))) for r in range(3) for c in range(3)]


def naive_wins(placed: dict, cell: tuple, squares: bool) -> bool:
    lines = [line for line in LINES + (SQUARES if squares else []) if cell in line and line <= placed.keys()]
    return any(len({placed[c][trait] for c in line}) == 1 for line in lines for trait in range(4))


def naive_count(placed, hand, unused, depth, squares, classic) -> tuple[list[int], list[int]]:
    """Lines and finished matches by ply, below a position in which ``hand`` has to be placed."""
    lines, finished = [1] + [0] * depth, [0] * (depth + 1)
    if depth == 0:
        return lines, finished
    for cell in set(CELLS) - placed.keys():
        after = {**placed, cell: hand}
        won = naive_wins(after, cell, squares)
        for given in unused if classic or (unused and not won) else [None]:
            lines[1] += 1
            if won or not unused or (classic and len(unused) == 1):
                finished[1] += 1
                continue
            below = naive_count(after, given, unused - {given}, depth - 1, squares, classic)
            lines[2:] = [a + b for a, b in zip(lines[2:], below[0][1:], strict=True)]
            finished[2:] = [a + b for a, b in zip(finished[2:], below[1][1:], strict=True)]
    return lines, finished


def traits(piece: int) -> tuple[bool, ...]:
    return tuple(bool(piece >> bit & 1) for bit in range(4))


def naive_from(state, depth: int, squares: bool, classic: bool) -> tuple[list[int], list[int]]:
    placed = {(r, c): traits(state.board[r, c]) for r, c in CELLS if state.board[r, c] >= 0}
    hand = traits(state.hand)
    unused = frozenset(PIECES) - set(placed.values()) - {hand}
    return naive_count(placed, hand, unused, depth, squares, classic)


@pytest.mark.parametrize(
    "options", [{}, {"squares": True}, {"variant": "classic"}], ids=lambda value: "-".join(map(str, value)) or "full"
)
def test_lines_agree_with_an_independent_quarto(options):
    game = load_game("quarto", options)
    squares, classic = bool(options.get("squares")), "variant" in options
    opening = [] if classic else [GIVE + 15]
    start = game.new_states([1])
    for action in opening:
        game.play(start, np.array([action]))
    counts = perft(game, 2, start[0])
    assert (counts.lines, counts.finished) == naive_from(start[0], 2, squares, classic)
    compared = finished = 0
    for seed in range(60):
        batch = Batch(game, 1, seed)
        for _ in range(11):
            batch.step(batch.random_actions())
        state = batch.states.view(np.recarray)[0]
        if compared < 4 and state.hand >= 0 and (state.board >= 0).sum() >= 10:
            counts = perft(game, 6, state)
            assert (counts.lines, counts.finished) == naive_from(state, 6, squares, classic)
            compared, finished = compared + 1, finished + sum(counts.finished)
    assert compared == 4
    assert finished > 1000


def test_the_first_plies_of_the_full_game_are_counted():
    assert perft(load_game("quarto"), 3).lines == [1, 16, 16 * 16 * 15, 16 * 16 * 15 * 15 * 14]


def test_a_placement_beyond_the_board_is_refused():
    with pytest.raises(IllegalAction, match=r"outside 0\.\.287"):
        load_game("quarto").check_action(load_game("quarto").new_states([1])[0], 288)
