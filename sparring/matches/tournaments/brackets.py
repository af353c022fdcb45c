"""Knock-out: a bracket of games, each between two that come from a seed, or from games before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sparring.matches.tournaments.pairing import Pairing, Place, Result, places

Source: TypeAlias = tuple[Literal["seed", "winner", "loser"], int]
"""A seed, or the winner or loser of an earlier game by its number."""
BYE = -1


@dataclass(frozen=True)
class Game:
    """One game of a bracket. ``number`` counts from 1, and sources have smaller numbers."""

    number: int
    round: int
    name: str
    first: Source
    second: Source
    if_needed: bool = False
    """A second final, played only when the one who came from the lower bracket has won the first."""


@dataclass(frozen=True)
class Bracket:
    """Games in an order in which each comes after those it depends on. Who is out earlier stands lower.

    A drawn duel is played again, ``replays`` times; then the better seed goes on.
    """

    entries: int
    games: tuple[Game, ...]
    lives: int = 1
    """Games that one may lose before one is out, and that one too."""
    replays: int = 2

    def pairings(self, results: Sequence[Result]) -> list[Pairing]:
        """Every game whose two sides are known and that is not decided."""
        players = self._players(results)
        found = []
        for game in self.games:
            sides = players.get(game.number)
            if sides is None or BYE in sides or not self._is_due(game, results):
                continue
            drawn = self._results_of(game, results)
            if self._winner(sides, drawn) is None:
                again = f", again after {len(drawn)} drawn" if drawn else ""
                last = "; after one more the better seed goes on" if drawn and len(drawn) == self.replays else ""
                found.append(Pairing(game.round, *sides, f"{game.name}{again}{last}", game.number))
        return found

    def ranking(self, results: Sequence[Result]) -> list[Place]:
        """By the last game in which an entry was beaten; those still in stand before those who are out."""
        players, reached = self._players(results), [float(len(self.games) + 1)] * self.entries
        lives = [self.lives] * self.entries
        for game in self.games:
            sides = players.get(game.number)
            if sides is None or BYE in sides or not self._is_due(game, results):
                continue
            winner = self._winner(sides, self._results_of(game, results))
            if winner is None:
                continue
            loser = sides[0] + sides[1] - winner
            lives[loser] -= 1
            if lives[loser] == 0:
                reached[loser] = float(game.round)
            if lives[winner] <= 0:  # won the game for the third place
                reached[winner] += 0.5
        return places([(value,) for value in reached])

    def _players(self, results: Sequence[Result]) -> dict[int, tuple[int, int]]:
        """Both sides of each game as far as they are known; ``BYE`` where nobody comes."""
        winners: dict[int, int] = {}
        losers: dict[int, int] = {}
        players: dict[int, tuple[int, int]] = {}
        for game in self.games:
            first, second = (self._from(source, winners, losers) for source in (game.first, game.second))
            if first is None or second is None:
                continue
            players[game.number] = sides = (first, second)
            if BYE in sides:
                winners[game.number], losers[game.number] = max(sides), BYE
                continue
            winner = self._winner(sides, self._results_of(game, results))
            if winner is not None:
                winners[game.number], losers[game.number] = winner, first + second - winner
        return players

    def _from(self, source: Source, winners: dict[int, int], losers: dict[int, int]) -> int | None:
        kind, number = source
        if kind == "seed":
            return number if number < self.entries else BYE
        return (winners if kind == "winner" else losers).get(number)

    def _winner(self, sides: tuple[int, int], results: Sequence[Result]) -> int | None:
        for result in results:
            if result.void:
                return min(sides)
            if abs(result.points - 0.5) > 1e-9:
                return result.first if result.points > 0.5 else result.second
        return min(sides) if len(results) > self.replays else None

    def _results_of(self, game: Game, results: Sequence[Result]) -> list[Result]:
        return [result for result in results if result.game == game.number]

    def _is_due(self, game: Game, results: Sequence[Result]) -> bool:
        """Whether a second final is needed: the first was won by the side that came from the lower bracket."""
        if not game.if_needed:
            return True
        first_final = self.games[game.number - 2]
        sides = self._players(results).get(first_final.number)
        return sides is not None and self._winner(sides, self._results_of(first_final, results)) == sides[1]


def single_elimination(entries: int, third_place: bool = False, replays: int = 2) -> Bracket:
    """Who loses is out. Seeds are spread so that the best two can only meet in the final; missing ones are byes."""
    games, last, round_number = _upper(entries)
    if third_place and len(last) == 2:
        games.append(
            Game(len(games) + 1, round_number + 1, "for the third place", ("loser", last[0]), ("loser", last[1]))
        )
    if len(last) == 2:
        games.append(Game(len(games) + 1, round_number + 1, "final", ("winner", last[0]), ("winner", last[1])))
    return Bracket(entries, tuple(games), lives=1, replays=replays)


def double_elimination(entries: int, replays: int = 2) -> Bracket:
    """Who loses twice is out: losers go on in a lower bracket, whose winner meets the upper one's, twice if needed."""
    size = _size(entries)
    games: list[Game] = []

    def add(round_number: int, name: str, first: Source, second: Source, if_needed: bool = False) -> int:
        games.append(Game(len(games) + 1, round_number, name, first, second, if_needed))
        return len(games)

    seeds = _spread(size)
    upper = [add(1, "upper bracket, round 1", ("seed", seeds[i]), ("seed", seeds[i + 1])) for i in range(0, size, 2)]
    lower: list[Source] = [("loser", number) for number in upper]
    round_number, upper_round = 1, 1
    while len(upper) > 1:
        round_number += 1
        name = f"lower bracket, round {round_number}"
        pairs = [(lower[i], lower[i + 1]) for i in range(0, len(lower), 2)]
        lower = [("winner", add(round_number, name, *pair)) for pair in pairs]
        round_number, upper_round = round_number + 1, upper_round + 1
        name = f"upper bracket, round {upper_round}"
        advancing: list[Source] = [("winner", number) for number in upper]
        upper = [add(round_number, name, advancing[i], advancing[i + 1]) for i in range(0, len(advancing), 2)]
        round_number += 1
        name = f"lower bracket, round {round_number}"
        dropping: list[Source] = [("loser", number) for number in reversed(upper)]
        lower = [("winner", add(round_number, name, *pair)) for pair in zip(lower, dropping, strict=True)]
    challenger = lower[0]
    add(round_number + 1, "final", ("winner", upper[0]), challenger)
    add(round_number + 2, "second final", ("winner", upper[0]), challenger, if_needed=True)
    return Bracket(entries, tuple(games), lives=2, replays=replays)


def _upper(entries: int) -> tuple[list[Game], list[int], int]:
    """All rounds before the final, the numbers of the last round's games, and that round."""
    size = _size(entries)
    seeds = _spread(size)
    games: list[Game] = []
    sources: list[Source] = [("seed", seed) for seed in seeds]
    last: list[int] = []
    round_number = 0
    while len(sources) > 2 or round_number == 0:
        round_number += 1
        name = {2: "final", 4: "semi-final", 8: "quarter-final"}.get(len(sources), f"round {round_number}")
        last = []
        for i in range(0, len(sources), 2):
            games.append(Game(len(games) + 1, round_number, name, sources[i], sources[i + 1]))
            last.append(len(games))
        sources = [("winner", number) for number in last]
    return games, last, round_number


def _size(entries: int) -> int:
    """The power of two that holds them all, at least 2."""
    return max(2, 1 << (entries - 1).bit_length())


def _spread(size: int) -> list[int]:
    """Seeds in the order of a bracket: 0 meets size - 1, and 0 and 1 can only meet in the final.

    >>> _spread(4)
    [0, 3, 1, 2]
    """
    order = [0]
    while len(order) < size:
        order = [seed for top in order for seed in (top, 2 * len(order) - 1 - top)]
    return order
