"""The command line: thin; each command calls one function of a room above."""
