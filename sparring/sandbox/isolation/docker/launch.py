"""Becomes the program that an image starts with, under limits. Runs in its container as a script, from outside of it.

    launch.py ORDER        a JSON map: rlimits, command, environment, workdir

It tells the arena by a frame that it is ready, and by another one when there is no such program. It has nothing of ours
to import in there, and no package, so it writes these two frames itself.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys

MOST_TEXT = 2_000


def main(words: str) -> None:
    """Do as ordered."""
    order = json.loads(words)
    for name, (soft, hard) in order["rlimits"].items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (soft, hard))
    _send({"type": "ready"})
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    program = order["command"][0]
    try:
        os.chdir(order["workdir"])
        os.execvpe(program, order["command"], order["environment"])
    except OSError as error:
        sentence = f"It can't start: {program}: {error.strerror}. The image's ENTRYPOINT has to be a program in it."
        _send({"type": "failed", "fault": ["start", sentence, ""]})


def _send(message: dict[str, object]) -> None:
    body = _packed(message)
    os.write(1, len(body).to_bytes(4, "little") + body)


def _packed(value: object) -> bytes:
    """A map of texts and of lists of texts, as msgpack has it."""
    if isinstance(value, list):
        return bytes([0x90 | len(value)]) + b"".join(_packed(part) for part in value)
    if isinstance(value, dict):
        return bytes([0x80 | len(value)]) + b"".join(_packed(part) for pair in value.items() for part in pair)
    text = str(value).encode(errors="replace")[:MOST_TEXT]
    return b"\xda" + len(text).to_bytes(2, "big") + text


if __name__ == "__main__":
    main(sys.argv[1])
