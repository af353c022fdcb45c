"""What attackers do: functions that run inside a sandbox, with nothing but the standard library.

One that comes through raises ``Escaped`` with what it got hold of; one that is held off returns. Those that are meant
to end the agent never return.
"""


class Escaped(Exception):
    """An attack came through; the message says to what."""
