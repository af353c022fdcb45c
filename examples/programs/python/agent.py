"""An agent that speaks the wire protocol itself: nothing here is Sparring's. It likes the middle of the board."""

import struct
import sys

import msgpack


def receive() -> dict:
    """The next frame: four bytes with the length, then a msgpack map. Ends the program when the arena hangs up."""
    header = sys.stdin.buffer.read(4)
    if len(header) < 4:
        sys.exit()
    (size,) = struct.unpack("<I", header)
    return msgpack.unpackb(sys.stdin.buffer.read(size))


def send(message: dict) -> None:
    body = msgpack.packb(message)
    sys.stdout.buffer.write(struct.pack("<I", len(body)) + body)
    sys.stdout.buffer.flush()


def choose(mask: bytes) -> int:
    """The legal action nearest to the middle; ``mask`` has one byte for each action, 1 where it is legal."""
    legal = [action for action, allowed in enumerate(mask) if allowed]
    return min(legal, key=lambda action: abs(2 * action + 1 - len(mask)))


while True:
    request = receive()
    if request["type"] == "load":
        sys.stderr.write(f"playing {request['game']['name']}\n")
        send({"type": "loaded"})
    elif request["type"] == "begin":
        send({"type": "begun", "call": request["call"]})
    elif request["type"] == "act":
        rows, actions = request["masks"]["shape"]
        masks = request["masks"]["data"]
        answers = [choose(masks[row * actions : (row + 1) * actions]) for row in range(rows)]
        send({"type": "acted", "call": request["call"], "actions": answers})
    elif request["type"] == "end":
        send({"type": "ended", "call": request["call"]})
