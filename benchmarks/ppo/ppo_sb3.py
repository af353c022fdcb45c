"""Steps a second of sb3-contrib's MaskablePPO on Connect Four, self-play in both seats, rollouts and updates together.

The peer is used as its documentation says: gymnasium environments with ``action_masks`` in a ``DummyVecEnv``, here as
lean as Python can make them (see ``ppo_sb3_environments.py``). ``environments=8`` is the usual number; 512 of them are
faster. With the word ``vectorised`` it gets all matches as one environment in NumPy instead, which one has to write.
One policy plays both seats, so a step is one move, as on our side, and no opponent has to be asked.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contestants"))

import ppo_settings as settings
from contestant import Measure, serve
from ppo_sb3_environments import ConnectFour, ConnectFourBatch
from sb3_contrib import MaskablePPO
from sb3_training import learner, train
from stable_baselines3.common.vec_env import DummyVecEnv


def prepare() -> Measure:
    matches = settings.ENVIRONMENTS
    vectorised = "vectorised" in sys.argv
    model = learner(MaskablePPO, ConnectFourBatch(matches) if vectorised else DummyVecEnv([ConnectFour] * matches))
    train(model, 0.5)
    return lambda seconds: train(model, seconds)


serve(prepare, ["sb3-contrib", "stable-baselines3", "torch", "numpy"])
