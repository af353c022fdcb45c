"""Parts of the bench about sandboxes: what they cost while agents play, and until they do."""

from __future__ import annotations

from pathlib import Path

from contest import Contestant
from part import OURS, Part, Target

RANDOM_AGENT = Path(__file__).resolve().parent / "agents" / "random_batch.py"
PROMISED_MS = 150.0
PROMISED_DUELS = 300.0


def sandbox_parts() -> list[Part]:
    return [duel_in_sandboxes(), start_of_sandboxes(), duels_a_minute()]


def duel_in_sandboxes() -> Part:
    script = ["duel_sparring.py", str(RANDOM_AGENT)]
    return Part(
        "sandbox",
        "Connect Four, 1,000 matches between two copies of one agent file that answers in batches, both isolated",
        "matches/s",
        [
            Contestant("bubblewrap", [OURS, *script, "bubblewrap", "1000"], cores=2),
            Contestant("docker", [OURS, *script, "docker", "1000"], cores=2),
            Contestant("docker with runsc", [OURS, *script, "docker:runsc", "1000"], cores=2),
            Contestant("no sandbox", [OURS, *script, "trusted", "1000"], cores=2),
        ],
        [
            Target("bubblewrap", 1 / 2, "no sandbox"),
            Target("docker", 1 / 3, "no sandbox"),
            Target("docker with runsc", 0, "no sandbox"),
        ],
    )


def start_of_sandboxes() -> Part:
    return Part(
        "sandbox-start",
        "From the agent's file to an agent that is loaded, which imports nothing",
        "ms",
        [
            Contestant("bubblewrap, one that waited", [OURS, "sandbox_start.py", "bubblewrap", "waiting"], cores=2),
            Contestant("bubblewrap, a new one", [OURS, "sandbox_start.py", "bubblewrap", "new"], cores=2),
            Contestant("docker, one that waited", [OURS, "sandbox_start.py", "docker", "waiting"], cores=2),
            Contestant("docker, a new one", [OURS, "sandbox_start.py", "docker", "new"], cores=2),
            Contestant("docker, a bare container", [OURS, "sandbox_start.py", "docker", "bare"], cores=2),
        ],
        [
            Target(f"{driver}, {which}", PROMISED_MS)
            for driver in ("bubblewrap", "docker")
            for which in ("one that waited", "a new one")
        ],
    )


def duels_a_minute() -> Part:
    return Part(
        "throughput",
        "Duels of 20 Connect Four matches on SQLite, two workers, every agent in a sandbox of its own",
        "duels/minute",
        [Contestant("two workers", [OURS, "duels_a_minute.py", "2"], cores=2)],
        [Target("two workers", PROMISED_DUELS, least=True)],
        seconds=(30.0, 8.0),
        rounds=(3, 1),
    )
