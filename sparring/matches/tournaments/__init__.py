"""Tournament formats as pure functions: from entries and the results so far to the next pairings and the ranking.

Entries are numbers 0, 1, … in the order of their seeding, the strongest first. Nothing is stored here: whoever runs a
tournament keeps the results and asks again. The same results give the same pairings, so that every edition can be
replayed from its ledger; each pairing says why it is played.
"""

from sparring.matches.tournaments.brackets import Bracket, double_elimination, single_elimination
from sparring.matches.tournaments.gauntlet import Gauntlet
from sparring.matches.tournaments.pairing import (
    Contest,
    Format,
    Pairing,
    Place,
    Result,
    following,
    same_pairing,
)
from sparring.matches.tournaments.round_robin import RoundRobin
from sparring.matches.tournaments.stages import Stage, Stages
from sparring.matches.tournaments.swiss import Swiss

__all__ = [
    "Bracket",
    "Contest",
    "Format",
    "Gauntlet",
    "Pairing",
    "Place",
    "Result",
    "RoundRobin",
    "Stage",
    "Stages",
    "Swiss",
    "double_elimination",
    "following",
    "same_pairing",
    "single_elimination",
]
