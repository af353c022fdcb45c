"""What a fight is worth: its end, and, under the option ``shaping``, the steps that lead there."""

WIN, LOSE, TIE = 1.0, -1.0, -0.2

DAMAGE = 0.2  # for all hitpoints of the opponent; as much is lost for one's own; what is healed counts backwards
FROZEN = 0.001  # for each tick that the opponent is frozen; lost for each of one's own
PRAYER = 0.01  # for each attack under the wrong prayer, of the opponent, or the right one, of one's own; lost otherwise
DRAINED = 0.001  # lost for each level that falls below its base
UNPROTECTED = 0.001  # lost for each tick without a prayer over the head
WASTED = 0.001  # lost for each hitpoint that food could have healed
LEFT_OVER = 0.02  # lost for each piece of food that one dies with


def count(state, seat, reward):
    """Note a step's reward for the seat."""
    state.shaped[seat] += reward


def count_damage(state, seat, damage):
    """Hitpoints that the seat has lost; negative where it was healed."""
    share = DAMAGE * damage / state.bases[seat, 6]
    state.shaped[seat] -= share
    state.shaped[1 - seat] += share


def count_prayer(state, attacker, right, speed):
    """An attack met by the right prayer or not; slow weapons count for more."""
    worth = PRAYER * speed / 5.0
    state.shaped[attacker] += -worth if right else worth
    state.shaped[1 - attacker] += worth if right else -worth


def count_tick(state, seat):
    """What a tick costs who is frozen, and who has no prayer on."""
    if state.timers[seat, 5] > 0:
        state.shaped[seat] -= FROZEN
        state.shaped[1 - seat] += FROZEN
    if state.overhead[seat] == 0:
        state.shaped[seat] -= UNPROTECTED
    if state.hitpoints[seat] <= 0:
        state.shaped[seat] -= LEFT_OVER * (state.supplies[seat, 0] + state.supplies[seat, 1])
