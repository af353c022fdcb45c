"""Small signs for the picture of the NH fight, drawn around (0, 0) in a circle of radius 20."""

from __future__ import annotations

from sparring.games.svg import element

STYLE_PATHS = {
    "tank": "M0 -18l15 5v9c0 11 -7 18 -15 22c-8 -4 -15 -11 -15 -22v-9z",
    "mage": "M0 -19l5 14l14 5l-14 5l-5 14l-5 -14l-14 -5l14 -5z",
    "ranged": "M-14 14L10 -10M-2 -14h16v16M-14 5v9h9",
    "melee": "M15 -16l-4 12l-14 14l-7 -7l14 -14zM-13 1l12 12M-8 8l-7 8",
}
_LINES = {"ranged"}

SUPPLY_PATHS = {
    "food": "M-16 2c8 -14 20 -14 26 -2l7 -6v16l-7 -6c-6 10 -18 10 -26 -2z",
    "karambwans": "M-12 -6c0 -12 24 -12 24 0v6h-24zM-12 2v14M-4 2v14M4 2v14M12 2v14",
    "brew": "M-5 -17h10v9l9 18c2 5 -2 8 -6 8h-16c-4 0 -8 -3 -6 -8l9 -18z",
}
PRAYER_SIGNS = (None, "mage", "ranged", "melee", "smite", "redemption")
_PRAYER_PATHS = {
    "smite": "M4 -18l-12 20h8l-4 16l12 -20h-8z",
    "redemption": "M0 15c-20 -14 -18 -30 -8 -30c5 0 8 4 8 8c0 -4 3 -8 8 -8c10 0 12 16 -8 30z",
}
POTION_COLOURS = {
    "doses of brew": "#e9b949",
    "doses of restore": "#c77dd6",
    "doses of combat": "#6fce7b",
    "doses of ranging": "#6ab7e8",
}


def style_sign(name: str, x: float, y: float, scale: float, ink: str) -> str:
    """A shield, a star, an arrow or a sword."""
    line = name in _LINES
    path = element(
        "path",
        d=STYLE_PATHS[name],
        fill="none" if line else ink,
        stroke=ink,
        stroke_width=5 if line else 2.5,
        stroke_linejoin="round",
        stroke_linecap="round",
    )
    return element("g", path, transform=f"translate({x:g} {y:g}) scale({scale:g})")


def prayer_sign(prayer: int, x: float, y: float, scale: float, ink: str, ground: str) -> str:
    """A disc with what the prayer protects from, a bolt for smite, a heart for redemption."""
    name = PRAYER_SIGNS[prayer]
    if name is None:
        return ""
    disc = element("circle", cx=x, cy=y, r=24 * scale, fill=ground)
    if name in STYLE_PATHS:
        return disc + style_sign(name, x, y, 0.75 * scale, ink)
    path = element("path", d=_PRAYER_PATHS[name], fill=ink)
    return disc + element("g", path, transform=f"translate({x:g} {y:g}) scale({0.8 * scale:g})")


def supply_sign(kind: str, x: float, y: float, scale: float) -> str:
    """A fish, an octopus, or a bottle in the colour of what is in it."""
    if kind in POTION_COLOURS:
        shape = element("path", d=SUPPLY_PATHS["brew"], fill=POTION_COLOURS[kind])
    elif kind == "food":
        shape = element("path", d=SUPPLY_PATHS["food"], fill="#ff9f7a")
    else:
        shape = element(
            "path",
            d=SUPPLY_PATHS["karambwans"],
            fill="#b48ee0",
            stroke="#b48ee0",
            stroke_width=4,
            stroke_linecap="round",
        )
    return element("g", shape, transform=f"translate({x:g} {y:g}) scale({scale:g})")
