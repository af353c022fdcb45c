"""Agents that find the pipe of the runner and speak on it themselves."""

from __future__ import annotations

import pytest

SETUP = """
import msgpack
def pipe():
    for number in range(255, 2, -1):
        try:
            os.fstat(number)
            return number
        except OSError:
            pass
def send(body, length=None):
    os.write(pipe(), struct.pack("<I", len(body) if length is None else length) + body)
"""

FRAMES = {
    "a giant frame": "os.write(pipe(), struct.pack('<I', 2**32 - 1))",
    "a frame that never ends": "send(b'xx', length=1000)\ntime.sleep(60)",
    "no msgpack": r"send(b'\xc1\xff\xfe')",
    "an empty frame": "send(b'')",
    "a list": "send(msgpack.packb([1, 2]))",
    "a map without a type": "send(msgpack.packb({'call': 2}))",
    "a map with lists for keys": r"send(b'\x81\x91\x01\x01')",
    "deep nesting": r"send(b'\x91' * 100_000)",
    "an answer without its number": "send(msgpack.packb({'type': 'acted'}))",
    "an answer to another question": "send(msgpack.packb({'type': 'begun', 'call': 2, 'faults': {}}))",
    "an answer without actions": "send(msgpack.packb({'type': 'acted', 'call': 2}))",
    "an answer of the wrong shape": "send(msgpack.packb({'type': 'acted', 'call': 2, 'actions': [], 'seconds': "
    "{'dtype': '<f8', 'shape': [1000000], 'data': b''}, 'faults': {}}))",
    "times that are none": "send(msgpack.packb({'type': 'acted', 'call': 2, 'actions': [0, 0], 'seconds': "
    "{'dtype': '<f8', 'shape': [2], 'data': struct.pack('<2d', float('nan'), -1)}, 'faults': {}}))",
    "faults of others": "send(msgpack.packb({'type': 'acted', 'call': 2, 'actions': [0, 0], 'seconds': "
    "{'dtype': '<f8', 'shape': [2], 'data': bytes(16)}, 'faults': {'texts': [['time', 'x', '']], "
    "'rows': {'dtype': '<i8', 'shape': [1], 'data': struct.pack('<q', 7)}, "
    "'which': {'dtype': '<i8', 'shape': [1], 'data': bytes(8)}}}))",
    "an objects array": "send(msgpack.packb({'type': 'acted', 'call': 2, 'actions': {'dtype': '|O', 'shape': [2], "
    "'data': bytes(16)}, 'seconds': {'dtype': '<f8', 'shape': [2], 'data': bytes(16)}, 'faults': {}}))",
    "a flood of frames": "while True: send(msgpack.packb({'type': 'working'}))",
    "the pipe closed": "os.close(pipe())\ntime.sleep(60)",
    "an exit in the middle of a frame": "send(b'xx', length=1000)\nos._exit(0)",
}


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_against_the_protocol_loses_the_match(arena, name):
    outcome = arena.play_act(SETUP + FRAMES[name] + "\nreturn legal_actions[0]", 2, arena.hasty)
    assert len(outcome.faults) == 2
    assert outcome.kinds <= {"crash", "time"}


def test_an_answer_given_twice_loses_the_match(arena):
    outcome = arena.play(
        """
from sparring.sandbox import runner
once = runner.Pipe.send
def twice(self, message):
    once(self, message)
    if message["type"] == "acted":
        once(self, message)
runner.Pipe.send = twice
class Agent:
    def act(self, observation, legal_actions):
        return legal_actions[0]
""",
        matches=2,
    )
    assert outcome.message == "It broke the protocol: it gave an answer that nobody had asked for."


def test_an_answer_in_advance_loses_the_match(arena):
    outcome = arena.play_act(
        SETUP
        + """
for call in range(3, 10):
    send(msgpack.packb({'type': 'acted', 'call': 9}))
return legal_actions[0]
""",
        matches=2,
    )
    assert "broke the protocol" in outcome.message


@pytest.mark.parametrize("stream", [1, 2])
def test_flooding_the_output_harms_nobody_and_leaves_a_short_log(arena, stream):
    outcome = arena.play_act(
        f"for line in range(200): os.write({stream}, b'flood ' * 20_000)\nreturn legal_actions[0]", matches=2
    )
    assert outcome.faults == []
    assert "flood" in outcome.log
    assert len(outcome.log) < 50_000


def test_flooding_the_output_for_ever_loses_on_time(arena):
    outcome = arena.play_act("while True: print('flood ' * 10_000)", 2, arena.hasty)
    assert outcome.kinds == {"time"}
    assert len(outcome.log) < 50_000


def test_what_is_printed_does_not_disturb_the_frames(arena):
    outcome = arena.play_act("print('hello'); sys.stdout.write('\\x00\\xff' * 100)\nreturn legal_actions[0]", matches=2)
    assert outcome.faults == []
    assert "hello" in outcome.log


def test_reading_from_standard_input_does_not_disturb_the_frames(arena):
    assert arena.play_act("assert sys.stdin.read() == ''\nreturn legal_actions[0]", matches=2).faults == []


@pytest.mark.parametrize(
    "answer", ["True", "1.0", "None", "'0'", "[0]", "-1", "9", "10**30", "float('nan')", "object()", "b'0'", "{0}"]
)
def test_an_answer_that_is_no_action_is_illegal(arena, answer):
    assert arena.play_act(f"return {answer}", matches=2).kinds == {"illegal"}


def test_an_answer_that_can_not_be_shown_is_illegal(arena):
    body = "class Odd:\n    def __repr__(self): raise SystemExit\nreturn Odd()"
    assert arena.play_act(body, matches=2).kinds <= {"illegal", "crash"}


@pytest.mark.parametrize("exit_call", ["os._exit(3)", "os.abort()", "ctypes.string_at(0)", "os.kill(os.getpid(), 9)"])
def test_a_process_that_ends_itself_loses_the_match(arena, exit_call):
    assert arena.play_act(exit_call, matches=2).kinds == {"crash"}


@pytest.mark.parametrize("raised", ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "ValueError('no idea')", "1"])
def test_whatever_is_raised_costs_only_its_match(arena, raised):
    body = f"if observation.sum() >= 4 and len(legal_actions) < 5: raise {raised}\nreturn legal_actions[0]"
    outcome = arena.play_act(body, matches=20)
    assert 0 < len(outcome.faults) < 20
    assert outcome.kinds == {"crash"}
