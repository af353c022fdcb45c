"""The documents of the API. Their fields are described in OpenAPI."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from ninja import Field, Schema

from sparring.engine import Game
from sparring.site.ladders.models import Ladder, Standing
from sparring.site.matches.models import Duel, Match
from sparring.site.submissions.models import Agent, Version


class Problem(Schema):
    """What went wrong (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="A sentence that says what would be right.")


class GameDocument(Schema):
    name: str
    title: str
    rules_version: int
    seats: int
    simultaneous: bool
    perfect_information: bool
    actions: int = Field(description="Width of a mask: the actions there are, or the options of all heads together.")
    action_kind: str = Field(description="discrete, multi_discrete or box.")
    action_shape: list[int] = Field(description="Of one action: empty where it is one integer.")
    heads: list[int] = Field(description="Options of each head; empty for a box.")
    low: list[float] = Field(description="Least value of each number of a box; empty otherwise.")
    high: list[float]
    observation_shape: list[int]
    observation_dtype: str
    options: dict[str, Any] = Field(description="Each option's default.")

    @classmethod
    def of(cls, game: Game) -> Self:
        return cls(
            name=game.name,
            title=game.title,
            rules_version=game.version,
            seats=game.seats,
            simultaneous=game.simultaneous,
            perfect_information=game.perfect_information,
            actions=game.num_actions,
            action_kind=game.action_kind,
            action_shape=list(game.action_shape),
            heads=list(game.heads),
            low=[] if game.low is None else game.low.tolist(),
            high=[] if game.high is None else game.high.tolist(),
            observation_shape=list(game.observation_shape),
            observation_dtype=str(game.observation_dtype),
            options=game.options,
        )


class LadderDocument(Schema):
    slug: str
    game: str
    options: dict[str, Any]
    seats: int
    season: int
    divisions: int
    matches: int
    revision: int = Field(description="Rises whenever anything on the ladder changes.")

    @classmethod
    def of(cls, ladder: Ladder) -> Self:
        return cls(
            slug=ladder.slug,
            game=ladder.game,
            options=ladder.options,
            seats=ladder.seats,
            season=ladder.season,
            divisions=ladder.divisions,
            matches=ladder.matches,
            revision=ladder.revision,
        )


class VersionDocument(Schema):
    agent: int
    number: int
    name: str
    label: str
    author: str
    kind: str
    game: str
    state: str = Field(description="uploaded, built, self-tested, validated, on ladder, or failed.")
    failed_step: str = Field(description="The state that it did not reach; empty unless it failed.")
    sentence: str = Field(description="Why it failed, or what it waits for.")
    created: datetime

    @classmethod
    def of(cls, version: Version) -> Self:
        return cls(**cls.fields_of(version))

    @staticmethod
    def fields_of(version: Version) -> dict[str, Any]:
        agent = version.agent
        return {
            "agent": agent.pk,
            "number": version.number,
            "name": agent.name,
            "label": version.label,
            "author": agent.author,
            "kind": agent.kind,
            "game": agent.game,
            "state": version.state,
            "failed_step": version.failed_step,
            "sentence": version.sentence,
            "created": version.created,
        }


class OwnVersionDocument(VersionDocument):
    log: str = Field(description="What the agent wrote; for its owner only.")
    build_log: str = Field(description="What its build printed; for its owner only.")

    @classmethod
    def of(cls, version: Version) -> Self:
        build_log = version.build_log_for(version.agent.owner)
        return cls(**cls.fields_of(version), log=version.log, build_log=build_log)


class StandingDocument(Schema):
    position: int | None
    best_rank: int | None
    worst_rank: int | None
    rating: float | None = Field(description="Elo-like points around 1500; of a game for one seat the mean return.")
    division: int = Field(description="From 1, the highest; 0 where there is none.")
    deviation: float | None = Field(description="Of a game for one seat: the standard deviation of the returns.")
    mean_place: float | None = Field(description="Of a game for more than two: from 1, the winner's.")
    low: float | None = Field(description="Low end of the rating's 95% interval.")
    high: float | None
    mu: float = Field(description="Online rating (Weng and Lin): mean ...")
    sigma: float = Field(description="... and standard deviation.")
    wins: int
    draws: int
    losses: int = Field(description="Lost on the board.")
    faults: int = Field(description="Lost by a fault of its own.")
    matches: int
    benched: str = Field(description="Why it plays no more on this ladder; empty while it plays.")
    version: VersionDocument

    @classmethod
    def of(cls, row: Standing) -> Self:
        names = ("position", "best_rank", "worst_rank", "low", "high", "mu", "sigma")
        counts = ("wins", "draws", "losses", "faults", "matches", "benched", "division", "deviation", "mean_place")
        return cls(
            **{name: getattr(row, name) for name in (*names, *counts)},
            rating=None if row.low is None else row.rating,
            version=VersionDocument.of(row.version),
        )


class AgentDocument(Schema):
    id: int
    name: str
    game: str
    options: dict[str, Any] = Field(description="Of the game, where they are not its defaults.")
    kind: str
    author: str
    versions: list[VersionDocument]

    @classmethod
    def of(cls, agent: Agent) -> Self:
        versions = [VersionDocument.of(version) for version in agent.versions.all()]
        return cls(
            id=agent.pk,
            name=agent.name,
            game=agent.game,
            options=agent.options,
            kind=agent.kind,
            author=agent.author,
            versions=versions,
        )


class MatchDocument(Schema):
    id: int
    duel: int
    index: int = Field(description="Matches 2k and 2k + 1 of a duel share a seed, with the seats swapped.")
    game: str
    players: list[str] = Field(description="By seat.")
    result: str = Field(description="win, draw, fault or void.")
    winner: int | None = Field(description="Seat.")
    scores: list[float] = Field(description="By seat; empty for matches of old.")
    fault: str = Field(description="illegal, crash, time, memory or start; empty without a fault.")
    plies: int
    played: datetime

    @classmethod
    def of(cls, match: Match) -> Self:
        return cls(**cls.fields_of(match))

    @staticmethod
    def fields_of(match: Match) -> dict[str, Any]:
        return {
            "id": match.pk,
            "duel": match.duel_id,
            "index": match.index,
            "game": match.ladder.game,
            "players": [version.label for version in match.players],
            "result": match.result,
            "winner": match.winner_seat,
            "scores": match.scores,
            "fault": match.fault_kind,
            "plies": match.plies,
            "played": match.created,
        }


class FrameDocument(Schema):
    ply: int
    seat: int | None = Field(description="Who moved; null at the start, and where both act at once.")
    player: str
    action: str
    seconds: float | None
    caption: str
    svg: str


class ReplayDocument(MatchDocument):
    ending: str
    frames: list[FrameDocument]


class DuelDocument(Schema):
    id: int
    ladder: str
    state: str = Field(description="waiting, running, done or failed.")
    failure: str = Field(description="Why it could not be played, or what it waits for.")
    rated: bool
    reason: str = Field(description="Why these two meet.")
    seed: int
    matches: int
    players: list[VersionDocument]
    points: list[float] = Field(description="Of each player: 1 a win or a fault of the other, 1/2 a draw.")

    @classmethod
    def of(cls, duel: Duel) -> Self:
        names = ("state", "failure", "rated", "reason", "seed", "matches")
        return cls(
            id=duel.pk,
            ladder=duel.ladder.slug,
            players=[VersionDocument.of(version) for version in duel.versions],
            points=list(duel.points),
            **{name: getattr(duel, name) for name in names},
        )
