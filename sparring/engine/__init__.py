"""Makes rules run: games, batches, kernels specialised for a game."""

from sparring.engine.batch import Batch
from sparring.engine.counting import LineCounts, perft
from sparring.engine.folders import cache_home, home
from sparring.engine.game import Game, States, game_names, load_game
from sparring.engine.specialise import specialise
from sparring.engine.symmetries import Bearings, Symmetries

__all__ = [
    "Batch",
    "Bearings",
    "Game",
    "LineCounts",
    "States",
    "Symmetries",
    "cache_home",
    "game_names",
    "home",
    "load_game",
    "perft",
    "specialise",
]
