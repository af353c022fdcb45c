"""Runs all checks on one game."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sparring.engine.conformance import actions, hidden, matches, pages, sameness, source, symmetries
from sparring.engine.conformance.finding import Fails, Finding
from sparring.engine.conformance.trial import Trial
from sparring.engine.game import Game, load_game
from sparring.engine.rules_errors import mistake
from sparring.errors import RulesError, SparringError

FIRST: dict[str, Callable[[Trial], str]] = {
    "rules file": source.the_match_is_ended_somewhere,
    "random play": matches.random_play,
    "compiler": sameness.rules_can_be_compiled,
}
"""Without these there is nothing to look at. The order matters: compiled code that is wrong can end the process."""

CHECKS: dict[str, Callable[[Trial], str]] = {
    "the end": matches.every_match_ends,
    "records": matches.records_are_sound,
    "listed actions": matches.listed_actions_are_the_legal_ones,
    "rewards": matches.rewards_are_numbers,
    "forfeit": matches.a_fault_never_pays,
    "looking": matches.looking_changes_nothing,
    "copies": matches.copies_go_their_own_way,
    "same seed, same match": sameness.replayed_from_their_seeds,
    "interpreted and compiled": sameness.interpreted_and_compiled,
    "batched and threaded": sameness.batched_and_threaded,
    "options": sameness.options_at_their_ends,
    "symmetries": symmetries.a_match_seen_otherwise_is_a_match,
    "hidden information": hidden.what_is_hidden_is_not_seen,
    "actions that are none": actions.nonsense_is_refused,
    "illegal actions": actions.illegal_actions_are_refused,
    "integers of other types": actions.other_integers_count_by_their_value,
    "drawing": pages.drawings_are_sound,
    "action names": pages.actions_have_names,
    "README": pages.there_is_a_readme,
}


def check_named(
    name: str, options: dict[str, Any] | None = None, plies: int = 300, seed: int = 1
) -> tuple[str, list[Finding]]:
    """The title of the game called ``name``, or lying in the folder ``name``, and its findings.

    Raises UnknownName or BadOption. Rules that can't even be loaded are a finding.
    """
    try:
        game = load_game(name, options)
    except RulesError as error:
        return name, [Finding("rules", False, str(error))]
    return game.title, check_game(game, plies, seed)


def check_game(game: Game, plies: int = 300, seed: int = 1) -> list[Finding]:
    """Put ``game`` on trial over about ``plies`` plies of random play; one finding a check, in a fixed order.

    Where not even random play works, or the rules can't be compiled, nothing else is tried.
    """
    trial = Trial(game, plies, seed)
    first = []
    for name, check in FIRST.items():
        first.append(_finding(name, check, trial))
        if not first[-1].passed:
            return first
    return first + [_finding(name, check, trial) for name, check in CHECKS.items()]


def _finding(name: str, check: Callable[[Trial], str], trial: Trial) -> Finding:
    try:
        return Finding(name, True, check(trial))
    except (Fails, SparringError) as error:
        return Finding(name, False, str(error))
    except Exception as error:  # noqa: BLE001  whatever the author's code raises is a finding about it
        told = mistake(error, trial.game)
        return Finding(name, False, where_it_broke(error, trial.game) if told is None else str(told))


def where_it_broke(error: BaseException, game: Game) -> str:
    """The author's line at which ``error`` was raised, if it was in the game's folder, and what was raised."""
    said = f"{type(error).__name__}: {error}".splitlines()[0]
    frame, place = error.__traceback__, ""
    folder = f"/{game.package.rpartition('.')[2]}/"
    while frame is not None:
        filename = frame.tb_frame.f_code.co_filename
        if folder in filename.replace("\\", "/"):
            place = f"{filename}:{frame.tb_lineno}: "
        frame = frame.tb_next
    return place + said
