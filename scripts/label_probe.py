"""Make the Connect Four probe: positions from random play, labelled by a solver that shares no code with this project.

Run it in an environment of its own (the solver is no dependency of Sparring)::

    python -m venv /tmp/solver && /tmp/solver/bin/pip install bitbully
    /tmp/solver/bin/python scripts/label_probe.py sparring/learning/probes/connect_four.json

A position is the sequence of columns that led to it. It is kept when the match is not over, no earlier position equals
it or its mirror image, and its legal moves differ in their result, so that a careless choice shows.
For each column stands what the game comes to with perfect play after that move, from the side of the player who moves:
``W`` won, ``D`` drawn, ``L`` lost, ``-`` the column is full.
"""

from __future__ import annotations

import argparse
import json
import random
from importlib.metadata import version
from pathlib import Path

from bitbully import BitBully, Board

MAX_PLY = 36


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--positions", type=int, default=3000)
    arguments.add_argument("--seed", type=int, default=20261121)
    given = arguments.parse_args()
    positions = labelled_positions(given.positions, given.seed)
    header = {
        "game": "connect_four",
        "rules_version": 1,
        "solver": f"bitbully {version('bitbully')}, opening book 12-ply-dist of bitbully-databases "
        f"{version('bitbully-databases')} (https://pypi.org/project/bitbully/)",
        "made_by": f"scripts/label_probe.py --positions {given.positions} --seed {given.seed}",
        "sampling": f"uniform random play to a ply drawn from 0..{MAX_PLY}; not over, distinct but for mirroring, "
        "moves differ",
        "format": "columns played, then for each column W, D, L (result for the player who moves there) or - (full)",
    }
    lines = ",\n".join(json.dumps(position, separators=(",", ":")) for position in positions)
    head = json.dumps(header, indent=1).removesuffix("\n}")
    given.file.write_text(f'{head},\n "positions": [\n{lines}\n]}}\n', encoding="utf-8")


def labelled_positions(count: int, seed: int) -> list[tuple[str, str]]:
    """``count`` positions as (columns played, results); the same for the same seed."""
    chance, solver = random.Random(seed), BitBully()
    found: list[tuple[str, str]] = []
    seen: set[int] = set()
    while len(found) < count:
        played = random_position(chance)
        if played is None:
            continue
        columns, board = played
        key = min(board.uid(), board.mirror().uid())
        if key in seen:
            continue
        seen.add(key)
        results = label(board, solver)
        if len(set(results) - {"-"}) > 1:
            found.append((columns, results))
    return found


def random_position(chance: random.Random) -> tuple[str, Board] | None:
    """Random play to a random ply; None when the match is over by then."""
    board, columns = Board(), ""
    for _ in range(chance.randint(0, MAX_PLY)):
        column = chance.choice(sorted(board.legal_moves()))
        board.play(column)
        columns += str(column)
        if board.is_game_over():
            return None
    return columns, board


def label(board: Board, solver: BitBully) -> str:
    """One letter a column. The solver scores a move positive, zero or negative: won, drawn or lost."""
    scores = solver.score_all_moves(board)
    return "".join(
        "-" if column not in scores else "DWL"[(scores[column] > 0) - (scores[column] < 0)] for column in range(7)
    )


if __name__ == "__main__":
    main()
