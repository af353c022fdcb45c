"""Chess played side by side with python-chess: positions, legal moves, and how matches end.

Our names of actions are the moves that python-chess reads. Half of the time pieces go back where they came from, so
that repetitions and fifty moves happen; some lines begin in endings, where little else does.
"""

from __future__ import annotations

from functools import cache

import chess
import numpy as np
import pytest

from sparring.engine import Game, load_game
from sparring.games.chess.fen import START_FEN, set_position, to_fen
from sparring.games.chess.rules import CHECKMATE, FIFTY, MATERIAL, ON, REPETITION, STALEMATE

STARTS = [
    START_FEN,
    START_FEN,
    "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",
    "8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1",
    "r3k2r/8/8/8/8/8/8/R3K2R b KQkq - 0 1",
    "4k3/8/8/8/8/8/8/R3K3 w Q - 0 1",
    "8/PPPk4/8/8/8/8/4Kppp/8 b - - 0 1",
    "6bk/8/8/8/8/8/p1B5/K1N5 b - - 90 70",
    "k7/8/2K5/8/8/8/8/1QR5 w - - 0 1",
]


def ending(board: chess.Board) -> int:
    """How the match ended, by python-chess."""
    if not any(board.generate_legal_moves()):
        return CHECKMATE if board.is_check() else STALEMATE
    if board.is_insufficient_material():
        return MATERIAL
    if board.is_repetition(3):
        return REPETITION
    return FIFTY if board.halfmove_clock >= 100 else ON


@cache
def name_of(game: Game, action: int, seat: int, promotes: bool) -> str:
    """Names of actions depend on no more than this."""
    states = game.new_states([1])
    states.seat[0] = seat
    states.board[0] = (1 if promotes else 4) * (1 - 2 * seat)
    return game.action_name(action, states[0])


def moves_of(game: Game, states) -> dict[chess.Move, int]:
    seat, legal = int(states.seat[0]), np.flatnonzero(game.legal(states, states.seat)[0])
    pawns = np.abs(states.board[0][legal // 73 ^ 56 * seat]) == chess.PAWN
    return {
        chess.Move.from_uci(name_of(game, int(a), seat, bool(p))): int(a) for a, p in zip(legal, pawns, strict=True)
    }


def choose(moves: list[chess.Move], board: chess.Board, random: np.random.Generator) -> chess.Move:
    if len(board.move_stack) > 1 and random.random() < 0.5:
        last = board.move_stack[-2]
        back = chess.Move(last.to_square, last.from_square)
        if back in moves:
            return back
    return moves[random.integers(len(moves))]


def play_beside(plies: int, seed: int) -> list[int]:
    """Play at least ``plies`` plies; returns how the matches ended."""
    game, random, endings = load_game("chess"), np.random.default_rng(seed), []
    while plies > 0:
        states, board = game.new_states([1]), chess.Board(STARTS[len(endings) % len(STARTS)])
        set_position(states[0], board.fen())
        while not states.over[0]:
            assert to_fen(game.view(states[0])) == board.fen()
            moves = moves_of(game, states)
            assert set(moves) == set(board.legal_moves)
            move = choose(sorted(moves, key=moves.__getitem__), board, random)
            rewards = game.play(states, np.array([moves[move]]))[0].tolist()
            board.push(move)
            plies -= 1
            assert states.ending[0] == ending(board), board.fen()
            points = 1.0 if states.ending[0] == CHECKMATE else 0.0
            assert rewards == ([points, -points] if board.turn == chess.BLACK else [-points, points])
        endings.append(int(states.ending[0]))
    return endings


def test_ten_thousand_plies_are_the_same():
    endings = play_beside(10_000, seed=1)
    assert {CHECKMATE, STALEMATE, MATERIAL, REPETITION, FIFTY} <= set(endings)


@pytest.mark.nightly
@pytest.mark.timeout(7200)
def test_a_million_plies_are_the_same():
    play_beside(1_000_000, seed=2)
