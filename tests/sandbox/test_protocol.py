"""Frames: what goes in comes out, and whatever a hostile runner sends is a FrameError and nothing else."""

from __future__ import annotations

import contextlib

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from sparring.errors import AgentFault
from sparring.sandbox.protocol import (
    HEADER,
    FrameError,
    OddAnswer,
    pack,
    pack_actions,
    pack_array,
    pack_faults,
    unpack,
    unpack_actions,
    unpack_array,
    unpack_column,
    unpack_faults,
    unpack_reply,
)

plain = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary()
trees = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
array_like = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["<i8", "<f8", "|O", "|b1", "x"]) | plain,
        "shape": st.lists(st.integers(-1, 3)) | plain,
        "data": st.binary() | st.sampled_from([bytes(8), bytes(16)]) | plain,
    }
)
faults_like = st.fixed_dictionaries(
    {"rows": array_like | plain, "which": array_like | plain, "texts": st.lists(st.lists(st.text())) | plain}
)


def through(message):
    return unpack(pack({"type": "x", **message})[HEADER.size :])


@given(arrays(st.sampled_from([np.int8, np.bool_, np.float32, np.uint64]), array_shapes(min_dims=0, min_side=0)))
def test_an_array_comes_out_as_it_went_in(array):
    back = unpack_array(through({"array": pack_array(array)})["array"])
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()
    assert not back.flags.writeable


def test_an_array_that_lies_scattered_in_memory_comes_out_right():
    array = np.arange(24).reshape(4, 6)[::2, 1::2]
    assert np.array_equal(unpack_array(through({"array": pack_array(array)})["array"]), array)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_frame_error(body):
    with contextlib.suppress(FrameError):
        assert isinstance(unpack(body)["type"], str)


@given(st.dictionaries(st.sampled_from(["seconds", "actions", "faults"]), trees | array_like | faults_like))
def test_any_message_is_a_reply_or_a_frame_error(message):
    with contextlib.suppress(FrameError):
        reply = unpack_reply(through(message), 2)
        assert len(reply.actions) == len(reply.seconds) == 2
        assert set(reply.faults) <= {0, 1}


@pytest.mark.parametrize("depth", [10_000, 1_000_000])
def test_deep_nesting_is_a_frame_error(depth):
    with pytest.raises(FrameError):
        unpack(b"\x91" * depth)


def test_a_map_that_claims_to_be_huge_is_a_frame_error():
    with pytest.raises(FrameError):
        unpack(b"\xdf\xff\xff\xff\xff")


@pytest.mark.parametrize(
    "change", [{"dtype": "<f8"}, {"dtype": "|O"}, {"shape": [3]}, {"shape": [2, 1]}, {"data": b""}, {"data": "x" * 16}]
)
def test_an_array_that_is_not_as_asked_for_is_a_frame_error(change):
    value = through({"array": pack_array(np.zeros(2, np.int64))})["array"]
    assert unpack_column(value, "<i8", 2).tolist() == [0, 0]
    with pytest.raises(FrameError):
        unpack_column({**value, **change}, "<i8", 2)


@pytest.mark.parametrize("answers", [[1, 2], [True, 1], [1.5, None], ["a", -(2**63)], [np.int8(3), np.float32(0.5)]])
def test_answers_keep_their_kind(answers):
    back = unpack_actions(through({"actions": pack_actions(answers)})["actions"], 2)
    assert list(back) == answers
    assert [isinstance(answer, bool) for answer in back] == [isinstance(answer, bool) for answer in answers]


@pytest.mark.parametrize(
    ("answer", "shown"), [([3], "list [3]"), (10**30, f"int {10**30}"), (b"x", "bytes b'x'"), ({1}, "set {1}")]
)
def test_odd_answers_come_out_as_what_they_look_like(answer, shown):
    (back,) = unpack_actions(through({"actions": pack_actions([answer])})["actions"], 1)
    assert isinstance(back, OddAnswer)
    assert repr(back) == shown


@pytest.mark.parametrize(
    "answers",
    [
        [[1, 2], [True, 1]],
        [[1.5, None], ["a", -(2**63)]],
        [(np.int8(3), np.float32(0.5)), np.array([1, 2])],
        [[1], []],
        [3, None],
    ],
)
def test_lists_of_numbers_keep_their_parts(answers):
    back = unpack_actions(through({"actions": pack_actions(answers, True)})["actions"], 2, 2)
    for answer, got in zip(answers, back, strict=True):
        assert (list(answer) if isinstance(answer, (tuple, np.ndarray)) else answer) == got
        if isinstance(got, list):
            assert [isinstance(part, bool) for part in answer] == [isinstance(part, bool) for part in got]


@pytest.mark.parametrize("answer", [[0] * 10_001, np.zeros((2, 2)), {1: 2}])
def test_what_is_no_list_of_numbers_is_only_shown(answer):
    (back,) = unpack_actions(through({"actions": pack_actions([answer], True)})["actions"], 1, 2)
    assert isinstance(back, OddAnswer)


def test_parts_of_a_list_that_are_no_numbers_are_only_shown():
    ((number, other),) = unpack_actions(through({"actions": pack_actions([[1, [2]]], True)})["actions"], 1, 2)
    assert number == 1
    assert repr(other) == "list [2]"


@pytest.mark.parametrize("dtype", [np.int64, np.int16, np.float32, np.float64])
def test_answers_of_many_numbers_travel_as_one_array(dtype):
    actions = np.arange(6).reshape(3, 2).astype(dtype)
    packed = pack_actions(actions, True)
    assert isinstance(packed, dict)
    assert np.array_equal(unpack_actions(through({"a": packed})["a"], 3, 2), actions)
    for rows, width in ((2, 3), (3, None), (6, None)):
        with pytest.raises(FrameError):
            unpack_actions(through({"a": packed})["a"], rows, width)


@given(trees | array_like)
def test_any_answers_to_a_game_of_lists_are_read_or_a_frame_error(value):
    with contextlib.suppress(FrameError):
        assert len(unpack_actions(through({"actions": value})["actions"], 2, 3)) == 2


def test_integers_of_any_width_travel_as_one_array():
    for dtype in (np.int8, np.uint8, np.int32, np.int64):
        assert isinstance(pack_actions(np.zeros(3, dtype)), dict)
    assert unpack_actions(through({"a": pack_actions(np.array([2**64 - 1], np.uint64))})["a"], 1)[0] != -1


def test_a_fault_of_ten_thousand_rows_is_a_small_frame():
    fault = AgentFault("crash", "It crashed.", "log" * 5000)
    value = through({"faults": pack_faults(dict.fromkeys(range(10_000), fault))})["faults"]
    assert len(msgpack.packb(value)) < 200_000
    faults = unpack_faults(value, 10_000)
    assert len(faults) == 10_000
    assert (faults[9_999].kind, str(faults[9_999])) == ("crash", "It crashed.")


def test_many_different_faults_are_cut_and_stay_faults_of_their_rows():
    value = through({"faults": pack_faults({row: AgentFault("crash", f"{row}") for row in range(100)})})["faults"]
    assert sorted(unpack_faults(value, 100)) == list(range(100))


def test_a_fault_of_an_unknown_kind_is_a_crash():
    value = through({"faults": pack_faults({0: AgentFault("victory", "I won.")})})["faults"]
    assert unpack_faults(value, 1)[0].kind == "crash"


def test_texts_that_are_no_unicode_travel():
    value = through({"faults": pack_faults({0: AgentFault("crash", "\ud800", "\udfff")})})["faults"]
    assert str(unpack_faults(value, 1)[0]) == "?"
