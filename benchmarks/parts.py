"""Everything that `make bench` measures."""

from __future__ import annotations

from contest import Contestant
from part import OURS, Part, Target
from parts_games import game_parts
from parts_learning import learning_parts
from parts_sandbox import sandbox_parts
from parts_search import search_parts
from peers import PEERS_PYTHON


def parts() -> list[Part]:
    return [
        random_play(),
        *game_parts(),
        duel(),
        command(),
        *sandbox_parts(),
        *learning_parts(),
        *search_parts(),
        ladder(),
        refit(),
    ]


def random_play() -> Part:
    return Part(
        "random-play",
        "Connect Four, random play, batch 1024, one core, observation and mask in NumPy after each step",
        "steps/s",
        [
            Contestant("Sparring", [OURS, "random_play_sparring.py", "connect_four"]),
            Contestant("OpenSpiel from Python", [PEERS_PYTHON, "random_play_pyspiel.py", "connect_four"]),
            Contestant("PettingZoo", [PEERS_PYTHON, "random_play_pettingzoo.py"]),
            Contestant("Pgx", [PEERS_PYTHON, "random_play_pgx.py", "connect_four"]),
            Contestant("Sparring, 100 steps a call", [OURS, "random_play_sparring.py", "connect_four", "compiled"]),
            Contestant(
                "Pgx, 100 steps a call, nothing to NumPy",
                [PEERS_PYTHON, "random_play_pgx.py", "connect_four", "compiled"],
            ),
        ],
        [
            Target("Sparring", 10, "OpenSpiel from Python"),
            Target("Sparring", 200, "PettingZoo"),
            Target("Sparring", 3, "Pgx"),
            Target("Sparring, 100 steps a call", 2, "Pgx, 100 steps a call, nothing to NumPy"),
        ],
    )


def duel() -> Part:
    return Part(
        "duel",
        "Connect Four, a duel of 10,000 matches, random against random, records kept, one core, start-up told apart",
        "matches/s",
        [
            Contestant("Sparring", [OURS, "duel_sparring.py", "random", "trusted", "10000"]),
            Contestant("kaggle-environments connectx", [PEERS_PYTHON, "duel_kaggle.py"]),
        ],
        [Target("Sparring", 100, "kaggle-environments connectx")],
    )


def command() -> Part:
    script = ["duel", "connect_four", "random", "random", "--matches", "1000", "--seed", "1"]
    sparring = OURS.parent / "sparring"
    return Part(
        "command",
        "The command `sparring duel` with 1,000 Connect Four matches, start-up included, warm cache",
        "s",
        [
            Contestant("sparring duel", [OURS, "command.py", sparring, *script], cores=2),
            Contestant("sparring duel --json", [OURS, "command.py", sparring, *script, "--json"], cores=2),
        ],
        [Target("sparring duel", 2.5), Target("sparring duel --json", 2.5)],
        seconds=(0, 0),
    )


def ladder() -> Part:
    return Part(
        "ladder",
        "The ladder page: 500 agents, 100,000 matches, SQLite, 20 requests a second while duels are recorded",
        "ms (p95)",
        [Contestant("ladder page", [OURS, "ladder_page.py"], cores=2)],
        [Target("ladder page", 100.0)],
        seconds=(15.0, 5.0),
        rounds=(3, 1),
    )


def refit() -> Part:
    return Part(
        "refit",
        "Published ratings of 1,000 agents from 500,000 matches: fit, covariance, intervals, rank ranges",
        "s",
        [Contestant("Bradley-Terry", [OURS, "refit.py"])],
        [Target("Bradley-Terry", 2.0)],
        seconds=(10.0, 3.0),
        rounds=(3, 1),
    )
