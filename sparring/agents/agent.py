"""The class that authors of agents may start from. Writing ``class Agent:`` without it is just as good."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

MOST_OBJECTS = 64
"""How many objects of an agent with ``reset`` play at the same time, unless the agent asks for fewer."""


class Agent:
    """An agent. Only ``act`` is required; two more methods may be added.

    ``reset(self, game, seat, seed)``: called before each match, with a dict (``name``, ``options``, ``seats``,
    ``actions``, ``dependencies``, ``observation``), the own seat and a seed. An agent that has it gets an object of its
    own for every match that is played at the same time, up to ``lanes`` of them, and may keep anything in ``self``.

    ``act_batch(self, observations, masks)``: dtype [B, *shape] and bool [B, A] -> int [B], int [B, H] or float [B, n].
    An agent that has it answers many matches in one call, from one object; it must not remember anything from call to
    call.

    >>> class First(Agent):
    ...     def act(self, observation, legal_actions):
    ...         return legal_actions[0]
    """

    lanes: int = MOST_OBJECTS
    """How many objects of an agent with ``reset`` may exist at once. Ask for fewer if each one is heavy."""

    def act(self, observation: NDArray[Any], legal_actions: list[Any]) -> Any:
        """Choose one of ``legal_actions``; ``observation`` is what the own seat sees, and can't be written to.

        Where an action has several heads, ``legal_actions`` holds a list for each, and the answer is one choice of
        each; where it is a point in a box, it holds ``(low, high)`` for each number, and the answer is as many floats.
        """
        raise NotImplementedError("An agent needs a method act(self, observation, legal_actions).")
