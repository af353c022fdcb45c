"""The shapes of the chess pieces, drawn for Sparring on a square of 100 by 100."""

from __future__ import annotations

from sparring.games.chess.tables import BISHOP, KING, KNIGHT, PAWN, QUEEN, ROOK
from sparring.games.svg import element

FILLS = {1: ("piece-light", "#fdf6e3", "#1d2f45", "#1d2f45"), -1: ("piece-dark", "#24364d", "#0e1928", "#dfe7f0")}
"""By side: class, fill, outline, and the colour of details."""

BASE = "M24 89v-5a5 5 0 0 1 5-5h42a5 5 0 0 1 5 5v5z"

OUTLINES = {
    PAWN: ["M33 80C34 70 43 66 44 51H38V44.5H41.6A13.5 13.5 0 1 1 58.4 44.5H62V51H56C57 66 66 70 67 80Z"],
    KNIGHT: [
        "M31 80C32 67 47 63 48 51C43 55 37 55 34 59C32 62.5 27 63.5 24 60.5C20 57 20 53 22 49.5"
        "C25 44 30 38 32.5 32C34 26.5 38 23.5 42 22L43 12L52 19.5C68 23 76 41 75 61C74.6 69 73 75 70 80Z"
    ],
    BISHOP: [
        "M45 19a5.5 5.5 0 1 1 10 0",
        "M35 80C41 76 43.5 71 44 65H37V58.5H41C33 51 33.5 41 39 33C42 28.5 47 24 50 18.5"
        "C53 24 58 28.5 61 33C66.5 41 67 51 59 58.5H63V65H56C56.5 71 59 76 65 80Z",
    ],
    ROOK: ["M31 80L35 47L28 40V21H38.5V29H45V21H55V29H61.5V21H72V40L65 47L69 80Z"],
    QUEEN: [
        "M32 80L34 69L18 38L35.5 53L34 25L45 49L50 20L55 49L66 25L64.5 53L82 38L66 69L68 80Z",
        *(f"M{x - 4.5} {y}a4.5 4.5 0 1 1 9 0a4.5 4.5 0 1 1-9 0z" for x, y in ((18, 37), (34, 24), (66, 24), (82, 37))),
        "M45.5 18a4.5 4.5 0 1 1 9 0a4.5 4.5 0 1 1-9 0z",
    ],
    KING: [
        "M46 42V27.5H39V20.5H46V13H54V20.5H61V27.5H54V42Z",
        "M32 80L34 70C20 62 17 45 29 39.5C39 35.5 47 41 50 49C53 41 61 35.5 71 39.5C83 45 80 62 66 70L68 80Z",
    ],
}
DETAILS = {
    PAWN: ["M44 51H56"],
    KNIGHT: ["M55 27C65 34 68.5 46 67.5 60", "M38.5 34.5h4.5", "M26.5 55h.1"],
    BISHOP: ["M44 65H56M41 58.5H59", "M50 33v15M43.5 40h13"],
    ROOK: ["M35 47H65", "M33 71H67"],
    QUEEN: ["M34 69C44 65 56 65 66 69"],
    KING: ["M34 70C44 66 56 66 66 70", "M50 49V65"],
}


def piece(number: int, x: float, y: float, side: float = 100) -> str:
    """The piece (1 to 6 white, -1 to -6 black) in the square whose upper left corner is (x, y)."""
    class_, fill, outline, detail = FILLS[1 if number > 0 else -1]
    kind = abs(number)
    solid = " ".join(OUTLINES[kind])
    parts = [
        element("path", class_=class_, d=f"{solid} {BASE}", fill=fill, stroke=outline, stroke_width=4),
        element("path", d=" ".join(DETAILS[kind]), fill="none", stroke=detail, stroke_width=3),
    ]
    place = f"translate({x - 5 * side / 100:g} {y - 7 * side / 100:g}) scale({1.1 * side / 100:g})"
    return element("g", *parts, transform=place, stroke_linejoin="round", stroke_linecap="round")
