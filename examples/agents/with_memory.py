"""An agent with a memory, for rock-paper-scissors: finds out what the opponent tends to throw, and beats it.

    sparring duel rock_paper_scissors examples/agents/with_memory.py scripted:copycat --matches 100

An agent that defines `reset` may remember things. Every match that is played at the same time has an Agent object of
its own; `reset` is called before each match, with what there is to know about it, and a seed: who draws random numbers
from that seed plays the same match again when asked to.
"""

import random
from collections import Counter

BEATEN_BY = {0: 1, 1: 2, 2: 0}  # paper (1) beats rock (0), scissors (2) beat paper, rock beats scissors
BEFORE_THE_START = 9


class Agent:
    def reset(self, game, seat, seed):
        """game: {"name": "rock_paper_scissors", "options": {"repetitions": 10, ...}, "seats": 2}"""
        self.random = random.Random(seed)
        self.after = {}  # what happened in a round -> how often the opponent then threw what
        self.last_round = None

    def act(self, observation, legal_actions):
        """observation: int8 [recall, 10], a row for each of the last rounds: a one at 3 * own + opponent's throw"""
        latest = int(observation[-1].argmax())
        if latest == BEFORE_THE_START:
            return self.random.choice(legal_actions)
        if self.last_round is not None:
            self.after.setdefault(self.last_round, Counter())[latest % 3] += 1
        self.last_round = latest
        expected = self.after.get(latest)
        if not expected:
            return self.random.choice(legal_actions)
        return BEATEN_BY[expected.most_common(1)[0][0]]
