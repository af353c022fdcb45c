"""Match records: small, damaged ones are noticed, changed rules are refused."""

from __future__ import annotations

import base64
import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring import __version__
from sparring.agents import load
from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.matches import Fault, MatchRecord, play_duel, read_records, verify, write_records
from sparring.matches.host import Trouble

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


def varied(record: MatchRecord) -> list[MatchRecord]:
    """Records of every kind, by what they hold."""
    points = np.ones((3, 2, 4), np.float32) / 3
    return [
        record,
        dataclasses.replace(record, result="fault", fault=Fault(1, "time", "It ran out of time.")),
        dataclasses.replace(record, result="void", winner=None, void="Its host was in trouble.", tries=4),
        dataclasses.replace(record, actions=points, seconds=np.ones((3, 2), np.float32)),
    ]


@settings(max_examples=20, deadline=None)
@given(kind=st.integers(0, 3), flip=st.integers(1, 255))
def test_a_byte_flipped_anywhere_in_a_record_is_found(records: list[MatchRecord], kind: int, flip: int) -> None:
    data = varied(records[0])[kind].encode()
    for position in range(len(data)):
        damaged = data[:position] + bytes([data[position] ^ flip]) + data[position + 1 :]
        with pytest.raises(SparringError):
            MatchRecord.decode(damaged)


def test_a_byte_flipped_anywhere_in_a_file_of_records_is_found(records: list[MatchRecord], tmp_path: Path) -> None:
    path = tmp_path / "fight.matches"
    write_records(path, records[:2])
    data = path.read_bytes()
    for position in range(len(data)):
        path.write_bytes(data[:position] + bytes([data[position] ^ 0x21]) + data[position + 1 :])
        with pytest.raises(SparringError):
            list(read_records(path))


def test_a_record_cut_short_or_with_something_behind_it_is_refused(records: list[MatchRecord]) -> None:
    data = records[0].encode()
    for damaged in (*(data[:end] for end in range(0, len(data), 7)), data + b"\0"):
        with pytest.raises(SparringError):
            MatchRecord.decode(damaged)


def test_a_record_says_who_played_under_which_clock_and_what_the_host_did(records: list[MatchRecord]) -> None:
    trouble = Trouble(window=2.5, steal=0.25, late=0.5)
    terms = {"budget": "cpu", "move": 2.0}
    record = dataclasses.replace(records[0], host=trouble, terms=terms, agents=("sha256:1", "random"), tries=2)
    read = MatchRecord.decode(record.encode())
    assert (read.host, read.terms, read.agents, read.tries) == (trouble, terms, ("sha256:1", "random"), 2)
    assert read.engine == __version__
    assert read.cpu_seconds == pytest.approx(record.cpu_seconds, rel=1e-3, abs=1e-6)


def test_the_referee_records_the_processor_time_of_a_busy_player() -> None:
    players = [load("mcts:simulations=3000", GAME, seed=1), load("random", GAME, seed=2)]
    record = play_duel(GAME, players, ["a", "b"], 1, seed=1).records[0]
    assert record.cpu_seconds[0::2].sum() > 10 * record.cpu_seconds[1::2].sum()
    assert record.cpu_seconds.shape == record.seconds.shape == (record.plies,)


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


def test_a_record_of_the_second_format_is_still_read() -> None:
    written_by_version_2 = base64.b85decode(
        b"K}yB?c$~Y(Ah0YgzbH4cglS27Vs7f{lFa1zl0+cRPhDD6nv+`0xIDk0Br`v+xM4|gYHG^)O^fqhsThC#xx64Ju`;!&c+$eeg-J`(GK-2!7?u`i"
        b"Bo?GjWL;8HS&+J@)NpxXGFa;oR%Rv!Mz*CTnYpRO6IquRrzYp;r4%0#G5Ea1h5-mRH9xWd(XP>q7R!p0^NUi8C!MzczyJoP_d^-WfWoCYC5y{5"
        b"^OgZ|UTP7;(zHaN$N>P!?NB5"
    )
    record = MatchRecord.decode(written_by_version_2)
    assert (record.players, record.plies, record.host, record.tries) == (("a", "b"), 5, None, 1)
    verify(record)


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
