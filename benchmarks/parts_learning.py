"""Learners: PPO beside its peers, where the time of a training run goes, and how much memory it takes."""

from __future__ import annotations

from contest import Contestant
from part import OURS, Part, Target
from peers import PEERS_PYTHON

SB3 = "sb3-contrib MaskablePPO, 8 environments"
SB3_WIDE = "sb3-contrib, layers of 256, 8 environments"
SB3_CARTPOLE = "stable-baselines3 PPO, DummyVecEnv of 8"
SECONDS, ROUNDS = (10.0, 5.0), (3, 1)


def learning_parts() -> list[Part]:
    return [ppo(), ppo_peers(), ppo_cartpole(), phases(), memory()]


def ours(label: str = "Sparring", *words: str) -> Contestant:
    return Contestant(label, [OURS, "../ppo/ppo_sparring.py", *words], cores=2)


def theirs(label: str, script: str, *words: str) -> Contestant:
    return Contestant(label, [PEERS_PYTHON, f"../ppo/{script}", *words], cores=2)


def ppo() -> Part:
    written = "sb3-contrib, 512 environments written for it"
    vectorised = "sb3-contrib, all matches in one environment written for it"
    wide, wide_written = "width=256", "sb3-contrib, layers of 256, 512 environments written for it"
    return Part(
        "ppo",
        "PPO on Connect Four by self-play: same network, batch and epochs, two cores",
        "steps/s",
        [
            ours(),
            theirs(SB3, "ppo_sb3.py", "environments=8"),
            theirs(written, "ppo_sb3.py"),
            theirs(vectorised, "ppo_sb3.py", "vectorised"),
            ours("Sparring, layers of 256", wide),
            theirs(SB3_WIDE, "ppo_sb3.py", wide, "environments=8"),
            theirs(wide_written, "ppo_sb3.py", wide),
        ],
        [
            Target("Sparring", 10, SB3),
            Target("Sparring", 0, written),
            Target("Sparring", 0, vectorised),
            Target("Sparring, layers of 256", 0, SB3_WIDE),
            Target("Sparring, layers of 256", 0, wide_written),
        ],
        SECONDS,
        ROUNDS,
    )


def ppo_peers() -> Part:
    """Three times the fastest of them is three times each."""
    peers = [
        theirs("CleanRL-style, one thread", "ppo_cleanrl.py", "threads=1"),
        theirs("CleanRL-style", "ppo_cleanrl.py"),
        theirs("RLlib", "ppo_rllib.py"),
        theirs("TorchRL", "ppo_torchrl.py"),
    ]
    return Part(
        "ppo-peers",
        "PPO on Connect Four by self-play: same network, batch, epochs and 512 matches side by side, two cores; "
        "the peers get all matches in one call, in NumPy, written for them",
        "steps/s",
        [ours(), *peers],
        [Target("Sparring", 3, peer.label) for peer in peers],
        SECONDS,
        ROUNDS,
    )


def ppo_cartpole() -> Part:
    game = "game=gym:CartPole-v1"
    written, vectorised = (
        "stable-baselines3, DummyVecEnv of 512",
        "stable-baselines3, Gymnasium's vectorised CartPole of 512",
    )
    return Part(
        "ppo-cartpole",
        "PPO on Gymnasium's CartPole-v1: same network, batch and epochs, two cores; the peer as its documentation says "
        "(make_vec_env, a DummyVecEnv), and on Gymnasium's vectorised CartPole, which it takes with a wrapper of ours",
        "steps/s",
        [
            ours("Sparring", game),
            theirs(SB3_CARTPOLE, "cartpole_sb3.py", "environments=8"),
            theirs(written, "cartpole_sb3.py"),
            theirs(vectorised, "cartpole_sb3.py", "vectorised"),
        ],
        [Target("Sparring", 5, SB3_CARTPOLE), Target("Sparring", 0, written), Target("Sparring", 0, vectorised)],
        SECONDS,
        ROUNDS,
    )


def phases() -> Part:
    run = Contestant("the environment", [OURS, "../ppo/phases.py"], cores=2)
    return Part(
        "ppo-phases",
        "Where the time of a training run of Connect Four goes, with all that belongs to it, two cores",
        "% of the time",
        [run],
        [Target(run.label, 5.0)],
        seconds=(60.0, 10.0),
        rounds=(1, 1),
    )


def memory() -> Part:
    run = Contestant("sparring train connect_four", [OURS, "../ppo/peak_memory.py"], cores=2)
    return Part(
        "ppo-memory",
        "Peak memory of a training run of Connect Four with nothing set, two cores",
        "GB",
        [run],
        [Target(run.label, 1.5)],
        seconds=(240.0, 10.0),
        rounds=(1, 1),
    )
