"""The simplest agent: looks at the board, and plays in the middle if it can. Plays every game; made for Connect Four.

    sparring duel connect_four examples/agents/simplest.py random --matches 100

`observation` is what your seat sees, as a NumPy array that can't be written to. In Connect Four that is int8 [2, 6, 7]:
your stones and the opponent's, as ones. `legal_actions` is a list of ints, here of the columns that have room.
Answer one of them.
"""


class Agent:
    def act(self, observation, legal_actions):
        return legal_actions[len(legal_actions) // 2]
