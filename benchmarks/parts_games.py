"""The catalogue of games: random play against peers, counting chess, and how soon a game is there."""

from __future__ import annotations

import shutil

from contest import Contestant
from part import OURS, Part, Target
from peers import PEERS_PYTHON

BESIDE_PEERS = {
    "tic_tac_toe": ("Tic-tac-toe", "tic_tac_toe", "tic_tac_toe"),
    "othello": ("Othello", "othello", "othello"),
    "hex": ("Hex 11x11", "hex", "hex"),
    "kuhn_poker": ("Kuhn poker", "kuhn_poker", "kuhn_poker"),
    "leduc_poker": ("Leduc poker", "leduc_holdem", "leduc_poker"),
    "chess": ("Chess", "chess", "chess"),
}
"""Our name -> title, name in Pgx, name in OpenSpiel. EnvPool 1.2.5 has none of these games."""

LARGEST = ("chess", "nh_fight", "quarto")


def game_parts() -> list[Part]:
    return [*(beside_peers(game) for game in BESIDE_PEERS), perft(), nh_fight(), robosumo(), first_step()]


def beside_peers(game: str) -> Part:
    title, in_pgx, in_openspiel = BESIDE_PEERS[game]
    return Part(
        f"play-{game.replace('_', '-')}",
        f"{title}, random play, batch 1024, one core, observation and mask in NumPy after each step",
        "steps/s",
        [
            Contestant("Sparring", [OURS, "random_play_sparring.py", game]),
            Contestant("OpenSpiel from Python", [PEERS_PYTHON, "random_play_pyspiel.py", in_openspiel]),
            Contestant("Pgx", [PEERS_PYTHON, "random_play_pgx.py", in_pgx]),
        ],
        [Target("Sparring", 20, "OpenSpiel from Python"), Target("Sparring", 3, "Pgx")],
        rounds=(5, 1),
    )


def perft() -> Part:
    contestants = [
        Contestant("Sparring", [OURS, "perft_sparring.py", "5"]),
        Contestant("python-chess", [PEERS_PYTHON, "perft_python_chess.py", "5"]),
    ]
    targets = [Target("Sparring", 10, "python-chess")]
    stockfish = shutil.which("stockfish", path="/usr/games:/usr/local/bin:/usr/bin")
    if stockfish:
        contestants.append(Contestant("Stockfish (C++)", [OURS, "perft_stockfish.py", stockfish, "5"]))
        targets.append(Target("Sparring", 1 / 5, "Stockfish (C++)"))
    return Part(
        "perft",
        "Chess, counting the 4,865,609 lines of five plies, one core, moves counted and not played at the last ply",
        "positions/s",
        contestants,
        targets,
        seconds=(0, 0),
        rounds=(5, 1),
    )


def nh_fight() -> Part:
    return Part(
        "nh-fight",
        "NH fight, batch 256, one core, random play, observations and masks of both seats in NumPy after each tick",
        "ticks/s",
        [Contestant("Sparring", [OURS, "nh_fight.py"])],
        [Target("Sparring", 200_000, least=True)],
        rounds=(5, 1),
    )


def robosumo() -> Part:
    return Part(
        "robosumo",
        "RoboSumo, ant against ant, control steps of 5 frames, two cores",
        "steps/s",
        [
            Contestant("Sparring, batch 1024", [OURS, "robosumo_sparring.py", "1024"], cores=2),
            Contestant("Sparring, batch 64", [OURS, "robosumo_sparring.py", "64"], cores=2),
            Contestant("a plain Python loop over mujoco", [OURS, "robosumo_loop.py"], cores=2),
        ],
        [
            Target("Sparring, batch 1024", 2, "a plain Python loop over mujoco"),
            Target("Sparring, batch 64", 0, "a plain Python loop over mujoco"),
        ],
        rounds=(5, 1),
    )


def first_step() -> Part:
    warm = [Contestant(f"{game}, warm", [OURS, "first_step.py", game, "warm"]) for game in LARGEST]
    cold = [Contestant(f"{game}, cold", [OURS, "first_step.py", game, "cold"]) for game in LARGEST]
    return Part(
        "first-step",
        "The first step of a game in a new process, Python's start included, kernels cached (warm) or not (cold)",
        "s",
        [*warm, *cold],
        [Target(each.label, 1.0) for each in warm] + [Target(each.label, 15.0) for each in cold],
        seconds=(0, 0),
        rounds=(5, 1),
    )
