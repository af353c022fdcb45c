"""The NH fight as a picture: the two from above, with gear, prayer and hits; below them what they have left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sparring.games.nh_fight.icons import prayer_sign, style_sign, supply_sign
from sparring.games.nh_fight.loadouts import WEAPONS
from sparring.games.svg import BOARD, CELL, FAINT, LIGHT, STONES, element, label, picture

WIDTH, HEIGHT = 800, 780
FIELD = (20, 20, 760, 360)
PANEL_TOP, PANEL_WIDTH, PANEL_HEIGHT = 396, 372, 364
INK = "#13263c"
ICE = "#8fe3ff"
BLOOD_RED, MISS_BLUE = "#d8343f", "#3f7fd0"
PRAYER_BLUE, ENERGY_ORANGE, HITS_GREEN, TIMER, ICY = "#2f8fb8", "#c27a1f", "#3c9d55", "#5d7a96", "#2f9dc4"
SETS = ("tank", "mage", "ranged", "melee")
SUPPLIES = ("food", "karambwans", "doses of brew", "doses of restore", "doses of combat", "doses of ranging")
TIMERS = ("attack", "food", "potion", "karam.", "venge.", "frozen", "immune")
LONGEST = (8, 3, 3, 3, 50, 32, 37)
HIDDEN_TIMERS = (1, 2, 3, 4)
PRAYERS = ("", "protect from magic", "protect from ranged", "protect from melee", "smite", "redemption")
ATTACKS = (("", "ice", "blood", "magic special"), ("", "ranged", "ranged special"), ("", "melee", "melee special"))
POTIONS = ("", "brew", "restore", "combat potion", "ranging potion")
MOVEMENTS = ("", "step beside", "step under", "farcast", "step diagonal")


def draw(view: dict[str, Any], size: int = 480, last_action: Sequence[Any] | None = None) -> str:
    """The fight as SVG, ``size`` pixels wide. What ``seen_by`` has hidden is left out, or a question mark.

    Gear, prayers, steps and hits of the last tick can be seen, so ``last_action`` changes nothing.
    """
    parts = [element("rect", class_="board", width=WIDTH, height=HEIGHT, rx=36, fill=BOARD), *_field(view)]
    for seat in range(2):
        parts += _panel(view, seat)
    return picture(_title(view), WIDTH, HEIGHT, size, parts)


def seen_by(view: dict[str, Any], seat: int) -> dict[str, Any]:
    """The view without what ``seat`` does not know of its opponent, which is None, or as it was last seen."""
    seen = {name: list(value) if isinstance(value, list) else value for name, value in view.items()}
    other = 1 - seat
    seen["seat"] = seat
    seen["hitpoints"][other] = view["seen_hitpoints"][other]
    for name in ("prayer", "drain", "supplies", "stock", "levels", "bases", "weapons", "bolts", "shaped"):
        seen[name][other] = None
    for name in ("ancient", "lunar", "recoil", "gear"):
        seen[name][other] = None
    seen["timers"][other] = [None if i in HIDDEN_TIMERS else left for i, left in enumerate(view["timers"][other])]
    seen["hits"][seat], seen["flying"][seat] = None, None
    seen["priority_ticks"] = None
    return seen


def text(view: dict[str, Any]) -> str:
    """Both fighters, a line each, for a terminal."""
    lines = []
    for seat in range(2):
        x, y = view["place"][seat]
        prayer = PRAYERS[view["overhead"][seat]] or "no prayer"
        hits = [str(hit) for hit in view["shown"][seat] if hit >= 0]
        lines.append(
            f"{seat + 1} at ({x}, {y})  {view['hitpoints'][seat]} hitpoints  {_known(view['prayer'][seat])} prayer  "
            f"{view['energy'][seat]}% energy  {SETS[view['worn'][seat]]} gear  {prayer}"
            + (f"  hit for {' and '.join(hits)}" if hits else "")
        )
    return "\n".join(lines)


def action_name(action: Sequence[int], options: dict[str, Any]) -> str:
    """What is done with twelve heads, and nothing of what is not.

    >>> action_name([3, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], {})
    'melee special, karambwan, protect from magic'
    >>> action_name([0, 0, 0, 0, 1, 1, 0, 0, 1, 3, 4, 0], {})
    'brew, food, tank gear, farcast 5 tiles'
    """
    melee, ranged, mage = action[1:4]
    attacks = [ATTACKS[style][kind] for style, kind in enumerate((mage, ranged, melee))]
    eaten = [
        word for word, yes in zip(("food", "karambwan", "vengeance", "tank gear"), action[5:9], strict=True) if yes
    ]
    way = MOVEMENTS[action[9]] + (f" {action[10] + 1} tiles" if action[10] else "")
    done = [*attacks, POTIONS[action[4]], *eaten, way, PRAYERS[action[11]]]
    return ", ".join(word for word in done if word) or "nothing"


def _title(view: dict[str, Any]) -> str:
    if view["winner"] < 0:
        return f"NH fight: {view['hitpoints'][0]} to {view['hitpoints'][1]} hitpoints after {view['ply']} ticks"
    return "NH fight: " + ("the first fighter won", "the second fighter won", "a tie")[view["winner"]]


def _known(number: int | None) -> str:
    return "?" if number is None else str(number)


def _field(view: dict[str, Any]) -> list[str]:
    """The tiles around the two, so near that both fit."""
    left, top, width, height = FIELD
    (x0, y0), (x1, y1) = view["place"]
    tile = min(124, (width - 160) / max(abs(x1 - x0), 1), (height - 200) / max(abs(y1 - y0), 1))
    middle = (left + width / 2, top + height / 2 + 24)
    spots = [(middle[0] + tile * (x - (x0 + x1) / 2), middle[1] + tile * (y - (y0 + y1) / 2)) for x, y in view["place"]]
    parts = [element("rect", class_="cell", x=left, y=top, width=width, height=height, rx=22, fill=CELL)]
    parts.append(_tiles(spots[0], tile))
    parts += _flights(view, spots)
    together = spots[0] == spots[1]
    for seat in range(2):
        x, y = spots[seat]
        parts += _fighter(view, seat, x + (56 * seat - 28 if together else 0), y, min(max(tile / 2 - 6, 34), 56))
    return parts


def _tiles(spot: tuple[float, float], tile: float) -> str:
    """Faint lines between the tiles."""
    left, top, width, height = FIELD
    path = ""
    x, y = left + (spot[0] + tile / 2 - left) % tile, top + (spot[1] + tile / 2 - top) % tile
    while x < left + width:
        path += f"M{x:.1f} {top}v{height}"
        x += tile
    while y < top + height:
        path += f"M{left} {y:.1f}h{width}"
        y += tile
    return element("path", class_="tiles", d=path, stroke=BOARD, stroke_width=2, fill="none")


def _flights(view: dict[str, Any], spots: list[tuple[float, float]]) -> list[str]:
    """Hits on their way, the nearer to their aim the sooner they land."""
    parts = []
    for seat in range(2):
        (x, y), (from_x, from_y) = spots[seat], spots[1 - seat]
        for hit in (view["flying"][seat] or [])[: view["hits"][seat] or 0]:
            part = min(0.3 + 0.15 * hit[1], 0.8)
            at = {"cx": x + (from_x - x) * part, "cy": y + (from_y - y) * part}
            parts.append(element("circle", class_="flight", r=9, fill=STONES[1 - seat][0], **at))
    return parts


def _fighter(view: dict[str, Any], seat: int, x: float, y: float, radius: float) -> list[str]:
    fill, shade = STONES[seat]
    frozen = (view["timers"][seat][5] or 0) > 0
    parts = [element("circle", class_=f"stone-{seat + 1}", cx=x, cy=y, r=radius, fill=fill)]
    if seat == 0:
        parts.append(
            element("circle", class_="shade-1", cx=x, cy=y, r=radius - 5, fill="none", stroke=shade, stroke_width=4)
        )
    else:
        half = radius - 3
        path = f"M{x:g} {y - half:g}l{half:g} {half:g}l-{half:g} {half:g}l-{half:g} -{half:g}z"
        parts.append(element("path", class_="shade-2", d=path, fill="none", stroke=shade, stroke_width=4))
    parts.append(style_sign(SETS[view["worn"][seat]], x, y, radius / 34, INK))
    if view["winner"] == 1 - seat:
        parts = [element("g", *parts, class_="fallen", opacity=0.4)]
    if frozen:
        parts.append(
            element(
                "circle", class_="ice", cx=x, cy=y, r=radius + 6, fill=ICE, fill_opacity=0.3, stroke=ICE, stroke_width=7
            )
        )
    if view["winner"] == seat:
        parts.append(
            element("circle", class_="win", cx=x, cy=y, r=radius + 8, fill="none", stroke=LIGHT, stroke_width=7)
        )
    parts.append(prayer_sign(view["overhead"][seat], x, y - radius - 36, 1.1, INK, LIGHT))
    hits = [hit for hit in view["shown"][seat] if hit >= 0]
    for place, hit in enumerate(hits):
        parts.append(_splat(hit, x + (place - (len(hits) - 1) / 2) * 54, y + radius + 8))
    return parts


def _splat(damage: int, x: float, y: float) -> str:
    """The number of a hit, red, or blue where it did nothing."""
    path = f"M{x:g} {y - 27:g}l8 10l14 -4l-2 14l9 7l-9 7l2 14l-14 -4l-8 10l-8 -10l-14 4l2 -14l-9 -7l9 -7l-2 -14l14 4z"
    star = element("path", class_="hit-mark", d=path, fill=BLOOD_RED if damage else MISS_BLUE)
    return star + label(str(damage), x, y, 26, fill=LIGHT, font_weight="700")


def _panel(view: dict[str, Any], seat: int) -> list[str]:
    left = 20 + seat * (PANEL_WIDTH + 16)
    parts = [
        element("rect", class_="cell", x=left, y=PANEL_TOP, width=PANEL_WIDTH, height=PANEL_HEIGHT, rx=22, fill=CELL),
        element(
            "rect",
            class_=f"stone-{seat + 1}",
            x=left,
            y=PANEL_TOP,
            width=10,
            height=PANEL_HEIGHT,
            rx=5,
            fill=STONES[seat][0],
        ),
    ]
    x, width = left + 26, PANEL_WIDTH - 46
    base = (view["bases"][seat] or [99] * 7)[6]
    parts += _bar(x, PANEL_TOP + 18, width, 46, view["hitpoints"][seat], base, HITS_GREEN, "hitpoints")
    points = (view["bases"][seat] or [99] * 7)[5]
    parts += _bar(x, PANEL_TOP + 76, width, 30, view["prayer"][seat], points, PRAYER_BLUE, "prayer")
    parts += _bar(x, PANEL_TOP + 116, width, 30, view["energy"][seat], 100, ENERGY_ORANGE, "special")
    parts += _timers(view["timers"][seat], x, PANEL_TOP + 164, width)
    parts += _supplies(view["supplies"][seat], x, PANEL_TOP + 256, width)
    parts.append(label(_weapons(view, seat), left + PANEL_WIDTH / 2 + 4, PANEL_TOP + PANEL_HEIGHT - 18, 16))
    return parts


def _bar(
    x: float, y: float, width: float, height: float, number: int | None, most: int, colour: str, name: str
) -> list[str]:
    """A bar with its number; the part that is gone is dark."""
    share = min(max((number or 0) / most, 0), 1)
    parts = [element("rect", x=x, y=y, width=width, height=height, rx=8, fill=INK)]
    if share > 0:
        parts.append(
            element("rect", class_=f"bar-{name}", x=x, y=y, width=width * share, height=height, rx=8, fill=colour)
        )
    size = 0.62 * height
    parts.append(label(f"{name} {_known(number)}", x + width / 2, y + height / 2, size, fill=LIGHT, font_weight="600"))
    return parts


def _timers(timers: list[int | None], x: float, y: float, width: float) -> list[str]:
    """What has to run out before the next attack, bite and so on, in ticks; freezes in the colour of ice."""
    parts = []
    step = width / len(TIMERS)
    for place, (name, left, longest) in enumerate(zip(TIMERS, timers, LONGEST, strict=True)):
        column, bottom = x + step * place, y + 54
        height = 54 * min((left or 0) / longest, 1)
        parts.append(element("rect", x=column + 8, y=y, width=step - 16, height=54, rx=6, fill=INK))
        if height:
            colour = ICY if place >= 5 else TIMER
            parts.append(
                element("rect", x=column + 8, y=bottom - height, width=step - 16, height=height, rx=6, fill=colour)
            )
        words = "?" if left is None else str(left) if left else ""
        parts.append(label(words, column + step / 2, y + 27, 20, fill=LIGHT, font_weight="600"))
        parts.append(label(name, column + step / 2, bottom + 13, 11, fill=FAINT))
    return parts


def _supplies(supplies: list[int] | None, x: float, y: float, width: float) -> list[str]:
    parts = []
    step = width / len(SUPPLIES)
    for place, kind in enumerate(SUPPLIES):
        count = None if supplies is None else supplies[place]
        middle = x + step * (place + 0.5)
        sign = supply_sign(kind, middle, y + 16, 0.95)
        parts.append(element("g", sign, opacity=0.3) if count == 0 else sign)
        parts.append(label(_known(count), middle, y + 56, 22, fill=LIGHT, font_weight="600"))
    return parts


def _weapons(view: dict[str, Any], seat: int) -> str:
    """The special weapons, as far as they are known."""
    weapons = view["weapons"][seat]
    if weapons is None:
        return "special weapons: ?"
    return ", ".join(WEAPONS[special] for _, special in reversed(weapons) if special >= 0)
