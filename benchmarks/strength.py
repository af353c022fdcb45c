"""Train on this machine and check the strength that is promised: `make strength` (about a quarter of an hour).

    make strength STRENGTH="--seeds 1 --minutes 0.2"        does it work?

Each run is `sparring train`, as a user would start it, in a data folder of its own. What counts is the published
model, loaded from the registry like any other agent: its share of result-preserving moves as the run measured it, 2,000
matches against random, and for tic-tac-toe every line of play from both seats. Exit status 1 when a promise was missed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from report import machine
from rich.console import Console
from rich.table import Table

from sparring.agents import Player, Turn, load
from sparring.engine import Game, load_game
from sparring.matches import play_duel

MATCHES = 2000
LATEST = Path(__file__).resolve().parent / "results" / "strength.json"


def main() -> int:
    options = arguments()
    runs = []
    with tempfile.TemporaryDirectory(prefix="sparring-strength-") as folder:
        os.environ["SPARRING_HOME"] = folder
        for seed in options.seeds:
            runs.append(connect_four(seed, options.minutes or 4.0))
            runs.append(tic_tac_toe(seed, options.minutes or 1.0))
    print_table(runs)
    if options.minutes is None:
        LATEST.parent.mkdir(exist_ok=True)
        LATEST.write_text(json.dumps({"machine": machine(), "runs": runs}, indent=1) + "\n")
    return 0 if all(run["met"] for run in runs) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--minutes", type=float, help="train for so long instead; nothing is written then")
    return parser.parse_args()


def connect_four(seed: int, minutes: float) -> dict[str, Any]:
    model, metrics = train("connect_four", seed, minutes)
    game = load_game("connect_four")
    players = [load(model, game), load("random", game, seed=seed)]
    tally = play_duel(game, players, names=["model", "random"], matches=MATCHES, seed=seed).tally()
    points = tally.points[0] / (2 * MATCHES)
    share = metrics["probe/share"]
    kept = share >= 0.75 and points >= 0.99
    measured = {"result_preserving": share, "points_against_random": points}
    return {"game": game.name, "seed": seed, "minutes": minutes, **measured, "met": kept}


def tic_tac_toe(seed: int, minutes: float) -> dict[str, Any]:
    model, _ = train("tic_tac_toe", seed, minutes)
    game = load_game("tic_tac_toe")
    player = load(model, game)
    lost = [lost_lines(game, player, seat) for seat in range(2)]
    return {"game": game.name, "seed": seed, "minutes": minutes, "lost_lines_by_seat": lost, "met": sum(lost) == 0}


def train(name: str, seed: int, minutes: float) -> tuple[str, dict[str, float]]:
    """Run `sparring train`; return the spec of the published model and what the run measured at its end."""
    run = f"{name}-{seed}"
    options = ["--minutes", str(minutes), "--seed", str(seed), "--name", run]
    command = [Path(sys.executable).parent / "sparring", "train", name, *options]
    print(" ".join(str(word) for word in command[1:]), file=sys.stderr, flush=True)
    subprocess.run(command, check=True, stdout=sys.stderr)
    result = json.loads((Path(os.environ["SPARRING_HOME"]) / "runs" / run / "result.json").read_text())
    return f"model:{result['model']}", result["metrics"]


def lost_lines(game: Game, player: Player, seat: int) -> int:
    """Return how many lines of play the player loses from ``seat``, whatever the other side does."""
    states, lost = game.new_states(np.zeros(1, np.uint64)), 0
    while len(states):
        seats = states["seat"].astype(np.int8)
        masks = game.legal(states, seats)
        own = np.flatnonzero(seats == seat)
        masks[own] = chosen_only(game, player, states[own], masks[own])
        rows, actions = np.nonzero(masks)
        following = states[rows].view(np.recarray)
        rewards = game.play(following, actions)
        lost += int((rewards[:, seat] < 0).sum())
        states = following[~following["over"]].view(np.recarray)
    return lost


def chosen_only(game: Game, player: Player, states: Any, masks: np.ndarray) -> np.ndarray:
    """Return the masks with nothing but the player's answer in each row."""
    if not len(states):
        return masks
    lanes, seats = np.arange(len(states)), states["seat"].astype(np.int8)
    player.begin(lanes, seats, np.zeros(len(states), np.uint64))
    observations, no_rewards = game.observe(states, seats), np.zeros(len(states), np.float32)
    reply = player.act(Turn(lanes, seats, observations, masks, no_rewards, states))
    return np.eye(game.num_actions, dtype=np.bool_)[np.asarray(reply.actions)] & masks


def print_table(runs: list[dict[str, Any]]) -> None:
    table = Table("game", "seed", "minutes", "measured", "", box=None)
    for run in runs:
        measured = {key: value for key, value in run.items() if key not in ("game", "seed", "minutes", "met")}
        said = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in measured.items())
        table.add_row(
            run["game"], str(run["seed"]), f"{run['minutes']:g}", said, "met" if run["met"] else "[red]missed"
        )
    Console().print(table)
    Console().print("promised: 75% result preserving and 99% of the points; no lost line", style="dim")


if __name__ == "__main__":
    sys.exit(main())
