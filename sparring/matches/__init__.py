"""The referee: matches, duels, match records and their replay."""

from sparring.matches.duel import Duel, Tally, play_duel
from sparring.matches.record import Fault, MatchRecord, read_records, write_records
from sparring.matches.referee import Pairing, play_matches
from sparring.matches.replay import Replay, replay, verify

__all__ = [
    "Duel",
    "Fault",
    "MatchRecord",
    "Pairing",
    "Replay",
    "Tally",
    "play_duel",
    "play_matches",
    "read_records",
    "replay",
    "verify",
    "write_records",
]
