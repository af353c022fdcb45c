"""Everything that holds an agent back, by name, with what it is there for.

Each is written where it acts as ``if on(NAME)``. Nothing switches one off but the tests, which so make sure that each
is needed: without it, one of our own attacks gets through.
"""

from __future__ import annotations

NETWORK = "network"
PROCESSES = "process ids"
IPC = "ipc"
HOST_NAME = "host name"
GROUPS_VIEW = "view of control groups"
FILES = "file system"
READ_ONLY = "read-only root"
TMP_SIZE = "size of /tmp"
ENVIRONMENT = "environment"
CAPABILITIES = "capabilities"
USER = "user id"
SYSTEM_CALLS = "system calls"
NO_NEW_PRIVILEGES = "no new privileges"
DIES_WITH_ARENA = "dies with the arena"
FREEZE = "frozen between turns"
GROUP_MEMORY = "memory of all"
GROUP_PROCESSES = "processes of all"
GROUP_PROCESSOR = "processor share"
OUR_FILES = "no inherited files"
DATA = "memory of one"
ADDRESSES = "addresses of one"
THREADS = "threads of a user"
OPEN_FILES = "open files"
FILE_SIZE = "file size"
PROCESSOR_TIME = "processor time"
CORE = "core files"
LOCKED = "locked memory"
WALL_CLOCK = "wall clock"
FRAME_SIZE = "frame size"
LOG_SIZE = "log size"
CALL_NUMBERS = "numbered answers"

_off: frozenset[str] = frozenset()


def on(name: str) -> bool:
    """Whether a control holds: always, but in the tests that show what it is good for."""
    return name not in _off
