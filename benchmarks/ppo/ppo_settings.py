"""What all learners of the PPO comparison are told: one network, one batch, one number of epochs.

Only the standard library: the peers' environment reads this file too. The network has the size and activation that
stable-baselines3 takes by default (two layers of 64, tanh), its body shared between policy and value on all sides.
Batch and epochs are those with which Sparring trains Connect Four. Words on the command line change that:
``width=256``, ``batch=4096``, ``epochs=1``, ``environments=8``, and, for those that use PyTorch, ``threads=1``.
"""

from __future__ import annotations

import sys

_words = dict(word.split("=") for word in sys.argv[1:] if "=" in word)

GAME = _words.get("game", "connect_four")
"""Of our side; each peer has a script a game."""
WIDTH = int(_words.get("width", 64))
HIDDEN = (WIDTH, WIDTH)
ACTIVATION = "tanh"
SAMPLES = 512 * 64
"""Steps of the game between two updates, over all environments."""
ENVIRONMENTS = int(_words.get("environments", 512))
ROLLOUT = SAMPLES // ENVIRONMENTS
BATCH = int(_words.get("batch", 512))
EPOCHS = int(_words.get("epochs", 2))
THREADS = int(_words.get("threads", 0))
"""0: the learner's own choice; of those that use PyTorch alone, all cores."""
RUNNERS = int(_words.get("runners", 0))
"""Processes that play beside the one that learns, for RLlib; 0: one process does both."""
LEARNING_RATE = 1e-3
ENTROPY_WEIGHT = 0.15
DISCOUNT = 1.0
TRACE = 0.95
CLIP = 0.2
VALUE_WEIGHT = 0.5
GRADIENT_NORM = 1.0
