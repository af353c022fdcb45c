"""Tournaments of games that are not for two: at tables of three and more seats, and of one seat, alone.

They are pure functions of entries and results, like those for two. At a table everybody has each seat equally often
with the same seeds; what counts are places.
"""

from sparring.matches.tournaments.tables.balanced import balanced_tables
from sparring.matches.tournaments.tables.knock_out import TableKnockOut
from sparring.matches.tournaments.tables.meeting_all import Alone, TableGauntlet, TableRoundRobin
from sparring.matches.tournaments.tables.swiss import TableSwiss
from sparring.matches.tournaments.tables.table import Table, TableFormat, TableResult, place_points

__all__ = [
    "Alone",
    "Table",
    "TableFormat",
    "TableGauntlet",
    "TableKnockOut",
    "TableResult",
    "TableRoundRobin",
    "TableSwiss",
    "balanced_tables",
    "place_points",
]
