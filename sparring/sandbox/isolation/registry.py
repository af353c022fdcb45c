"""The sandbox drivers by name."""

from __future__ import annotations

from sparring.sandbox.isolation import bubblewrap
from sparring.sandbox.isolation.docker.driver import Docker
from sparring.sandbox.isolation.sandbox import Driver

DRIVERS: dict[str, Driver] = {"bubblewrap": bubblewrap, "docker": Docker(), "docker:runsc": Docker("runsc")}
"""The first that works is taken where nobody asks for one."""
