"""Chess: published counts of lines, every way a match can end, and the two sides of the board."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sparring.games
from sparring.engine import Batch, load_game, perft
from sparring.games.chess import tables
from sparring.games.chess.evaluation import evaluate
from sparring.games.chess.fen import START_FEN, set_position, to_fen
from sparring.games.chess.rules import CHECKMATE, FIFTY, MATERIAL, REPETITION, STALEMATE, list_moves

PUBLISHED = {
    START_FEN: [20, 400, 8902, 197281, 4865609, 119060324],
    "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1": [48, 2039, 97862, 4085603, 193690690],
    "8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1": [14, 191, 2812, 43238, 674624, 11030083],
    "r3k2r/Pppp1ppp/1b3nbN/nP6/BBP1P3/q4N2/Pp1P2PP/R2Q1RK1 w kq - 0 1": [6, 264, 9467, 422333, 15833292],
    "rnbq1k1r/pp1Pbppp/2p5/8/2B5/8/PPP1NnPP/RNBQK2R w KQ - 1 8": [44, 1486, 62379, 2103487, 89941194],
    "r4rk1/1pp1qppp/p1np1n2/2b1p1B1/2B1P1b1/P1NP1N2/1PP1QPPP/R4RK1 w - - 0 10": [46, 2079, 89890, 3894594, 164075551],
}
"""Chess Programming Wiki, "Perft Results": the initial position and positions 2 to 6; the last number only nightly."""
MATES = [0, 0, 0, 8, 347]
"""Checkmates after n plies from the start, from the same page."""


def at(fen: str = START_FEN):
    """The game, and a record [1] of the position."""
    game = load_game("chess")
    states = game.new_states([1])
    set_position(states[0], fen)
    return game, states


def named(game, states) -> dict[str, int]:
    """The legal actions by name."""
    return {game.action_name(a, states[0]): int(a) for a in np.flatnonzero(game.legal(states, states.seat)[0])}


def play(game, states, *names: str) -> list[float]:
    """Play moves by name; the rewards of the last."""
    for name in names:
        rewards = game.play(states, np.array([named(game, states)[name]]))
    return rewards[0].tolist()


@pytest.mark.parametrize("fen", PUBLISHED)
def test_lines_are_as_many_as_published(fen):
    game, states = at(fen)
    known = PUBLISHED[fen][:-1]
    assert perft(game, len(known), states[0], bulk=True).lines == [1, *known]


def test_lines_that_end_in_mate_are_as_many_as_published():
    assert perft(load_game("chess"), 5).finished[1:] == MATES


@pytest.mark.nightly
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("fen", PUBLISHED)
def test_lines_are_as_many_as_published_one_ply_deeper(fen):
    game, states = at(fen)
    known = PUBLISHED[fen]
    assert perft(game, len(known), states[0], bulk=True).lines == [1, *known]


@pytest.mark.parametrize("fen", [*PUBLISHED, "4k3/8/8/8/3pP3/8/8/4K3 b - e3 0 1", "7k/8/8/8/8/8/8/KQ6 b - - 17 90"])
def test_positions_are_read_and_written_as_text(fen):
    game, states = at(fen)
    assert to_fen(game.view(states[0])) == fen


@pytest.mark.parametrize(
    ("fen", "complaint"),
    [
        ("", "six fields"),
        ("8/8/8/8/8/8/8/8 w - - 0 1", "0 kings instead of one"),
        ("kk6/8/8/8/8/8/8/K7 w - - 0 1", "Black has 2 kings"),
        ("k7/8/8/8/8/8/8/K8 w - - 0 1", "eight ranks of eight squares"),
        ("k6P/8/8/8/8/8/8/K7 w - - 0 1", "No pawn stands"),
        ("kR6/8/8/8/8/8/8/K7 w - - 0 1", "could take the king"),
        ("k7/8/8/8/8/8/8/K7 w - e9 0 1", "sixth rank"),
        ("k7/8/8/8/QQQQQQQQ/8/7Q/K6Q b - - 0 1", "that many pieces"),
        ("k7/8/8/8/8/8/8/K7 x - - 0 1", "six fields"),
    ],
)
def test_what_is_no_position_is_answered_with_a_sentence(fen, complaint):
    with pytest.raises(ValueError, match=complaint):
        at(fen)


def test_mate_wins_and_nothing_follows():
    game, states = at()
    assert play(game, states, "f2f3", "e7e5", "g2g4", "d8h4") == [-1.0, 1.0]
    assert (states.over[0], states.ending[0], states.winner[0]) == (True, CHECKMATE, 1)
    assert "checkmate, black won" in game.draw(states[0])


@pytest.mark.parametrize(
    ("fen", "move", "ending"),
    [
        ("k7/8/1K6/8/8/8/8/2Q5 w - - 0 1", "c1c7", STALEMATE),
        ("k7/8/8/8/8/8/1r6/K7 w - - 0 1", "a1b2", MATERIAL),
        ("k7/8/8/8/8/8/1r6/K2N4 w - - 0 1", "d1b2", MATERIAL),
        ("k1b5/8/8/8/8/8/1r6/K1B5 w - - 0 1", "c1b2", None),
        ("k4b2/8/8/8/8/8/1r6/K1B5 w - - 0 1", "c1b2", MATERIAL),
        ("k7/8/8/8/8/8/1r1N4/K2N4 w - - 0 1", "d1b2", None),
        ("k1n5/8/8/8/8/8/1r6/K2N4 w - - 0 1", "d1b2", None),
        ("7k/8/8/8/8/8/8/KR6 w - - 99 80", "b1b2", FIFTY),
        ("7k/8/8/8/8/8/8/KR6 w - - 98 80", "b1b2", None),
        ("7k/R7/8/8/8/8/8/K5R1 w - - 99 80", "a1a2", STALEMATE),
        ("7k/R7/8/8/8/8/8/KR6 w - - 99 80", "b1b8", CHECKMATE),
        ("7k/8/8/8/8/8/P7/KR6 w - - 99 80", "a2a3", None),
    ],
)
def test_matches_end_where_the_rules_end_them(fen, move, ending):
    game, states = at(fen)
    rewards = play(game, states, move)
    assert (states.over[0], states.ending[0]) == (ending is not None, ending or 0)
    assert rewards == ([1.0, -1.0] if ending == CHECKMATE else [0.0, 0.0])


def test_the_third_time_the_same_position_ends_the_match():
    game, states = at()
    there_and_back = ("g1f3", "g8f6", "f3g1", "f6g8")
    play(game, states, *there_and_back, *there_and_back[:3])
    assert not states.over[0]
    assert game.observe(states, states.seat)[0, 12].all(), "seen once before"
    assert play(game, states, there_and_back[3]) == [0.0, 0.0]
    assert (states.over[0], states.ending[0]) == (True, REPETITION)


def test_a_position_with_other_rights_to_castle_is_another_one():
    game, states = at("r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1")
    round_trip = ("a1b1", "a8b8", "b1a1", "b8a8")
    play(game, states, *round_trip, *round_trip)
    assert not states.over[0], "the first position of the three had rights that are lost"
    play(game, states, "a1b1")
    assert not states.over[0], "the first of these three had black's"
    play(game, states, "a8b8")
    assert states.ending[0] == REPETITION


def test_a_position_with_a_capture_en_passant_is_another_one():
    game, states = at("4k3/8/8/8/3p4/8/4P3/4K3 w - - 0 1")
    round_trip = ("e8e7", "e1f1", "e7e8", "f1e1")
    play(game, states, "e2e4", *round_trip, *round_trip)
    assert not states.over[0], "the first position of the three allowed the capture"
    play(game, states, "e8e7")
    assert states.ending[0] == REPETITION


def test_random_matches_end_in_every_way_and_always_with_something_to_do_before():
    batch, endings = Batch(load_game("chess"), 256, seed=3), []
    plies = np.zeros(256, int)
    while len(endings) < 256:
        assert batch.masks.any(axis=1).all()
        before = batch.states.copy()
        actions = batch.random_actions()
        batch.step(actions)
        plies += 1
        assert plies.max() < 17_700, "the longest match that the fifty moves allow"
        for row in np.flatnonzero(batch.over):
            batch.game.play_unchecked(before[row : row + 1], actions[row : row + 1])
            endings.append(int(before["ending"][row]))
            assert (batch.rewards[row] != 0).any() == (endings[-1] == CHECKMATE)
            plies[row] = 0
    assert {CHECKMATE, STALEMATE, MATERIAL, REPETITION, FIFTY} <= set(endings)


def test_en_passant_is_possible_at_once_or_never():
    game, states = at("4k3/8/8/8/3p4/8/4P3/4K3 w - - 0 1")
    play(game, states, "e2e4")
    assert "d4e3" in named(game, states)
    later = states.copy()
    play(game, later, "e8e7", "e1f1")
    assert "d4e3" not in named(game, later)
    play(game, states, "d4e3")
    assert to_fen(game.view(states[0])).startswith("4k3/8/8/8/8/4p3/8/4K3 w")


def test_en_passant_that_uncovers_the_own_king_is_not_legal():
    game, states = at("8/8/8/8/k2pP2R/8/8/4K3 b - e3 0 1")
    assert "d4e3" not in named(game, states)
    assert states.en_passant[0] == -1


def test_castling_moves_the_rook_and_needs_a_free_and_quiet_way():
    game, states = at("r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1")
    assert {"e1g1", "e1c1"} <= set(named(game, states))
    play(game, states, "e1g1", "e8c8")
    assert to_fen(game.view(states[0])) == "2kr3r/8/8/8/8/8/8/R4RK1 w - - 2 2"
    for rook, castling in (("5r2", {"e1c1"}), ("3r4", {"e1g1"}), ("1r6", {"e1c1", "e1g1"}), ("4r3", set())):
        game, states = at(f"4k3/8/8/8/8/{rook}/8/R3K2R w KQ - 0 1")
        assert {"e1g1", "e1c1"} & set(named(game, states)) == castling


def test_pawns_become_any_of_four_pieces():
    game, states = at("1n2k3/P7/8/8/8/8/8/4K3 w - - 0 1")
    moves = {name for name in named(game, states) if name.startswith("a7")}
    assert moves == {to + piece for to in ("a7a8", "a7b8") for piece in "qrbn"}
    play(game, states, "a7b8n")
    assert to_fen(game.view(states[0])).startswith("1N2k3/")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("fen", list(PUBLISHED)[:5])
def test_long_lines_are_the_same_interpreted(fen):
    game, states = at(fen)
    slow, beside = load_game("chess", compiled=False), states.copy()
    random = np.random.default_rng(1)
    for _ in range(100):
        if states.over[0]:
            break
        mask = game.legal(states, states.seat)
        assert (mask == slow.legal(beside, beside.seat)).all()
        action = random.choice(np.flatnonzero(mask[0]), 1)
        game.play(states, action)
        slow.play(beside, action)
        assert (states == beside).all()
        assert (game.observe(states, [0]) == slow.observe(beside, [0])).all()


def mirrored(states):
    """The same position with colours, sides of the board and seats exchanged."""
    other = states.copy()
    other["board"] = -states["board"].reshape(-1, 8, 8)[:, ::-1].reshape(-1, 64)
    other["kings"] = states["kings"][:, ::-1] ^ 56
    other["rights"] = (states["rights"] & 3) << 2 | states["rights"] >> 2
    other["en_passant"] = np.where(states["en_passant"] < 0, -1, states["en_passant"] ^ 56)
    other["seat"] = 1 - states["seat"]
    for state in other:
        list_moves(state)
    return other


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), plies=st.integers(0, 120))
def test_both_sides_see_and_do_the_same_from_their_side(seed, plies):
    batch = Batch(load_game("chess"), 4, seed)
    for _ in range(plies):
        batch.step(batch.random_actions())
    game, here = batch.game, batch.states.copy().view(np.recarray)
    there = mirrored(here)
    assert (game.legal(here, here.seat) == game.legal(there, there.seat)).all()
    for seat in range(2):
        seen, mirror = game.observe(here, [seat] * 4), game.observe(there, [1 - seat] * 4)
        assert (np.delete(seen, 17, axis=1) == np.delete(mirror, 17, axis=1)).all()
        assert (seen[:, 17] == 1 - seat).all()
        for row in range(4):
            assert evaluate(here[row], seat) == -evaluate(here[row], 1 - seat) == evaluate(there[row], 1 - seat)
    actions = game.legal(here, here.seat).argmax(axis=1)
    assert (game.play(here, actions) == game.play(there, actions)[:, ::-1]).all()


def test_the_observation_shows_what_the_page_says():
    game, states = at("r3k2r/8/8/8/3pP3/8/8/R3K3 b Qk e3 0 1")
    seen = game.observe(states, [1])[0]
    assert np.argwhere(seen[0]).tolist() == [[4, 3]], "black's pawn on d4 is on its fifth rank"
    assert np.argwhere(seen[6]).tolist() == [[4, 4]]
    assert [bool(seen[plane].all()) for plane in range(12, 18)] == [False, True, False, False, True, False]
    assert np.argwhere(seen[18]).tolist() == [[5, 4]]
    assert not seen[19].any()
    game, states = at("7k/8/8/8/8/8/8/KR6 w - - 50 80")
    assert game.observe(states, [0])[0, 19].ravel().tolist() == [1] * 32 + [0] * 32


def test_actions_are_numbered_as_the_page_says():
    game, states = at()
    moves = named(game, states)
    assert moves["e2e4"] == 73 * 12 + 1
    assert moves["g1f3"] == 73 * 6 + 56 + 7
    play(game, states, "e2e4")
    assert named(game, states)["e7e5"] == 73 * 12 + 1, "black counts from its side"
    game, states = at("8/4P3/8/8/8/k7/8/K7 w - - 0 1")
    assert named(game, states)["e7e8b"] == 73 * 52 + 64 + 3 * 1 + 1
    assert named(game, states)["e7e8q"] == 73 * 52


def test_of_4672_actions_1858_exist_on_the_board():
    on_board = tables.TARGET >= 0
    assert (on_board.sum(), len(on_board)) == (1858, 4672)


def test_material_counts_in_the_evaluation():
    assert evaluate(at()[1][0], 0) == 0
    assert evaluate(at("rnb1kbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1")[1][0], 0) > 0.5
    assert evaluate(at("4k3/8/8/8/8/8/P7/4K3 w - - 0 1")[1][0], 1) < 0


@pytest.mark.parametrize(
    ("fen", "last", "picks"),
    [(START_FEN, None, {"e2": {"e2e3", "e2e4"}}), ("8/4P3/8/8/8/k7/8/K7 w - - 0 1", None, {"e7": {"e7e8"}})],
)
def test_a_move_is_picked_from_its_square_to_its_square(fen, last, picks):
    from xml.etree import ElementTree

    game, states = at(fen)
    nodes = list(ElementTree.fromstring(game.draw(states[0])).iter())
    openers = {node.get("aria-label"): node.get("data-pick") for node in nodes if node.get("data-pick")}
    for square, moves in picks.items():
        opened = [node for node in nodes if node.get("data-from") == openers[square] and node.tag.endswith("rect")]
        names = {game.action_name(int(n.get("data-action")), states[0]) for n in opened if n.get("data-action")}
        further = [node for node in nodes if node.get("data-from") in {n.get("data-pick") for n in opened} - {None}]
        names |= {game.action_name(int(n.get("data-action")), states[0])[:4] for n in further if n.get("data-action")}
        assert names == moves
    assert all(node.get("display") == "none" for node in nodes if node.get("data-from"))


def test_the_page_for_players_says_how_to_read_and_write_actions():
    page = (Path(sparring.games.__file__).parent / "chess" / "README.md").read_text()
    for heading in ("## Rules", "## Observation", "## Actions", "## House agents"):
        assert heading in page
