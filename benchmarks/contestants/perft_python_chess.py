"""Chess: lines of play a second, counted with python-chess; at the last ply moves are counted, not played."""

import sys
import time

import chess
from contestant import serve


def count(board, depth):
    if depth == 1:
        return board.legal_moves.count()
    lines = 0
    for move in board.legal_moves:
        board.push(move)
        lines += count(board, depth - 1)
        board.pop()
    return lines


def prepare():
    def measure(seconds):
        started = time.perf_counter()
        lines = count(chess.Board(), int(sys.argv[1]))
        return {"value": lines / (time.perf_counter() - started), "lines": lines}

    return measure


serve(prepare, ["chess"])
