"""The command line: thin; each command calls one function of a room above."""

from sparring.cli.app import main

__all__ = ["main"]
