"""Classic players: the zip and the HTTP server, with exactly the states and calls that they have always had."""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from sparring.agents import load
from sparring.agents.http_player import HttpPlayer
from sparring.agents.layouts import ClassicView
from sparring.agents.random_player import RandomPlayer
from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.matches import play_duel
from sparring.sandbox import Limits, load_player

RECORDER = """
import json
class Player:
    def __init__(self, train_mode):
        assert train_mode is False
        self.calls = []
    def start(self, state, valid_actions):
        return self.note("start", state, valid_actions)
    def step(self, state, valid_actions, prev_reward):
        return self.note("step", state, valid_actions, prev_reward)
    def end(self, state, prev_reward):
        self.note("end", state, [0], prev_reward)
    def note(self, call, state, valid_actions, prev_reward=None):
        assert state.ndim == 1 and type(state).__name__ == "ndarray"
        print(json.dumps([call, state.tolist(), [int(a) for a in valid_actions], prev_reward]))
        state[:] = 99
        return valid_actions[0]
"""


def after(game, *actions):
    states = game.new_states(np.zeros(1, np.uint64))
    for action in actions:
        game.play(states, np.array([action]))
    return states


def shown(game, *actions):
    return ClassicView(game).show(after(game, *actions), np.zeros(1, np.int8))[0]


def test_tic_tac_toe_is_nine_cells_and_the_player_to_move():
    state = shown(load_game("tic_tac_toe"), 4, 2)
    assert state.dtype == np.float64
    assert state.tolist() == [0, 0, -1, 0, 1, 0, 0, 0, 0, 1]
    assert shown(load_game("tic_tac_toe"), 4)[9] == -1


def test_connect_four_is_six_rows_from_the_top_and_the_player_to_move():
    state = shown(load_game("connect_four"), 3, 3, 0)
    assert state.shape == (43,)
    assert state.dtype == np.float64
    assert {index: value for index, value in enumerate(state.tolist()) if value} == {
        7 * 5 + 3: 1,
        7 * 4 + 3: -1,
        7 * 5 + 0: 1,
        42: -1,
    }


def test_quarto_is_sixteen_cells_and_the_piece_to_place():
    game = load_game("quarto", {"variant": "classic"})
    assert shown(game).tolist() == [-1] * 16 + [15]
    state = shown(game, 16 * 5 + 2)
    assert state.dtype == np.int64
    assert state.tolist() == [-1] * 5 + [15] + [-1] * 10 + [2]


def test_classic_quarto_has_240_openings():
    game = load_game("quarto", {"variant": "classic"})
    assert game.legal(after(game), np.zeros(1, np.int8)).sum() == 240


def test_a_game_without_a_layout_is_shown_as_a_flat_observation():
    game = load_game("rock_paper_scissors")
    states = game.new_states(np.zeros(2, np.uint64))
    seats = np.array([0, 1], np.int8)
    flat = ClassicView(game).show(states, seats)
    assert np.array_equal(flat, game.observe(states, seats).reshape(2, -1))


def zip_player(folder: Path, source: str, **files: str) -> str:
    path = folder / "player.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("player.py", source)
        archive.writestr("environment.yml", "name: player\ndependencies: [python=3.6]\n")
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return str(path)


def test_a_classic_player_is_called_as_it_has_always_been(tmp_path):
    game = load_game("tic_tac_toe")
    player = load(zip_player(tmp_path, RECORDER), game)
    assert player.lanes == 1
    duel = play_duel(game, [player, RandomPlayer(game, 3)], names=["a", "b"], matches=2, seed=5)
    calls = [json.loads(line) for line in player.log.splitlines()]
    ends = [index for index, call in enumerate(calls) if call[0] == "end"]
    assert len(ends) == 2
    assert [call[0] for call in calls].count("start") == 2
    assert calls[0][0] == calls[ends[0] + 1][0] == "start"
    assert {call[0] for call in calls[1 : ends[0]]} <= {"step"}
    for record, end in zip(duel.records, ends, strict=True):
        board = np.zeros(9)
        board[record.actions[0::2]], board[record.actions[1::2]] = 1, -1
        assert calls[end][1][:9] == board.tolist()
        seat = record.players.index("a")
        assert calls[end][3] == record.scores[seat]
    steps = [call for call in calls if call[0] == "step"]
    assert all(call[3] == 0.0 for call in steps)
    assert calls[0][1] == [0.0] * 9 + [1.0]
    assert calls[0][2] == list(range(9))


def test_a_classic_player_of_quarto_wins_a_hundred(tmp_path):
    game = load_game("quarto", {"variant": "classic"})
    player = load(zip_player(tmp_path, RECORDER), game)
    duel = play_duel(game, [player, RandomPlayer(game, 3)], names=["a", "b"], matches=20, seed=5)
    ends = [json.loads(line)[3] for line in player.log.splitlines() if '"end"' in line]
    assert duel.tally().errors == (0, 0)
    assert {abs(reward) for reward in ends} <= {0.0, 100.0}
    assert any(ends)


def test_a_classic_player_imports_and_opens_what_lies_beside_it(tmp_path):
    source = "from net import BEST\n" + RECORDER.replace(
        "return valid_actions[0]", "return BEST + int(open('w.txt').read())"
    )
    game = load_game("tic_tac_toe")
    player = load(zip_player(tmp_path, source, net_py="BEST = 4", w_txt="0"), game)
    duel = play_duel(game, [player, RandomPlayer(game, 3)], names=["a", "b"], matches=1, seed=5)
    assert duel.records[0].actions[0] == 4


@pytest.mark.parametrize("answer", ["True", "0.0", "[0]", "None", "9", "-1", "'0'"])
def test_an_answer_of_the_wrong_kind_is_a_fault(tmp_path, answer):
    game = load_game("tic_tac_toe")
    player = load(zip_player(tmp_path, RECORDER.replace("return valid_actions[0]", f"return {answer}")), game)
    duel = play_duel(game, [player, RandomPlayer(game, 3)], names=["a", "b"], matches=2, seed=5)
    assert duel.tally().errors == (2, 0)
    assert {record.fault.kind for record in duel.records} == {"illegal"}


@pytest.mark.parametrize("number", ["np.int32(0)", "np.uint8(0)", "np.int64(0)", "0"])
def test_numpy_integers_count(tmp_path, number):
    source = "import numpy as np\n" + RECORDER.replace("return valid_actions[0]", f"return valid_actions[0] + {number}")
    game = load_game("tic_tac_toe")
    duel = play_duel(
        game, [load(zip_player(tmp_path, source), game), RandomPlayer()], names=["a", "b"], matches=2, seed=1
    )
    assert duel.tally().errors == (0, 0)


def test_a_classic_player_without_its_methods_can_not_start(tmp_path):
    player = load(
        zip_player(tmp_path, "class Player:\n    def __init__(self, train_mode): pass"), load_game("tic_tac_toe")
    )
    fault = player.begin(np.zeros(1, np.int64), np.zeros(1, np.int8), np.zeros(1, np.uint64))[0]
    assert str(fault) == "It can't start: Player has no method start, step, end."


class Server(BaseHTTPRequestHandler):
    """A classic player in a container; what it answers is set by the test."""

    protocol_version = "HTTP/1.1"
    answer = staticmethod(lambda path, document: (200, json.dumps({"action": document["valid_actions"][0]}).encode()))
    requests: list[tuple[str, dict]] = []
    told: list[dict[str, float]] = []
    healthy = 200

    def do_GET(self) -> None:
        self.reply(self.healthy if self.path == "/health-check" else 404, b"{}")

    def do_POST(self) -> None:
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).requests.append((self.path, document))
        of_clock = {name: float(value) for name, value in self.headers.items() if name.startswith("Sparring-")}
        type(self).told.append(of_clock)
        if self.path == "/end":
            self.reply(200, b"{}")
        else:
            self.reply(*type(self).answer(self.path, document))

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[str, type[Server]]]:
    handler = type("OneServer", (Server,), {"requests": [], "told": []})
    with HTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}", handler
        http.shutdown()


def play_server(url: str, matches: int = 2):
    game = load_game("tic_tac_toe")
    player = load(url, game)
    try:
        return play_duel(game, [player, RandomPlayer(game, 1)], names=["a", "b"], matches=matches, seed=5)
    finally:
        player.close()


def test_a_player_over_http_gets_the_same_calls(server):
    url, handler = server
    duel = play_server(url)
    assert duel.tally().errors == (0, 0)
    paths = [path for path, _ in handler.requests]
    assert paths[0] == "/start"
    assert paths.count("/start") == paths.count("/end") == 2
    assert handler.requests[0][1] == {"state": [0.0] * 9 + [1.0], "valid_actions": list(range(9))}
    assert set(handler.requests[1][1]) == {"state", "valid_actions", "prev_reward"}
    assert set(handler.requests[paths.index("/end")][1]) == {"state", "prev_reward"}


def test_a_player_over_http_is_told_how_long_it_may_take(server):
    url, handler = server
    play_server(url, matches=1)
    assert handler.told[0] == handler.told[1] == {"Sparring-Seconds": 30.0}
    handler.told.clear()
    game = load_game("tic_tac_toe")
    player = load_player(url, game, limits=Limits(move_seconds=0.5, first_move_seconds=4.0, bank_seconds=60.0))
    play_duel(game, [player, RandomPlayer(game, 1)], names=["a", "b"], matches=1, seed=5)
    player.close()
    terms = {"Sparring-Move-Seconds": 0.5, "Sparring-First-Move-Seconds": 4.0, "Sparring-Bank-Seconds": 60.0}
    assert handler.told[0] == {"Sparring-Seconds": 64.0} | terms
    assert handler.told[1] == {"Sparring-Seconds": 60.5} | terms
    assert handler.told[-1] == {}


def test_a_clock_cuts_a_player_over_http_short(server):
    url, handler = server
    handler.answer = staticmethod(lambda path, document: (200 + threading.Event().wait(0.5), b"{}"))
    game = load_game("tic_tac_toe")
    player = load_player(url, game, limits=Limits(move_seconds=0.1, first_move_seconds=0.1, bank_seconds=0.1))
    duel = play_duel(game, [player, RandomPlayer(game, 1)], names=["a", "b"], matches=1, seed=5)
    player.close()
    assert duel.records[0].fault.kind == "time"
    assert "gave no answer within 0.2 s" in duel.records[0].fault.message


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (500, b"{}", "crash", "answered with status 500"),
        (302, b"{}", "crash", "answered with status 302"),
        (200, b"no json", "illegal", "no JSON"),
        (200, b"[1]", "illegal", 'it should be {"action": ...}'),
        (200, b'{"move": 1}', "illegal", 'it should be {"action": ...}'),
        (200, b'{"action": true}', "illegal", "bool"),
        (200, b'{"action": 1.0}', "illegal", "float"),
        (200, b'{"action": 9}', "illegal", "9"),
        (200, b" " * 100_000, "illegal", "no JSON"),
        (200, b"[" * 60_000, "illegal", "no JSON"),
    ],
)
def test_an_http_player_that_answers_wrongly_loses_by_a_fault(server, status, body, kind, words):
    url, handler = server
    handler.answer = staticmethod(lambda path, document: (status, body))
    duel = play_server(url)
    assert duel.tally().errors == (2, 0)
    assert duel.records[0].fault.kind == kind
    assert words in duel.records[0].fault.message


def test_an_http_player_that_drips_is_late(server):
    url, handler = server
    stop = threading.Event()

    def drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        while not stop.wait(0.05):
            try:
                self.wfile.write(b" ")
            except OSError:
                return

    handler.do_POST = drip
    game = load_game("tic_tac_toe")
    player = HttpPlayer(url, game, seconds=0.3)
    try:
        duel = play_duel(game, [player, RandomPlayer(game, 1)], names=["a", "b"], matches=1, seed=5)
    finally:
        stop.set()
        player.close()
    assert duel.records[0].fault.kind == "time"
    assert "gave no answer within 0.3 s" in duel.records[0].fault.message


def test_a_server_that_is_not_there_can_not_start():
    duel = play_server("http://127.0.0.1:9")
    assert duel.tally().errors == (2, 0)
    assert duel.records[0].fault.kind == "start"
    assert "can't be reached" in duel.records[0].fault.message


def test_a_server_that_is_not_healthy_can_not_start(server):
    url, handler = server
    handler.healthy = 503
    assert "status 503" in play_server(url).records[0].fault.message


@pytest.mark.parametrize("url", ["http://", "http://host:8000?x=1"])
def test_an_address_that_is_none_is_told(url):
    with pytest.raises(SparringError, match="is no address of a player"):
        load(url, load_game("tic_tac_toe"))
