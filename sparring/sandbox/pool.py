"""Sandboxes that are started before anybody needs them, so that an agent has only its own imports to wait for.

A waiting sandbox holds a runner and no code of anybody. It serves one agent, once; then another takes its place.
"""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import weakref
from collections import defaultdict, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sparring.errors import SparringError
from sparring.sandbox.folders import link_files, own_folder
from sparring.sandbox.isolation.registry import DRIVERS
from sparring.sandbox.isolation.sandbox import Order, Sandbox
from sparring.sandbox.limits import Limits

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kind:
    """What makes two waiting sandboxes the same: the driver, and the limits that hold from the start."""

    driver: str
    memory_mib: int
    processes: int
    tmp_mib: int
    cores: float

    @classmethod
    def of(cls, driver: str, limits: Limits) -> Kind:
        return cls(driver, limits.memory_mib, limits.processes, limits.tmp_mib, limits.cores)

    @property
    def limits(self) -> Limits:
        return Limits(memory_mib=self.memory_mib, processes=self.processes, tmp_mib=self.tmp_mib, cores=self.cores)


def start_runner(driver: str, order: Order) -> Sandbox:
    """A sandbox with a runner that sees what was ordered: one that waited, or a new one. Raises SparringError."""
    plain = order.packages is None and order.image is None
    waiting = _own_pool().take(Kind.of(driver, order.limits)) if plain else None
    return waiting.serve(order.folder) if waiting is not None else DRIVERS[driver].start_runner(order)


def keep_ready(driver: str, count: int, limits: Limits | None = None, wait: bool = False) -> None:
    """From now on keep ``count`` sandboxes ready in this process; 0 ends those that wait. ``wait`` until it is so."""
    _own_pool().keep(Kind.of(driver, limits or Limits()), count, wait)


def count_ready(driver: str, limits: Limits | None = None) -> int:
    """How many wait in this process."""
    return len(_own_pool().waiting[Kind.of(driver, limits or Limits())])


def stop() -> None:
    """End all that wait in this process, and keep none ready any more."""
    _own_pool().stop()


class Waiting:
    """A sandbox that waits for its agent, and the folder in which it will see the agent's files."""

    def __init__(self, driver: str, limits: Limits) -> None:
        self._folder = own_folder()
        self.sandbox = DRIVERS[driver].start_runner(Order(Path(self._folder.name), limits))
        self._abandon = weakref.finalize(self, _end, self.sandbox, self._folder)

    def alive(self) -> bool:
        return not self.sandbox.wait(0)

    def end(self) -> None:
        self._abandon()

    def serve(self, files: Path) -> Sandbox:
        """The sandbox, which shows ``files`` now. Whoever gets it ends it."""
        link_files(files, Path(self._folder.name))
        self._abandon.detach()
        weakref.finalize(self.sandbox, self._folder.cleanup)
        return self.sandbox


class Pool:
    """The sandboxes of one process that wait."""

    def __init__(self) -> None:
        self.waiting: defaultdict[Kind, deque[Waiting]] = defaultdict(deque)
        self._wanted: dict[Kind, int] = {}
        self._lock = threading.Lock()
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="sandbox-pool")

    def keep(self, kind: Kind, count: int, wait: bool) -> None:
        if self._wanted.get(kind, 0) != count:
            self._wanted[kind] = count
            self._starter.submit(self._fill, kind)
        if wait:
            self._starter.submit(lambda: None).result()

    def stop(self) -> None:
        for kind in list(self._wanted):
            self.keep(kind, 0, wait=True)

    def take(self, kind: Kind) -> Waiting | None:
        """One that waits, and have another started in its place; None if none of this kind does."""
        if not self._wanted.get(kind):
            return None
        found = None
        with self._lock:
            while self.waiting[kind] and found is None:
                first = self.waiting[kind].popleft()
                found = first if first.alive() else None
        self._starter.submit(self._fill, kind)
        return found

    def _fill(self, kind: Kind) -> None:
        try:
            while len(self.waiting[kind]) < self._wanted[kind]:
                self.waiting[kind].append(Waiting(kind.driver, kind.limits))
        except SparringError as error:
            log.warning("no sandbox could be started ahead of time: %s", error)
        with self._lock:
            spare = [self.waiting[kind].pop() for _ in range(len(self.waiting[kind]) - self._wanted[kind])]
        for waiting in spare:
            waiting.end()


_pools: dict[int, Pool] = {}


def _own_pool() -> Pool:
    """The pool of this process; one that was forked has none of its parent's."""
    if os.getpid() not in _pools:
        _pools[os.getpid()] = Pool()
    return _pools[os.getpid()]


def _end(sandbox: Sandbox, folder: tempfile.TemporaryDirectory[str]) -> None:
    sandbox.kill()
    sandbox.clean_up()
    folder.cleanup()
