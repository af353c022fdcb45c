"""Match records: the truth about a match, small enough to keep for ever, and enough to play it again."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgpack
import numpy as np
from numpy.typing import NDArray

from sparring.errors import SparringError
from sparring.matches.host import Trouble

Result = Literal["win", "draw", "fault", "void"]

FORMAT = 3
"""1 knew actions of one integer only; 2 no processor time, no clock, no host, and no digest but a CRC."""
RECORD_MAGIC = b"MR3\n"
DIGEST_BYTES = 16
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
    """float32 [plies] or [plies, S]: the agents' own time by the clock on the wall."""
    scores: tuple[float, ...]
    """By seat, over the whole match."""
    result: Result
    winner: int | None
    """Seat; None after a draw or when both failed."""
    fault: Fault | None = None
    cpu_seconds: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    """As ``seconds``, but of processor time; kept with three digits. Not a number where nobody could count it, and
    empty in records of formats before 3."""
    engine: str = ""
    """The release of Sparring whose referee wrote it."""
    agents: tuple[str, ...] = ()
    """What played, by seat: the digest of the code or model, or the spec of an agent of the house."""
    terms: dict[str, Any] = field(default_factory=dict)
    """The clock: its budget ("wall", "cpu", "simulations", "instructions") and limits. Empty: nobody was timed."""
    host: Trouble | None = None
    """What the machine did to the match while it was played."""
    tries: int = 1
    """Which try of its pair this is: earlier ones were void."""
    void: str = ""
    """Why it does not count, if its result is "void"."""

    @property
    def plies(self) -> int:
        return len(self.actions)

    def player_at(self, seat: int) -> int:
        """Which of the duel's two players had ``seat``."""
        return (seat + self.first_player) % max(2, len(self.players))

    def encode(self) -> bytes:
        """The record as compressed bytes, behind a digest of all of them."""
        kind = stored_type(self.actions)
        body = {
            "format": FORMAT,
            "game": self.game,
            "rules": self.rules_version,
            "engine": self.engine,
            "options": self.options,
            "seed": self.seed,
            "players": list(self.players),
            "agents": list(self.agents),
            "first": self.first_player,
            "shape": list(self.actions.shape),
            "type": kind,
            "actions": self.actions.astype(kind).tobytes(),
            "times": list(self.seconds.shape),
            "seconds": self.seconds.astype("<f4").tobytes(),
            "cpu": self.cpu_seconds.astype("<f2").tobytes() if self.cpu_seconds.shape == self.seconds.shape else b"",
            "terms": self.terms,
            "host": None if self.host is None else self.host.packed(),
            "tries": self.tries,
            "scores": list(self.scores),
            "result": self.result,
            "winner": self.winner,
            "fault": None if self.fault is None else [self.fault.seat, self.fault.kind, self.fault.message],
            "void": self.void,
        }
        compressed = zlib.compress(msgpack.packb(body), 6)
        return RECORD_MAGIC + _digest(compressed) + compressed

    @classmethod
    def decode(cls, data: bytes) -> MatchRecord:
        """The record that ``encode`` wrote. Raises SparringError when the bytes are damaged or of a newer format."""
        compressed = _undamaged(data)
        try:
            body = msgpack.unpackb(zlib.decompress(compressed))
            if body["format"] > FORMAT:
                raise SparringError(f"This match record has format {body['format']}; update Sparring to read it.")
            return cls(**_fields(_brought_up_to_date(body)))
        except (zlib.error, ValueError, TypeError, KeyError, msgpack.UnpackException) as error:
            raise SparringError(f"This is no match record, or it is damaged ({error}).") from error


def _digest(compressed: bytes) -> bytes:
    return hashlib.blake2b(compressed, digest_size=DIGEST_BYTES, person=b"match record").digest()


def _undamaged(data: bytes) -> bytes:
    """The compressed part of a record whose digest is right; up to format 2 that was a CRC of four bytes."""
    start = len(RECORD_MAGIC) + DIGEST_BYTES
    if data.startswith(RECORD_MAGIC) and _digest(data[start:]) == data[len(RECORD_MAGIC) : start]:
        return data[start:]
    if zlib.crc32(data[4:]) == int.from_bytes(data[:4], "little"):
        return data[4:]
    raise SparringError("This is no match record, or it is damaged: its digest is wrong.")


def _brought_up_to_date(body: dict[str, Any]) -> dict[str, Any]:
    """The body of a record as format 3 has it."""
    if body["format"] == 1:
        body |= {"type": "<u2" if body["wide"] else "u1", "times": body["shape"]}
    if body["format"] < 3:
        body |= {"engine": "", "agents": [], "cpu": b"", "terms": {}, "host": None, "tries": 1, "void": ""}
    return body


def _fields(body: dict[str, Any]) -> dict[str, Any]:
    stored = np.frombuffer(body["actions"], body["type"]).reshape(body["shape"])
    cpu = np.frombuffer(body["cpu"], "<f2").astype(np.float32)
    return {
        "game": body["game"],
        "rules_version": body["rules"],
        "engine": body["engine"],
        "options": body["options"],
        "seed": body["seed"],
        "players": tuple(body["players"]),
        "agents": tuple(body["agents"]),
        "first_player": body["first"],
        "actions": stored.astype(np.float32 if body["type"] == "<f4" else np.int32),
        "seconds": np.frombuffer(body["seconds"], "<f4").astype(np.float32).reshape(body["times"]),
        "cpu_seconds": cpu.reshape(body["times"]) if body["cpu"] else cpu,
        "terms": body["terms"],
        "host": None if body["host"] is None else Trouble.unpacked(body["host"]),
        "tries": body["tries"],
        "scores": tuple(body["scores"]),
        "result": body["result"],
        "winner": body["winner"],
        "fault": None if body["fault"] is None else Fault(*body["fault"]),
        "void": body["void"],
    }


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
        unpacker = msgpack.Unpacker(file, raw=False)
        try:
            for data in unpacker:
                if not isinstance(data, bytes):
                    raise SparringError(f"{path} is damaged: it holds something that is no match record.")
                yield MatchRecord.decode(data)
        except (msgpack.UnpackException, ValueError) as error:
            raise SparringError(f"{path} is damaged ({error}).") from error
        if len(FILE_MAGIC) + unpacker.tell() != path.stat().st_size:
            raise SparringError(f"{path} is damaged: it ends within a record.")
