"""A classic player on a server of its author: one match at a time, over HTTP and JSON."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from sparring.agents.layouts import ClassicView
from sparring.agents.player import Faults, Reply
from sparring.agents.program import ProgramPlayer
from sparring.errors import AgentFault, SparringError

if TYPE_CHECKING:
    from sparring.engine import Game

MOST_ANSWER_BYTES = 65_536
SECONDS_TO_CONNECT = 10.0
SECONDS_TO_ANSWER = 30.0
LEFT = "Sparring-Seconds"
"""Header of a request for a move: how many seconds there are for this answer."""
TERMS = {"move": "Sparring-Move-Seconds", "first": "Sparring-First-Move-Seconds", "bank": "Sparring-Bank-Seconds"}
"""Headers beside it that say the terms of a clock, if there is one. They change nothing for who does not read them."""


class HttpPlayer(ProgramPlayer):
    """The classic player behind ``url``, as a player. ``seconds``: how long it may take for an answer."""

    def __init__(self, url: str, game: Game, seed: int = 0, seconds: float = SECONDS_TO_ANSWER) -> None:  # noqa: ARG002
        super().__init__(HttpProgram(url, seconds), ClassicView(game))


class HttpProgram:
    """``/start``, ``/step`` and ``/end`` of a server; its observations are the states of ``layouts``."""

    lanes: int | None = 1

    def __init__(self, url: str, seconds: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise SparringError(f"'{url}' is no address of a player. Write http://HOST:PORT.")
        connection = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = connection(parts.hostname, parts.port, timeout=seconds)
        self._place = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._path = parts.path.rstrip("/")
        self._seconds = seconds
        self._begun = False
        self._clock: dict[str, str] = {}
        self._allowed: NDArray[np.float64] | None = None

    def tell(self, terms: Mapping[str, Any], seconds: NDArray[np.float64]) -> None:
        """The terms of the clock, and how long each row of the next call may take: float64 [B]."""
        self._clock = {header: f"{terms[name]:g}" for name, header in TERMS.items() if name in terms}
        self._allowed = seconds

    @property
    def log(self) -> str:
        return ""

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:  # noqa: ARG002
        self._begun = False
        try:
            self._call("GET", "/health-check", None, min(self._seconds, SECONDS_TO_CONNECT))
        except AgentFault as fault:
            return dict.fromkeys(range(len(lanes)), AgentFault("start", f"It can't start. {fault}"))
        return {}

    def act(
        self,
        lanes: NDArray[np.int64],
        observations: NDArray[Any],
        masks: NDArray[np.bool_],
        rewards: NDArray[np.float32],
    ) -> Reply:
        answers: list[object] = []
        seconds = np.zeros(len(lanes))
        faults: Faults = {}
        for row in range(len(lanes)):
            allowed = self._seconds if self._allowed is None else float(self._allowed[row])
            started = perf_counter()
            try:
                answers.append(self._ask(observations[row], masks[row], float(rewards[row]), allowed))
            except AgentFault as fault:
                answers.append(None)
                faults[row] = fault
            seconds[row] = perf_counter() - started
        return Reply(answers, seconds, faults, np.full(len(lanes), np.nan))

    def _ask(self, state: NDArray[Any], mask: NDArray[np.bool_], prev_reward: float, seconds: float) -> object:
        document = {"state": state.tolist(), "valid_actions": np.flatnonzero(mask).tolist()}
        if self._begun:
            document["prev_reward"] = prev_reward
        told = {LEFT: f"{seconds:.6g}", **self._clock}
        answer = self._call("POST", "/step" if self._begun else "/start", document, seconds, told)
        self._begun = True
        if not isinstance(answer, dict) or "action" not in answer:
            raise AgentFault(
                "illegal", f'{self._place} answered {str(answer)[:100]!r}; it should be {{"action": ...}}.'
            )
        return answer["action"]

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], finals: NDArray[Any]) -> None:
        """Tell the server. What it answers can't change the match any more."""
        for row in range(len(lanes)):
            document = {"state": finals[row].tolist(), "prev_reward": float(scores[row])}
            try:
                self._call("POST", "/end", document, self._seconds)
            except AgentFault:
                self._connection.close()

    def close(self) -> None:
        self._connection.close()

    def _call(
        self, method: str, path: str, document: Any, seconds: float, told: Mapping[str, str] | None = None
    ) -> Any:
        """The answer to one request. Raises AgentFault; a connection that a server let go is opened once more."""
        while True:
            fresh = self._connection.sock is None
            try:
                status, content = self._exchange(method, path, document, seconds, told or {})
                break
            except TimeoutError as error:
                self._connection.close()
                raise AgentFault("time", f"{self._place}{path} gave no answer within {seconds:g} s.") from error
            except (http.client.HTTPException, OSError) as error:
                self._connection.close()
                if fresh:
                    reason = str(error) or type(error).__name__
                    raise AgentFault("crash", f"{self._place}{path} can't be reached: {reason}.") from error
        if status != 200:
            raise AgentFault("crash", f"{self._place}{path} answered with status {status} instead of 200.")
        if method == "GET":
            return None
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise AgentFault("illegal", f"{self._place}{path} answered something that is no JSON.") from error

    def _exchange(
        self, method: str, path: str, document: Any, seconds: float, told: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Status and content of one response; TimeoutError when it isn't all there after ``seconds``."""
        connection = self._connection
        connection.timeout = seconds
        if connection.sock is None:
            connection.connect()
        connection.sock.settimeout(seconds)
        late = threading.Event()
        alarm = threading.Timer(seconds, _hang_up, (connection.sock, late))
        alarm.start()
        try:
            headers = {} if document is None else {"Content-Type": "application/json", **told}
            connection.request(method, self._path + path, None if document is None else json.dumps(document), headers)
            response = connection.getresponse()
            content = response.read(MOST_ANSWER_BYTES + 1)
            if late.is_set():
                raise TimeoutError
            if len(content) > MOST_ANSWER_BYTES or response.status != 200:
                connection.close()
            return response.status, content
        except (http.client.HTTPException, OSError) as error:
            raise TimeoutError if late.is_set() else error from error
        finally:
            alarm.cancel()


def _hang_up(line: socket.socket, late: threading.Event) -> None:
    late.set()
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
