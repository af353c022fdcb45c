"""Searches over the rules of a game, written once and specialised for each game (see engine/specialise.py)."""
