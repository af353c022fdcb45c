"""Match records: the truth about a match, small enough to keep for ever, and enough to play it again."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgpack
import numpy as np
from numpy.typing import NDArray

from sparring.errors import SparringError

Result = Literal["win", "draw", "fault", "void"]

FORMAT = 2
"""1 knew actions of one integer only."""
FILE_MAGIC = b"SPARRING MATCHES\n"


@dataclass(frozen=True, slots=True)
class Fault:
    """How a match ended before its end on the board. ``seat`` is None when both seats failed in the same ply."""

    seat: int | None
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class MatchRecord:
    """One match. States are not kept: the seed and the actions determine them (see ``replay``)."""

    game: str
    rules_version: int
    options: dict[str, Any]
    seed: int
    players: tuple[str, ...]
    """Names by seat."""
    first_player: int
    """Who had seat 0: an index into the duel's players."""
    actions: NDArray[Any]
    """int32, or float32 in a box: [plies, *action_shape], or [plies, S, *action_shape] in a simultaneous game."""
    seconds: NDArray[np.float32]
    """float32 [plies] or [plies, S]: the agents' own time."""
    scores: tuple[float, ...]
    """By seat, over the whole match."""
    result: Result
    winner: int | None
    """Seat; None after a draw or when both failed."""
    fault: Fault | None = None

    @property
    def plies(self) -> int:
        return len(self.actions)

    def player_at(self, seat: int) -> int:
        """Which of the duel's two players had ``seat``."""
        return (seat + self.first_player) % max(2, len(self.players))

    def encode(self) -> bytes:
        """The record as compressed bytes: a few tens of bytes beyond its actions and times."""
        kind = stored_type(self.actions)
        body = {
            "format": FORMAT,
            "game": self.game,
            "rules": self.rules_version,
            "options": self.options,
            "seed": self.seed,
            "players": list(self.players),
            "first": self.first_player,
            "shape": list(self.actions.shape),
            "type": kind,
            "actions": self.actions.astype(kind).tobytes(),
            "times": list(self.seconds.shape),
            "seconds": self.seconds.astype("<f4").tobytes(),
            "scores": list(self.scores),
            "result": self.result,
            "winner": self.winner,
            "fault": None if self.fault is None else [self.fault.seat, self.fault.kind, self.fault.message],
        }
        compressed = zlib.compress(msgpack.packb(body), 6)
        return zlib.crc32(compressed).to_bytes(4, "little") + compressed

    @classmethod
    def decode(cls, data: bytes) -> MatchRecord:
        """The record that ``encode`` wrote. Raises SparringError when the bytes are damaged or of a newer format."""
        if zlib.crc32(data[4:]) != int.from_bytes(data[:4], "little"):
            raise SparringError("This is no match record, or it is damaged: its checksum is wrong.")
        try:
            body = msgpack.unpackb(zlib.decompress(data[4:]))
            if body["format"] > FORMAT:
                raise SparringError(f"This match record has format {body['format']}; update Sparring to read it.")
            if body["format"] == 1:
                body |= {"type": "<u2" if body["wide"] else "u1", "times": body["shape"]}
            stored = np.frombuffer(body["actions"], body["type"]).reshape(body["shape"])
            return cls(
                game=body["game"],
                rules_version=body["rules"],
                options=body["options"],
                seed=body["seed"],
                players=tuple(body["players"]),
                first_player=body["first"],
                actions=stored.astype(np.float32 if body["type"] == "<f4" else np.int32),
                seconds=np.frombuffer(body["seconds"], "<f4").astype(np.float32).reshape(body["times"]),
                scores=tuple(body["scores"]),
                result=body["result"],
                winner=body["winner"],
                fault=None if body["fault"] is None else Fault(*body["fault"]),
            )
        except (zlib.error, ValueError, TypeError, KeyError, msgpack.UnpackException) as error:
            raise SparringError(f"This is no match record, or it is damaged ({error}).") from error


def stored_type(actions: NDArray[Any]) -> str:
    """The smallest type that holds these actions: bytes, words of 16 bits, or floats of 32."""
    if actions.dtype.kind == "f":
        return "<f4"
    return "<u2" if actions.size and int(actions.max()) > 0xFF else "u1"


def write_records(path: Path | str, records: Iterable[MatchRecord]) -> None:
    """Write records to one file, whole or not at all."""
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as file:
            file.write(FILE_MAGIC)
            for record in records:
                file.write(msgpack.packb(record.encode()))
        partial.replace(path)
    except OSError as error:
        raise SparringError(f"Can't write the match records to {path}: {error.strerror}.") from error
    finally:
        partial.unlink(missing_ok=True)


def read_records(path: Path | str) -> Iterator[MatchRecord]:
    """The records of a file that ``write_records`` wrote, in order."""
    path = Path(path)
    if not path.is_file():
        raise SparringError(f"There is no file {path}. Make one with: sparring duel GAME A B --records {path}")
    with path.open("rb") as file:
        if file.read(len(FILE_MAGIC)) != FILE_MAGIC:
            raise SparringError(f"{path} holds no match records; such files come from: sparring duel --records FILE")
        try:
            for data in msgpack.Unpacker(file, raw=False):
                if not isinstance(data, bytes):
                    raise SparringError(f"{path} is damaged: it holds something that is no match record.")
                yield MatchRecord.decode(data)
        except msgpack.UnpackException as error:
            raise SparringError(f"{path} is damaged ({error}).") from error
