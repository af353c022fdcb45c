"""The documents that tell how agents compare beyond their ratings."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from ninja import Field, Schema

from sparring.site.analysis.models import Analysis
from sparring.site.analysis.views import with_versions
from sparring.site.api.schemas import VersionDocument
from sparring.site.seasons.models import SeasonRow


class AnalysedDocument(Schema):
    version: VersionDocument
    rating: float
    nash: float = Field(description="Share in the mix that nobody beats; copies of an agent share one share.")
    skill: float = Field(description="Rating points against that mix, at most 0.")
    alpha: float = Field(description="Share of the time that a population stays with it (alpha-rank).")
    x: float = Field(description="Place on the disc of the cyclic part: i leads j by x_i y_j - y_i x_j logits ...")
    y: float = Field(description="... beside what their ratings say. Only where gain is above two errors.")

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        return cls(**row | {"version": VersionDocument.of(row["version"])})


class AnalysisDocument(Schema):
    matches: int
    computed: datetime
    gain: float | None = Field(description="Nats a match by which the disc foretells held-out results better ...")
    error: float = Field(description="... and its standard error: below twice that it is luck.")
    agents: list[AnalysedDocument]

    @classmethod
    def of(cls, found: Analysis) -> Self:
        agents = [AnalysedDocument.of(row) for row in with_versions(found.agents)]
        return cls(matches=found.matches, computed=found.computed, gain=found.gain, error=found.error, agents=agents)


class AuthorDocument(Schema):
    author: str
    version: VersionDocument = Field(description="Their best, by its corrected rating.")
    rating: float = Field(description="Corrected, in points.")
    low: float
    high: float
    versions: int = Field(description="How many of theirs were rated.")

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        return cls(**row | {"version": VersionDocument.of(row["version"])})


class SeasonDocument(Schema):
    number: int
    began: datetime
    ended: datetime
    matches: int


class SeasonRowDocument(Schema):
    version: VersionDocument
    position: int
    division: int = Field(description="From 1, the highest; 0 where there was none.")
    next_division: int
    rating: float
    low: float | None
    high: float | None
    best_rank: int | None
    worst_rank: int | None
    wins: int
    draws: int
    losses: int
    faults: int
    matches: int

    @classmethod
    def of(cls, row: SeasonRow) -> Self:
        names = [name for name in cls.model_fields if name != "version"]
        return cls(version=VersionDocument.of(row.version), **{name: getattr(row, name) for name in names})
