"""Positions as text in Forsyth-Edwards Notation (FEN), from and to records."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.games.chess.moves import attacked, may_capture_en_passant
from sparring.games.chess.rules import list_moves
from sparring.games.chess.tables import BISHOP, KEEPS, KING, KNIGHT, PAWN, QUEEN, ROOK, START

LETTERS = ".PNBRQKkqrbnp"
"""White's pieces by number; black's by negative number from the end."""
START_FEN = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1"


def square_name(square: int) -> str:
    """
    >>> square_name(0), square_name(63)
    ('a1', 'h8')
    """
    return "abcdefgh"[square % 8] + str(square // 8 + 1)


def set_position(state: Any, fen: str) -> None:
    """Put the position into a started record. What came before it is unknown, so it counts as the first of its kind.

    The ply becomes that of the move number, so that ``to_fen`` gives the same text back; an en passant square is kept
    where a capture there is legal. Raises ValueError with a sentence for a text that is no position.

    >>> from sparring.engine import load_game
    >>> game = load_game("chess")
    >>> state = game.new_states([0])[0]
    >>> set_position(state, "8/8/8/4k3/8/8/4P3/4K3 b - - 4 60")
    >>> to_fen(game.view(state))
    '8/8/8/4k3/8/8/4P3/4K3 b - - 4 60'
    """
    fields = fen.split()
    if len(fields) != 6 or fields[1] not in ("w", "b") or not (fields[4] + fields[5]).isdecimal():
        raise ValueError(f"A position has six fields like '{START_FEN}', not {fen!r:.90}.")
    board, seat, number = _board(fields[0]), "wb".index(fields[1]), int(fields[5])
    kings = [_king(board, side) for side in (1, -1)]
    if attacked(board, 2 * seat - 1, kings[1 - seat], kings[1 - seat]):
        raise ValueError(f"Who is to move could take the king: {fen!r:.90}.")
    state["board"], state["kings"], state["seat"] = board, kings, seat
    state["rights"] = _rights(board, fields[2])
    state["en_passant"] = _en_passant(board, seat, kings[seat], fields[3])
    state["clock"], state["ply"] = min(int(fields[4]), 99), min(2 * max(number - 1, 0) + seat, 30_000)
    state["reversible"] = state["repeated"] = state["ending"] = 0
    state["_history"], state["winner"], state["over"] = 0, -1, False
    list_moves(state)


def to_fen(view: dict[str, Any]) -> str:
    """The position of a view (see ``Game.view``), with an en passant square only where a capture there is legal."""
    ranks = ["".join(LETTERS[piece] for piece in view["board"][8 * rank : 8 * rank + 8]) for rank in range(7, -1, -1)]
    placed = "/".join(_counted(rank) for rank in ranks)
    rights = "".join(letter for bit, letter in enumerate("KQkq") if view["rights"] >> bit & 1) or "-"
    en_passant = "-" if view["en_passant"] < 0 else square_name(view["en_passant"])
    return f"{placed} {'wb'[view['seat']]} {rights} {en_passant} {view['clock']} {view['ply'] // 2 + 1}"


def _counted(rank: str) -> str:
    """Runs of empty squares as their number."""
    for empty in range(8, 0, -1):
        rank = rank.replace("." * empty, str(empty))
    return rank


def _board(field: str) -> NDArray[np.int8]:
    ranks = field.split("/")
    for empty in "12345678":
        ranks = [rank.replace(empty, "." * int(empty)) for rank in ranks]
    if len(ranks) != 8 or any(len(rank) != 8 or set(rank) - set(LETTERS) for rank in ranks):
        raise ValueError(f"A board is eight ranks of eight squares, the eighth first, not {field!r:.80}.")
    pieces = [LETTERS.index(letter) for rank in reversed(ranks) for letter in rank]
    board = np.array([piece if piece <= KING else piece - len(LETTERS) for piece in pieces], np.int8)
    if (np.abs(board[[*range(8), *range(56, 64)]]) == PAWN).any():
        raise ValueError("No pawn stands on the first or last rank.")
    for side in (1, -1):
        has = [int((board == side * kind).sum()) for kind in range(KING)]
        promoted = sum(max(0, has[kind] - usual) for kind, usual in ((KNIGHT, 2), (BISHOP, 2), (ROOK, 2), (QUEEN, 1)))
        if has[PAWN] + promoted > 8:
            raise ValueError("No side comes by that many pieces: eight pawns, some of them promoted, are all it has.")
    return board


def _king(board: NDArray[np.int8], side: int) -> int:
    kings = np.flatnonzero(board == side * KING)
    if len(kings) != 1:
        raise ValueError(f"{'White' if side == 1 else 'Black'} has {len(kings)} kings instead of one.")
    return int(kings[0])


def _rights(board: NDArray[np.int8], field: str) -> int:
    """The rights in the field, less those whose king or rook has left."""
    rights = sum(1 << bit for bit, letter in enumerate("KQkq") if letter in field)
    for square in np.flatnonzero(board != START):
        rights &= int(KEEPS[square])
    return rights


def _en_passant(board: NDArray[np.int8], seat: int, king: int, field: str) -> int:
    side = 1 - 2 * seat
    if field == "-":
        return -1
    if len(field) != 2 or field[0] not in "abcdefgh" or field[1] != "63"[seat]:
        raise ValueError(f"En passant goes to the {'third' if seat else 'sixth'} rank, not {field!r:.10}.")
    to = "abcdefgh".index(field[0]) + 8 * (int(field[1]) - 1)
    passed = board[to - 8 * side] == -side * PAWN and board[to] == 0 and board[to + 8 * side] == 0
    return to if passed and may_capture_en_passant(board, side, king, to) else -1
