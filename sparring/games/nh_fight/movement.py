"""Where fighters stand and go. Tiles have whole coordinates on a plane without edges; two tiles a tick."""

from sparring.games.nh_fight.formulas import MELEE
from sparring.games.nh_fight.loadouts import REACH, TABLE
from sparring.games.nh_fight.upkeep import FROZEN

STAY, ADJACENT, UNDER, FARCAST, DIAGONAL = 0, 1, 2, 3, 4
TILES = 2


def offset(state, seat, axis):
    """How far the seat stands from its opponent along an axis."""
    return state.place[seat, axis] - state.place[1 - seat, axis]


def distance(state):
    """Tiles between the two, counting diagonal steps as one."""
    return max(abs(offset(state, 0, 0)), abs(offset(state, 0, 1)))


def is_in_reach(state, style, weapon):
    """Nobody attacks from the opponent's tile, and melee does not reach across a corner."""
    if style == MELEE:
        return abs(offset(state, 0, 0)) + abs(offset(state, 0, 1)) == 1
    return 0 < distance(state) <= TABLE[weapon, REACH]


def sign(number, otherwise):
    if number == 0:
        return otherwise
    return 1 if number > 0 else -1


def move(state, seat, movement, far, style, weapon):
    """Go where ``movement`` says, or where the attack reaches. Who is frozen stays."""
    if state.timers[seat, FROZEN] > 0:
        return
    across = offset(state, seat, 0)
    along = offset(state, seat, 1)
    if movement == STAY:
        if style == 0 or is_in_reach(state, style, weapon):
            return
        if style == MELEE or distance(state) == 0:
            movement = ADJACENT
        else:
            movement = FARCAST
            far = TABLE[weapon, REACH]
    wider = abs(across) >= abs(along)
    if movement == UNDER:
        go(state, seat, 0, 0)
    elif movement == DIAGONAL:
        go(state, seat, sign(across, 1), sign(along, 1))
    elif movement == ADJACENT:
        go(state, seat, sign(across, 1) if wider else 0, 0 if wider else sign(along, 1))
    elif distance(state) >= far:
        go(state, seat, min(max(across, -far), far), min(max(along, -far), far))
    else:
        go(state, seat, far * sign(across, 1) if wider else across, along if wider else far * sign(along, 1))


def go(state, seat, across, along):
    """Up to two steps to the tile at this offset from the opponent."""
    for _ in range(TILES):
        step_across = across - offset(state, seat, 0)
        step_along = along - offset(state, seat, 1)
        if step_across != 0 or step_along != 0:
            state.place[seat, 0] += sign(step_across, 0)
            state.place[seat, 1] += sign(step_along, 0)
            state.moved[seat] = 1
