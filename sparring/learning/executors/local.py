"""The executor of one machine: a process for each task and each actor, and a pipe to it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, cast

from sparring.errors import SparringError
from sparring.learning.executors.executor import Crashed


class LocalExecutor:
    """Processes of this machine, by the "spawn" method; at most ``workers`` tasks at a time. A context manager."""

    def __init__(self, workers: int) -> None:
        self._threads = ThreadPoolExecutor(workers, "executor")
        self._running: set[_Process] = set()
        self._actors: list[LocalHandle] = []
        self._closed = False

    def submit(self, function: Callable[..., Any], *arguments: Any, restarts: int = 0) -> Future[Any]:
        return self._threads.submit(self._run, function, arguments, restarts)

    def start(self, make: Callable[..., Any], *arguments: Any, restarts: int = 0) -> LocalHandle:
        handle = LocalHandle(make, arguments, restarts)
        self._actors.append(handle)
        return handle

    def shutdown(self) -> None:
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in list(self._running):
            process.kill()
        for handle in self._actors:
            handle.stop()
        self._threads.shutdown()

    def __enter__(self) -> LocalExecutor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()

    def _run(self, function: Callable[..., Any], arguments: tuple[Any, ...], restarts: int) -> Any:
        for attempt in range(restarts + 1):
            process = _Process(_task, (function, arguments))
            self._running.add(process)
            try:
                if not self._closed:
                    return process.answer()
            except Crashed:
                if attempt == restarts or self._closed:
                    raise
            finally:
                self._running.discard(process)
                process.kill()
        raise Crashed("The executor was shut down.")


class LocalHandle:
    """An actor in a process of its own."""

    def __init__(self, make: Callable[..., Any], arguments: tuple[Any, ...], restarts: int) -> None:
        self._made_by = make, arguments
        self._left = restarts
        self._thread = ThreadPoolExecutor(1, "actor")
        self._process: _Process | None = None
        self._stopped = False

    def call(self, method: str, *arguments: Any) -> Future[Any]:
        return self._thread.submit(self._call, method, arguments)

    def stop(self) -> None:
        self._stopped = True
        if self._process is not None:
            self._process.kill()
        self._thread.shutdown(cancel_futures=True)

    def _call(self, method: str, arguments: tuple[Any, ...]) -> Any:
        if self._stopped:
            raise Crashed("The actor was stopped.")
        if self._process is None:
            self._process = _Process(_actor, self._made_by)
        try:
            self._process.ask((method, arguments))
            return self._process.answer()
        except Crashed:
            if self._left > 0:
                self._left -= 1
                self._process.kill()
                self._process = None
            raise


class _Process:
    """A process that answers through a pipe."""

    def __init__(self, main: Callable[[Connection], None], work: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(target=main, args=(theirs,), daemon=False)
        self._process.start()
        theirs.close()
        self.ask(work)

    def ask(self, question: Any) -> None:
        try:
            self._pipe.send(question)
        except (BrokenPipeError, ConnectionResetError):
            raise self._crashed() from None

    def answer(self) -> Any:
        try:
            fine, content = self._pipe.recv()
        except (EOFError, ConnectionResetError):
            raise self._crashed() from None
        if not fine:
            raise cast(BaseException, content)
        return content

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def _crashed(self) -> Crashed:
        self._process.join()
        return Crashed(f"A process of the executor ended with exit status {self._process.exitcode}.")


def _follow_the_parent() -> None:
    """Leave Ctrl-C to the process that started this one, and end when it ends, however that may be."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _task(pipe: Connection) -> None:
    _follow_the_parent()
    function, arguments = pipe.recv()
    _answer(pipe, function, arguments)


def _actor(pipe: Connection) -> None:
    _follow_the_parent()
    make, arguments = pipe.recv()
    actor, trouble = None, None
    try:
        actor = make(*arguments)
    except Exception as error:  # noqa: BLE001  it is told to whoever calls
        trouble = error
    while True:
        try:
            method, given = pipe.recv()
        except EOFError:
            return
        if trouble is not None:
            _send(pipe, (False, trouble))
        else:
            _answer(pipe, getattr(actor, method), given)


def _answer(pipe: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        answer = (True, function(*arguments))
    except Exception as error:  # noqa: BLE001  it is raised again where the result is asked for
        answer = (False, error)
    _send(pipe, answer)


def _send(pipe: Connection, answer: tuple[bool, Any]) -> None:
    try:
        pipe.send(answer)
    except BrokenPipeError:
        return
    except Exception as error:  # noqa: BLE001  what can't be pickled raises anything
        pipe.send((False, SparringError(f"An answer can't be sent to another process: {error}.")))
