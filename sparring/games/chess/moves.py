"""The legal moves of chess, found without trying any: checks and pins are seen from the king.

A move is a number: from + 64 * to + 4096 * promotion (the piece a pawn becomes, else 0). ``side`` is 1 for white and
-1 for black, so that ``side * piece`` is positive for one's own.
"""

import numpy as np

from sparring.games.chess.tables import (
    BETWEEN,
    BISHOP,
    BIT,
    DIRECTION,
    EVERYWHERE,
    KING,
    KING_MOVES,
    KNIGHT,
    KNIGHT_MOVES,
    NOWHERE,
    PAWN,
    PAWN_CAPTURES,
    QUEEN,
    REACH,
    SLIDES,
    STEP,
)

MOST_MOVES = 256
"""Room for the moves of any position; the most that one is known to have is 218 (Petrovic, 1964)."""


def legal_moves(board, side, king, rights, en_passant, moves):
    """Write the legal moves of ``side`` to ``moves: int16 [MOST_MOVES]``; returns how many.

    ``king``: its square; ``rights``: to castle, bits as in the tables; ``en_passant``: the square behind a pawn that
    has just gone two, or -1.
    """
    pinned, targets, checkers = danger(board, side, king)
    count = 0
    if checkers < 2:
        for square in range(64):
            piece = side * board[square]
            if piece <= 0 or piece == KING:
                continue
            if piece == PAWN:
                count = pawn_moves(board, side, king, square, pinned, targets, moves, count)
            elif piece == KNIGHT:
                if pinned & BIT[square] == 0:
                    count = knight_moves(board, side, square, targets, moves, count)
            else:
                line = DIRECTION[king, square] if pinned & BIT[square] != 0 else -1
                count = sliding_moves(board, side, square, piece, line, targets, moves, count)
        if en_passant >= 0:
            count = en_passant_moves(board, side, king, en_passant, moves, count)
    count = king_moves(board, side, king, moves, count)
    if checkers == 0 and rights != 0:
        count = castling_moves(board, side, king, rights, moves, count)
    return count


def danger(board, side, king):
    """What the king has to fear: the set of own pieces that are pinned to it, the set of squares on which a move of
    another piece leaves it out of check, and how many pieces give check."""
    pinned = NOWHERE
    targets = EVERYWHERE
    checkers = 0
    for direction in range(8):
        step = STEP[direction]
        square = king
        guard = -1
        for _ in range(REACH[king, direction]):
            square += step
            piece = side * board[square]
            if piece > 0:
                if guard >= 0:
                    break
                guard = square
            elif piece < 0:
                if SLIDES[-piece, direction] == 1:
                    if guard >= 0:
                        pinned |= BIT[guard]
                    else:
                        checkers += 1
                        targets = BETWEEN[king, square] | BIT[square]
                break
    for i in range(8):
        square = KNIGHT_MOVES[king, i]
        if square < 0:
            break
        if side * board[square] == -KNIGHT:
            checkers += 1
            targets = BIT[square]
    for i in range(2):
        square = PAWN_CAPTURES[(1 - side) // 2, king, i]
        if square >= 0 and side * board[square] == -PAWN:
            checkers += 1
            targets = BIT[square]
    return pinned, targets, checkers


def attacked(board, side, square, king):
    """Whether the opponent of ``side`` attacks the square; lines pass through ``king``, who is about to leave."""
    for direction in range(8):
        step = STEP[direction]
        at = square
        for distance in range(REACH[square, direction]):
            at += step
            piece = side * board[at]
            if piece != 0 and at != king:
                if piece < 0 and (SLIDES[-piece, direction] == 1 or (distance == 0 and piece == -KING)):
                    return True
                break
    for i in range(8):
        at = KNIGHT_MOVES[square, i]
        if at < 0:
            break
        if side * board[at] == -KNIGHT:
            return True
    for i in range(2):
        at = PAWN_CAPTURES[(1 - side) // 2, square, i]
        if at >= 0 and side * board[at] == -PAWN:
            return True
    return False


def pawn_moves(board, side, king, square, pinned, targets, moves, count):
    """Steps and captures, but en passant."""
    line = DIRECTION[king, square] if pinned & BIT[square] != 0 else -1
    ahead = square + 8 * side
    if board[ahead] == 0:
        if line < 0 or DIRECTION[king, ahead] == line:
            if targets & BIT[ahead] != 0:
                count = pawn_arrives(square, ahead, moves, count)
            rank = square // 8
            if rank == (1 if side == 1 else 6):
                ahead += 8 * side
                if board[ahead] == 0 and targets & BIT[ahead] != 0:
                    count = pawn_arrives(square, ahead, moves, count)
    for i in range(2):
        to = PAWN_CAPTURES[(1 - side) // 2, square, i]
        if to >= 0 and side * board[to] < 0 and targets & BIT[to] != 0:
            if line < 0 or DIRECTION[king, to] == line:
                count = pawn_arrives(square, to, moves, count)
    return count


def pawn_arrives(square, to, moves, count):
    """A pawn's move, or the four promotions on the last rank."""
    if 8 <= to < 56:
        moves[count] = square + 64 * to
        return count + 1
    for promotion in range(KNIGHT, QUEEN + 1):
        moves[count] = square + 64 * to + 4096 * promotion
        count += 1
    return count


def knight_moves(board, side, square, targets, moves, count):
    for i in range(8):
        to = KNIGHT_MOVES[square, i]
        if to < 0:
            break
        if side * board[to] <= 0 and targets & BIT[to] != 0:
            moves[count] = square + 64 * to
            count += 1
    return count


def sliding_moves(board, side, square, piece, line, targets, moves, count):
    """Moves of bishops, rooks and queens; one that is pinned stays on its ``line`` with the king (-1: it is not)."""
    first = 1 if piece == BISHOP else 0
    stride = 1 if piece == QUEEN else 2
    for direction in range(first, 8, stride):
        if line >= 0 and (direction - line) % 4 != 0:
            continue
        step = STEP[direction]
        to = square
        for _ in range(REACH[square, direction]):
            to += step
            other = side * board[to]
            if other > 0:
                break
            if targets & BIT[to] != 0:
                moves[count] = square + 64 * to
                count += 1
            if other < 0:
                break
    return count


def king_moves(board, side, king, moves, count):
    for i in range(8):
        to = KING_MOVES[king, i]
        if to < 0:
            break
        if side * board[to] <= 0 and not attacked(board, side, to, king):
            moves[count] = king + 64 * to
            count += 1
    return count


def castling_moves(board, side, king, rights, moves, count):
    """Castling of a king that is not in check: nothing in between, and no attack on the squares it crosses."""
    if side == -1:
        rights = rights // 4
    for wing in range(2):
        step = 1 - 2 * wing
        if rights >> wing & 1 == 0 or board[king + step] != 0 or board[king + 2 * step] != 0:
            continue
        if wing == 1 and board[king - 3] != 0:
            continue
        safe = True
        for distance in range(1, 3):
            if safe and attacked(board, side, king + distance * step, king):
                safe = False
        if safe:
            moves[count] = king + 64 * (king + 2 * step)
            count += 1
    return count


def en_passant_moves(board, side, king, to, moves, count):
    """Captures en passant, the one kind of move that is tried out: it takes two pawns off a rank at once."""
    for i in range(2):
        square = PAWN_CAPTURES[(1 + side) // 2, to, i]
        if square >= 0 and side * board[square] == PAWN:
            passed = to - 8 * side
            board[to], board[square], board[passed] = board[square], 0, 0
            safe = not attacked(board, side, king, king)
            board[to], board[square], board[passed] = 0, side * PAWN, -side * PAWN
            if safe:
                moves[count] = square + 64 * to
                count += 1
    return count


def may_capture_en_passant(board, side, king, to):
    """Whether ``side`` has a legal capture en passant on ``to``."""
    return en_passant_moves(board, side, king, to, np.empty(2, np.int16), 0) > 0
