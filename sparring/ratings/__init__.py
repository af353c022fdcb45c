"""Numbers only: online rating, Bradley-Terry with intervals, equilibria. Imports nothing of the house.

Ratings speak one unit, Elo-like points: 400 points are odds of ten to one.
"""

from sparring.ratings.bradley_terry import Fit, expected_score, fit, pair_dispersion
from sparring.ratings.online import Skill, new_skill, update

__all__ = ["Fit", "Skill", "expected_score", "fit", "new_skill", "pair_dispersion", "update"]
