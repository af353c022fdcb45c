"""What is asked of every game, the house's and a stranger's alike: a list of findings.

>>> from sparring.engine import load_game
>>> [finding.name for finding in check_game(load_game("tic_tac_toe"), plies=50) if not finding.passed]
[]
"""

from sparring.engine.conformance.finding import Finding
from sparring.engine.conformance.report import check_game, check_named

__all__ = ["Finding", "check_game", "check_named"]
