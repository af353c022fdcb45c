"""``python -m sparring.cli`` is the command ``sparring``."""

from sparring.cli.app import main

main()
