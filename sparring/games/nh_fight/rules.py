"""The rules of the NH fight: both choose at once, then the tick runs in the order of priority.

Formulas, loadouts, choices and the rest have a module each beside this one.
"""

import numpy as np

from sparring.games.chance import draw
from sparring.games.nh_fight.choices import (
    AVENGE,
    EAT,
    EAT_KARAMBWAN,
    FAR,
    GEAR,
    HEADS,
    KIND_HEAD,
    MOVEMENT,
    POTION,
    PRAY,
    STYLE,
    dependencies,
    has_food,
    mark_choices,
)
from sparring.games.nh_fight.fighting import ON_THE_WAY, attack, take_hits, weapon_of
from sparring.games.nh_fight.formulas import NONE
from sparring.games.nh_fight.loadouts import BUILDS, HITPOINTS, PRAYER, TANK, equip
from sparring.games.nh_fight.movement import move
from sparring.games.nh_fight.observation import FEATURES, write
from sparring.games.nh_fight.rewards import LOSE, TIE, WIN, count_tick
from sparring.games.nh_fight.unseen import draw_unseen
from sparring.games.nh_fight.upkeep import cast_vengeance, drink, eat, eat_karambwan, pass_time, pray

TITLE = "NH fight"
VERSION = 1
SEATS = 2
SIMULTANEOUS = True
PERFECT_INFORMATION = False
SECONDS_PER_TICK = 0.6
PLIES = 580  # of a random match
OPTIONS = {
    "build": ("maxed", BUILDS, "Levels and gear of the fighters."),
    "random_builds": (False, (False, True), "Each fighter's build is drawn by lot."),
    "random_gear": (False, (False, True), "Weapons, bolts and spellbook are drawn by lot."),
    "fight": ("normal", ("normal", "last man", "arena"), "Which food, ring and spells there are."),
    "smite": (True, (False, True), "There is the prayer smite."),
    "redemption": (True, (False, True), "There is the prayer redemption, for who has no food left."),
    "pray_when_attacking": (False, (False, True), "Prayers change only when one of the two is about to attack."),
    "move_while_able": (False, (False, True), "Who could attack may move instead."),
    "death_match": (True, (False, True), "Goes on when the food of one has run out; otherwise that is a tie."),
    "limit": (600, range(10, 20001), "Ticks after which the fight is a tie."),
    "shaping": (False, (False, True), "Rewards for damage, prayers and more, beside those of the end."),
}

SPAWN = 5
NOBODY, TIED = -1, 2


def layout(
    build,
    random_builds,
    random_gear,
    fight,
    smite,
    redemption,
    pray_when_attacking,
    move_while_able,
    death_match,
    limit,
    shaping,
):
    each = [
        ("place", np.int16, (2, 2)),
        ("bases", np.int32, (2, 7)),
        ("levels", np.int32, (2, 5)),
        ("hitpoints", np.int32, (2,)),
        ("seen_hitpoints", np.int32, (2,)),  # after the last hit, which all saw
        ("prayer", np.int32, (2,)),
        ("drain", np.float64, (2,)),  # part of a prayer point that is gone
        ("overhead", np.int16, (2,)),
        ("energy", np.int16, (2,)),
        ("worn", np.int16, (2,)),
        ("weapons", np.int16, (2, 3, 2)),  # basic and special one by style
        ("bolts", np.int16, (2,)),
        ("ancient", np.int16, (2,)),
        ("lunar", np.int16, (2,)),
        ("recoil", np.int16, (2,)),
        ("gear", np.int32, (2, 4, 6)),
        ("seen_gear", np.int32, (2, 4, 6)),  # what the opponent has seen of it
        ("stock", np.int16, (2, 6)),
        ("supplies", np.int16, (2, 6)),
        ("timers", np.int16, (2, 7)),
        ("vengeful", np.int16, (2,)),
        ("hits", np.int16, (2,)),  # on their way to the seat
        ("flying", np.int16, (2, ON_THE_WAY, 4)),
    ]
    last_tick = [
        ("style", np.int16, (2,)),  # of the attack that was chosen
        ("attacked", np.int16, (2,)),  # style of the attack that was made
        ("moved", np.int16, (2,)),
        ("shown", np.int16, (2, 2)),  # hits that landed on the seat, or -1
        ("shaped", np.float64, (2,)),
    ]
    statistics = [
        ("attacks", np.int32, (2, 3)),
        ("guards", np.int32, (2, 3)),  # prayers that the seat's attacks met
        ("right", np.int32, (2,)),  # of them the right ones
        ("last_right", np.int16, (2,)),
        ("recent", np.int16, (2, 5, 2)),
        ("strikes", np.int32, (2,)),
        ("wounds", np.int32, (2,)),
        ("recent_wounds", np.int16, (2, 5)),
        ("dealt", np.int32, (2,)),
    ]
    match = [("priority", np.int16), ("priority_ticks", np.int16), ("winner", np.int16), ("limit", np.int16)]
    chosen = [(name, np.int16) for name in OPTIONS if name != "limit"]
    return {
        "state": [*each, *last_tick, *statistics, *match, *chosen],
        "actions": HEADS,
        "dependencies": dependencies(),
        "observation": (len(FEATURES),),
        "dtype": np.float32,
    }


def start(state):
    for seat in range(2):
        equip(state, seat)
        state.hitpoints[seat] = state.bases[seat, HITPOINTS]
        state.seen_hitpoints[seat] = state.bases[seat, HITPOINTS]
        state.prayer[seat] = state.bases[seat, PRAYER]
        state.energy[seat] = 100
        wear(state, seat, TANK)
        state.shown[seat, 0] = -1
        state.shown[seat, 1] = -1
    width = 2 * SPAWN + 1
    tile = draw(state.random, width * width - 1)
    if tile >= width * width // 2:
        tile += 1
    state.place[1, 0] = tile % width - SPAWN
    state.place[1, 1] = tile // width - SPAWN
    state.winner = NOBODY
    draw_priority(state)


def draw_priority(state):
    """Who acts first, for 40 to 60 ticks."""
    state.priority = draw(state.random, 2)
    state.priority_ticks = 40 + draw(state.random, 21)


def legal(state, seat, mask):
    mark_choices(state, seat + 0, mask)  # one kind of integer, so that it is compiled once


def play(state, action):
    for seat in range(2):
        forget_tick(state, seat)
        pass_time(state, seat)
    state.priority_ticks -= 1
    if state.priority_ticks == 0:
        draw_priority(state)
    for turn in range(2):
        seat = (state.priority + turn) % 2
        act(state, seat, action[seat])
    for turn in range(2):
        seat = (state.priority + turn) % 2
        style = state.style[seat] + 0  # one kind of integer from here on, so that it is all compiled once
        kind = action[seat, KIND_HEAD[style]] if style != NONE else 0
        weapon = weapon_of(state, seat, style, kind) if style != NONE else 0
        move(state, seat, action[seat, MOVEMENT], action[seat, FAR] + 1, style, weapon)
        take_hits(state, seat)
        attack(state, seat, style, kind)
    for seat in range(2):
        count_tick(state, seat)
    finish(state)


def forget_tick(state, seat):
    state.attacked[seat] = NONE
    state.moved[seat] = 0
    state.shaped[seat] = 0.0
    state.shown[seat, 0] = -1
    state.shown[seat, 1] = -1


def act(state, seat, choice):
    """What a fighter does without a step: in this order, whatever it has chosen."""
    pray(state, seat, choice[PRAY])
    if choice[EAT] > 0:
        eat(state, seat)
    if choice[POTION] > 0:
        drink(state, seat, choice[POTION])
    if choice[EAT_KARAMBWAN] > 0:
        eat_karambwan(state, seat)
    if choice[GEAR] > 0:
        wear(state, seat, TANK)
    if choice[AVENGE] > 0:
        cast_vengeance(state, seat)
    state.style[seat] = choice[STYLE]
    if choice[STYLE] != NONE:
        wear(state, seat, choice[STYLE])
    if choice[MOVEMENT] > 0:
        state.style[seat] = NONE


def wear(state, seat, worn):
    """Change into a set of gear. From then on the opponent knows it."""
    state.worn[seat] = worn
    for column in range(6):
        state.seen_gear[seat, worn, column] = state.gear[seat, worn, column]


def finish(state):
    first_dead = state.hitpoints[0] <= 0
    second_dead = state.hitpoints[1] <= 0
    starved = not (has_food(state, 0) and has_food(state, 1))
    if first_dead and second_dead:
        state.winner = TIED
    elif first_dead or second_dead:
        state.winner = int(first_dead)
    elif (starved and state.death_match == 0) or state.ply == state.limit - 1:
        state.winner = TIED
    state.over = state.winner != NOBODY


def reward(state, rewards):
    for seat in range(2):
        if state.winner == TIED:
            rewards[seat] = TIE
        elif state.winner != NOBODY:
            rewards[seat] = WIN if state.winner == seat else LOSE
        if state.shaping > 0:
            rewards[seat] += state.shaped[seat]


def observe(state, seat, observation):
    write(state, seat + 0, observation)


def redeal(state, seat):
    """A guess at what the opponent has, in which nothing contradicts what ``seat`` has seen (see ``unseen.py``)."""
    draw_unseen(state, seat + 0)
