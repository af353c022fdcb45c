"""The arena's end of the pipes to a runner: requests out, answers and prints in, and all of it on the clock."""

from __future__ import annotations

import os
import select
from time import monotonic

from sparring.agents.author_code import Log
from sparring.sandbox.isolation import controls
from sparring.sandbox.isolation.controls import on
from sparring.sandbox.isolation.sandbox import Sandbox
from sparring.sandbox.protocol import HEADER, MOST_ANSWER_BYTES, FrameError, Message, pack, unpack

CHUNK = 1024 * 1024
LOG_CHUNK = 65_536


class Late(Exception):
    """No answer in time."""


class HungUp(Exception):
    """The other side is gone."""


class Channel:
    """Frames to and from a process whose every byte may be hostile. Never blocks for longer than it was told."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sink, self._source, self._prints = sandbox.stdin, sandbox.stdout, sandbox.stderr
        for end in (self._sink, self._source, self._prints):
            os.set_blocking(end, False)
        self._poll = select.poll()
        self._poll.register(self._source, select.POLLIN)
        self._poll.register(self._prints, select.POLLIN)
        self._printing = True
        self._received = bytearray()
        self.log = Log() if on(controls.LOG_SIZE) else Log(limit=2**40)

    def request(self, message: Message, silence: float, seconds: float) -> Message:
        """Send ``message`` and return the answer: the first frame that is no ``working``.

        ``silence``: seconds that may pass without any frame; ``seconds``: that may pass in all. Raises Late, HungUp or
        FrameError.
        """
        self.send(message, min(silence, seconds))
        return self.receive(silence, seconds)

    def send(self, message: Message, seconds: float) -> None:
        """Send ``message``. Raises Late when it has not been taken after ``seconds``, HungUp when nobody is there."""
        self._send(pack(message), monotonic() + seconds)

    def receive(self, silence: float, seconds: float) -> Message:
        """The next frame that is no ``working``."""
        end = monotonic() + seconds
        while True:
            message = unpack(self._frame(min(end, monotonic() + silence)))
            if message["type"] != "working":
                self._read_prints()
                return message

    def drain(self) -> None:
        """Take what has been printed up to now into the log."""
        while self._printing and self._read_prints():
            pass

    def _send(self, frame: bytes, deadline: float) -> None:
        view = memoryview(frame)
        self._poll.register(self._sink, select.POLLOUT)
        try:
            while view:
                try:
                    view = view[os.write(self._sink, view[:CHUNK]) :]
                except BlockingIOError:
                    self._wait(deadline, for_room=True)
                except BrokenPipeError as error:
                    raise HungUp from error
        finally:
            self._poll.unregister(self._sink)

    def _frame(self, deadline: float) -> bytes:
        size = HEADER.size
        known = False
        while True:
            if not known and len(self._received) >= HEADER.size:
                (length,) = HEADER.unpack_from(self._received)
                if length > MOST_ANSWER_BYTES and on(controls.FRAME_SIZE):
                    raise FrameError(f"it sent a frame of {length} bytes; {MOST_ANSWER_BYTES} are allowed")
                size, known = HEADER.size + length, True
            if len(self._received) >= size and known:
                frame = bytes(self._received[HEADER.size : size])
                del self._received[:size]
                return frame
            self._wait(deadline)

    def _wait(self, deadline: float, for_room: bool = False) -> None:
        """Wait until something can be done, and read whatever there is."""
        ready = dict(self._poll.poll(max(0.0, deadline - monotonic()) * 1000))
        if self._prints in ready:
            self._read_prints()
        if self._source in ready:
            self._read_source()
        if monotonic() > deadline:
            raise Late
        if for_room and ready.get(self._sink, 0) & select.POLLERR:
            raise HungUp

    def _read_source(self) -> None:
        try:
            data = os.read(self._source, CHUNK)
        except BlockingIOError:
            return
        if not data:
            raise HungUp
        self._received += data
        if len(self._received) > MOST_ANSWER_BYTES + CHUNK and on(controls.FRAME_SIZE):
            raise FrameError(f"it sent more than {MOST_ANSWER_BYTES} bytes that nobody asked for")

    def _read_prints(self) -> bool:
        if not self._printing:
            return False
        try:
            data = os.read(self._prints, LOG_CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self._printing = False
            self._poll.unregister(self._prints)
            return False
        self.log.add(data.decode(errors="replace"))
        return True
