"""A random agent without memory that answers all positions at once: what the sandbox itself costs shows best."""

import numpy as np


class Agent:
    def __init__(self):
        self.random = np.random.default_rng()

    def act(self, observation, legal_actions):
        return int(self.random.choice(legal_actions))

    def act_batch(self, observations, masks):
        return np.argmax(self.random.random(masks.shape) * masks, axis=1)
