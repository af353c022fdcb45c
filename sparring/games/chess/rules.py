"""The rules of chess: castling, en passant, promotion, mate and stalemate; threefold repetition, fifty moves without a
capture or pawn move, and positions in which nobody can mate end in a draw by themselves.

Everything a seat sees and does is written from its own side of the board: for black, ranks are counted from the top.
``_history`` holds the moves that could be taken back to reach an earlier position that may equal the present one, so
that repetitions are found by comparing boards; nothing is hashed. ``_moves`` holds the legal moves.
"""

import numpy as np

from sparring.games.chess.moves import MOST_MOVES, attacked, legal_moves, may_capture_en_passant
from sparring.games.chess.tables import (
    ACTIONS,
    BISHOP,
    KEEPS,
    KING,
    KNIGHT,
    PAWN,
    PLANE,
    PLANES,
    QUEEN,
    START,
    TARGET,
    UNDERPROMOTIONS,
)

TITLE = "Chess"
VERSION = 1
SEATS = 2
SIMULTANEOUS = False
PERFECT_INFORMATION = True
OPTIONS: dict = {}
BRANCHING = 35  # legal actions in a usual position
PLIES = 350  # of a random match

FIFTY_MOVES = 100  # plies
ON, CHECKMATE, STALEMATE, MATERIAL, REPETITION, FIFTY = 0, 1, 2, 3, 4, 5


def layout():
    return {
        "state": [
            ("board", np.int8, (64,)),
            ("kings", np.int8, (2,)),
            ("rights", np.int8),
            ("en_passant", np.int8),
            ("clock", np.int16),
            ("_history", np.int16, (FIFTY_MOVES,)),
            ("_moves", np.int16, (MOST_MOVES,)),
            ("_count", np.int16),
            ("reversible", np.int16),
            ("repeated", np.int8),
            ("ending", np.int8),
            ("winner", np.int8),
        ],
        "actions": ACTIONS,
        "observation": (20, 8, 8),
        "dtype": np.int8,
    }


def start(state):
    for square in range(64):
        state.board[square] = START[square]
    state.kings[0] = 4
    state.kings[1] = 60
    state.rights = 15
    state.en_passant = -1
    state.winner = -1
    list_moves(state)


def list_moves(state):
    """Bring ``_moves`` up to date: the end of the match depends on them, so they are found once a ply and kept."""
    seat = int(state.seat)
    king = int(state.kings[seat])
    rights = int(state.rights)
    state._count = legal_moves(state.board, 1 - 2 * seat, king, rights, int(state.en_passant), state._moves)


def legal(state, seat, mask):
    for i in range(state._count):
        mask[action_of(int(state._moves[i]), state.seat)] = True


def list_legal(state, actions):
    """Write the legal actions to ``actions``, as far as they fit; returns how many there are."""
    for i in range(min(state._count, actions.size)):
        actions[i] = action_of(int(state._moves[i]), state.seat)
    return state._count


def action_of(move, seat):
    """The number of a move as an action: 73 * from + plane, squares as the seat counts them."""
    flip = 56 * int(seat)
    origin = (move & 63) ^ flip
    to = (move >> 6 & 63) ^ flip
    promotion = move >> 12
    if promotion == 0 or promotion == QUEEN:
        return PLANES * origin + PLANE[origin, to]
    return PLANES * origin + UNDERPROMOTIONS + 3 * (promotion - KNIGHT) + to - origin - 7


def play(state, action):
    seat = int(state.seat)
    side = 1 - 2 * seat
    flip = 56 * seat
    origin = action // PLANES ^ flip
    to = int(TARGET[action]) ^ flip
    piece = side * int(state.board[origin])
    taken = int(state.board[to])
    quiet = taken == 0 and piece != PAWN and state.en_passant < 0
    kept = int(state.rights) & KEEPS[origin] & KEEPS[to]
    if piece == PAWN:
        move_pawn(state, side, origin, to, action % PLANES)
    else:
        state.board[to] = side * piece
        state.board[origin] = 0
        if piece == KING:
            state.kings[seat] = to
            if to - origin == 2 or origin - to == 2:
                move_rook_beside_king(state, side, origin, to)
    remember(state, origin + 64 * to, quiet and kept == state.rights)
    state.clock = 0 if piece == PAWN or taken != 0 else state.clock + 1
    state.rights = kept
    state.en_passant = -1
    state.seat = 1 - seat
    if piece == PAWN and (to - origin == 16 or origin - to == 16):
        if may_capture_en_passant(state.board, -side, int(state.kings[1 - seat]), (origin + to) // 2):
            state.en_passant = (origin + to) // 2
    finish(state, seat, taken != 0 or piece == PAWN)


def move_pawn(state, side, origin, to, plane):
    """A step, a capture (also en passant), or a promotion."""
    piece = PAWN
    if to < 8 or to >= 56:
        piece = QUEEN if plane < UNDERPROMOTIONS else KNIGHT + (plane - UNDERPROMOTIONS) // 3
    state.board[to] = side * piece
    state.board[origin] = 0
    if to == state.en_passant:
        state.board[to - 8 * side] = 0


def move_rook_beside_king(state, side, origin, to):
    rook = to + 1 if to > origin else to - 2
    state.board[(origin + to) // 2] = state.board[rook]
    state.board[rook] = 0


def remember(state, move, reversible):
    """Keep the move if it could be taken back; count how often the position now on the board was there before."""
    state.repeated = 0
    if not reversible:
        state.reversible = 0
        return
    state._history[state.reversible] = move
    state.reversible += 1
    if state.reversible >= 4:
        state.repeated = earlier_occurrences(state.board, state._history, int(state.reversible))


def earlier_occurrences(board, history, count):
    """How often the board looked like this before one of the last ``count`` plies, with the same seat to move.

    Takes the moves back on a copy and counts the squares on which it differs.
    """
    past = board.copy()
    different = 0
    found = 0
    for back in range(1, count + 1):
        move = int(history[count - back])
        origin = move & 63
        to = move >> 6
        different -= int(past[origin] != board[origin]) + int(past[to] != board[to])
        past[origin] = past[to]
        past[to] = 0
        different += int(past[origin] != board[origin]) + int(past[to] != board[to])
        if different == 0 and back % 2 == 0:
            found += 1
    return found


def finish(state, mover, changed):
    """End the match where the rules do; ``changed``: there are other pieces or pawns than before."""
    list_moves(state)
    if state._count == 0:
        side = 2 * mover - 1
        king = int(state.kings[1 - mover])
        state.ending = STALEMATE
        if attacked(state.board, side, king, king):
            state.ending = CHECKMATE
            state.winner = mover
    elif changed and nobody_can_mate(state.board):
        state.ending = MATERIAL
    elif state.repeated >= 2:
        state.ending = REPETITION
    elif state.clock >= FIFTY_MOVES:
        state.ending = FIFTY
    state.over = state.ending != ON


def nobody_can_mate(board):
    """Whether no line of play ends in mate: kings alone, with one knight, or with bishops on squares of one colour."""
    knights = 0
    dark = 0
    light = 0
    for square in range(64):
        piece = abs(board[square])
        if piece == 0 or piece == KING:
            continue
        if piece == KNIGHT:
            knights += 1
        elif piece == BISHOP:
            if (square // 8 + square) % 2 == 0:
                dark += 1
            else:
                light += 1
        else:
            return False
    if knights == 0:
        return dark == 0 or light == 0
    return knights == 1 and dark + light == 0


def reward(state, rewards):
    if state.winner >= 0:
        rewards[state.winner] = 1.0
        rewards[1 - state.winner] = -1.0


def observe(state, seat, observation):
    flip = 56 * int(seat)
    side = 1 - 2 * int(seat)
    rights = int(state.rights)
    own = rights if seat == 0 else rights >> 2
    other = rights >> 2 if seat == 0 else rights
    flags = int(state.repeated > 0) + 2 * (own & 3) + 8 * (other & 3) + 32 * (1 - int(seat))
    for square in range(64):
        rank = square // 8
        file = square % 8
        piece = side * int(state.board[square ^ flip])
        if piece > 0:
            observation[piece - 1, rank, file] = 1
        elif piece < 0:
            observation[5 - piece, rank, file] = 1
        observation[19, rank, file] = FIFTY_MOVES * square < 64 * state.clock
    for flag in range(6):
        if flags >> flag & 1:
            observation[12 + flag] = 1
    if state.en_passant >= 0:
        square = int(state.en_passant) ^ flip
        observation[18, square // 8, square % 8] = 1
