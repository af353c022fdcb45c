"""Legal choices, compiled: which rows of actions break the rules of their masks, and a random one for each row.

Actions come as heads, ``actions: int64 [N, H]``, with ``masks: bool [N, L]`` holding the options of all heads, one head
after the other; head h has the options ``starts[h]`` to ``starts[h + 1]``. A discrete action is one head.
``allows: bool [L, L]`` says with which options of earlier heads an option may stand, ``[0, 0]`` where all go together.
"""

from __future__ import annotations

from numba import njit
from numba.extending import register_jitable

from sparring.games import chance
from sparring.games.chance import draw, next_word

for function in (chance.times, chance.rotate, next_word, draw):
    register_jitable(function)

BLOCK = 32

compiled = njit(cache=True, nogil=True, error_model="numpy")


@compiled
def allowed(mask, starts, allows, action, head, option):
    """Whether ``option`` of ``head`` is in the mask and goes with what the earlier heads of ``action`` chose."""
    place = starts[head] + option
    if not mask[place]:
        return False
    if allows.size > 0:
        for earlier in range(head):
            if not allows[place, starts[earlier] + action[earlier]]:
                return False
    return True


@compiled
def mark_illegal(actions, masks, starts, allows, marks):
    """Set ``marks: bool [N]`` where an action is not legal; returns how many those are."""
    count = 0
    one_head = starts.size == 2
    for row in range(actions.shape[0]):
        if one_head:
            option = actions[row, 0]
            wrong = option < 0 or option >= masks.shape[1] or not masks[row, option]
        else:
            wrong = not all_allowed(masks[row], starts, allows, actions[row])
        marks[row] = wrong
        count += wrong
    return count


@compiled
def all_allowed(mask, starts, allows, action):
    """Whether each head of ``action`` has chosen something that it may."""
    for head in range(action.size):
        inside = 0 <= action[head] < starts[head + 1] - starts[head]
        if not inside or not allowed(mask, starts, allows, action, head, action[head]):
            return False
    return True


@compiled
def choose(masks, starts, allows, random, actions):
    """Write a random legal action to each row, head by head and uniform in each; ``random: uint32 [N, 2]``."""
    if starts.size == 2:
        choose_one(masks, random, actions)
    else:
        for row in range(masks.shape[0]):
            choose_heads(masks[row], starts, allows, random[row], actions[row])


@compiled
def choose_one(masks, random, actions):
    """``choose`` where an action is one choice: the one that has as many legal ones before it as were drawn.

    Block by block and without branches inside a block, because masks are long in some games and short in all others.
    """
    width = masks.shape[1]
    for row in range(masks.shape[0]):
        count = 0
        for option in range(width):
            count += masks[row, option]
        skip = draw(random[row], count)
        chosen = 0
        while chosen + BLOCK < width:
            inside = 0
            for option in range(chosen, chosen + BLOCK):
                inside += masks[row, option]
            if inside > skip:
                break
            skip -= inside
            chosen += BLOCK
        passed = 0
        for option in range(chosen, min(chosen + BLOCK, width)):
            passed += masks[row, option]
            chosen += passed <= skip
        if count > 0:
            actions[row, 0] = chosen


@compiled
def choose_heads(mask, starts, allows, random, action):
    """``choose`` for one row of several heads."""
    for head in range(starts.size - 1):
        options = starts[head + 1] - starts[head]
        count = 0
        for option in range(options):
            count += allowed(mask, starts, allows, action, head, option)
        skip = draw(random, count)
        for option in range(options):
            if allowed(mask, starts, allows, action, head, option):
                if skip == 0:
                    action[head] = option
                    break
                skip -= 1


@compiled
def choose_in_box(low, high, random, actions):
    """Write uniform numbers between ``low`` and ``high: float32 [n]`` to ``actions: float32 [N, n]``."""
    for row in range(actions.shape[0]):
        for place in range(actions.shape[1]):
            share = next_word(random[row]) / 4294967296.0
            actions[row, place] = low[place] + share * (high[place] - low[place])
