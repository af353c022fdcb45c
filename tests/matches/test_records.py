"""Match records: small, damaged ones are noticed, changed rules are refused."""

from __future__ import annotations

import base64
import dataclasses
from pathlib import Path

import numpy as np
import pytest

from sparring.agents import load
from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.matches import MatchRecord, play_duel, read_records, verify, write_records

GAME = load_game("connect_four")


@pytest.fixture(scope="module")
def records() -> list[MatchRecord]:
    return play_duel(GAME, [load("random", GAME, seed=1), load("random", GAME, seed=2)], ["a", "b"], 10, seed=1).records


def test_a_record_is_compact(records: list[MatchRecord]) -> None:
    assert max(len(record.encode()) for record in records) < 400


def test_records_survive_a_file(records: list[MatchRecord], tmp_path: Path) -> None:
    path = tmp_path / "fight.matches"
    write_records(path, records)
    back = list(read_records(path))
    assert [r.encode() for r in back] == [r.encode() for r in records]
    assert list(tmp_path.iterdir()) == [path]


def test_a_flipped_byte_is_found(records: list[MatchRecord]) -> None:
    data = records[0].encode()
    for position in range(len(data)):
        damaged = data[:position] + bytes([data[position] ^ 0x40]) + data[position + 1 :]
        with pytest.raises(SparringError):
            verify(MatchRecord.decode(damaged))


def test_a_changed_action_is_found(records: list[MatchRecord]) -> None:
    actions = records[0].actions.copy()
    actions[-1] = (actions[-1] + 1) % 7
    with pytest.raises(SparringError):
        verify(dataclasses.replace(records[0], actions=actions))


def test_a_claimed_winner_is_checked(records: list[MatchRecord]) -> None:
    decided = next(record for record in records if record.winner is not None)
    with pytest.raises(SparringError, match="scores"):
        verify(dataclasses.replace(decided, scores=tuple(-score for score in decided.scores)))


def test_changed_rules_refuse_old_records(records: list[MatchRecord]) -> None:
    with pytest.raises(SparringError, match="version 99"):
        verify(dataclasses.replace(records[0], rules_version=99))


def test_a_file_that_is_something_else_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(SparringError, match="holds no match records"):
        list(read_records(path))
    with pytest.raises(SparringError, match="There is no file"):
        list(read_records(tmp_path / "missing"))


def test_a_record_of_the_first_format_is_still_read() -> None:
    written_by_version_1 = base64.b85decode(
        b"n6`afc%18BmX=?Xn^?lQBt0=Vb#+N*a(qc55a*{ZEh^1PEoNMvUr>^npI6+lq&PJ-<@{Q<-u&3Vh0@ClauO?3i;5>LOk9|>G%d5JxP)P8aYk"
        b"Z6>O|Hh<(Vm|hn6QMgEbyuWntoAWLRFDnw+1PQhY>&0Sj1GoSa{jT0H5r{RfD^>HSc~GN5p2PRZi(%)DhloR?a}urw_ZC~^P*Pyt0l"
    )
    record = MatchRecord.decode(written_by_version_1)
    assert record.actions.tolist() == [4, 2, 8, 1, 0]
    verify(record)


@pytest.mark.parametrize(
    "actions", [np.ones((3, 2, 4), np.float32) / 3, np.arange(24, dtype=np.int32).reshape(3, 2, 4)]
)
def test_points_and_several_heads_survive_encoding(records: list[MatchRecord], actions: np.ndarray) -> None:
    record = dataclasses.replace(records[0], actions=actions, seconds=np.ones((3, 2), np.float32))
    read = MatchRecord.decode(record.encode())
    assert read.actions.dtype == actions.dtype
    assert (read.actions == actions).all()
    assert read.seconds.shape == (3, 2)
