"""The driver ``docker``: an author's code in a container, by runc, or by gVisor's runsc (``docker:runsc``).

The container shows the same as a bubblewrap sandbox does, from an image that holds nothing but empty folders; so there
is nothing to pull, and the runner inside is ours to the last line. Every agent gets a container of its own, once.

As root a runner is forked by a process that has made its imports, into a container that was started empty. Elsewhere,
in gVisor, and for images and packages of authors, the first process is our guard, which starts the program, stops and
continues it with all others, and ends everything when the arena is gone.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from sparring.errors import HostTrouble, SparringError
from sparring.sandbox.folders import own_folder
from sparring.sandbox.isolation.bubblewrap import on_launcher, zygote
from sparring.sandbox.isolation.docker.container import (
    PIPES,
    Container,
    await_hello,
    close_other_ends,
    make_pipes,
    run,
)
from sparring.sandbox.isolation.docker.engine import Engine, engine
from sparring.sandbox.isolation.docker.entered import start_entered
from sparring.sandbox.isolation.docker.inside import Inside, inside_of
from sparring.sandbox.isolation.forking import brings_what_is_imported, may_enter
from sparring.sandbox.isolation.freezer import WordFreezer
from sparring.sandbox.isolation.guard import CONTINUE, STOP
from sparring.sandbox.isolation.sandbox import Order, Sandbox
from sparring.sandbox.limits import Limits

IMAGE_GONE = "no such image"


class Docker:
    """The driver of one runtime: Docker's own, or one that its configuration names."""

    def __init__(self, runtime: str | None = None) -> None:
        self.runtime = runtime
        self._worked: set[tuple[int, str]] = set()

    def why_unavailable(self) -> str | None:
        """Why it can't be used here and how to get it; None if it works. Tries it out until it has worked once."""
        found = engine()
        if isinstance(found, str):
            return found
        if (os.getpid(), found.host) in self._worked:
            return None
        reason = found.lacks(self.runtime) or self._try_out()
        if reason is None:
            self._worked.add((os.getpid(), found.host))
        return reason

    def _try_out(self) -> str | None:
        with tempfile.TemporaryDirectory(prefix="sparring-try-") as folder:
            try:
                sandbox = self.start_runner(Order(Path(folder), Limits()))
            except SparringError as error:
                return str(error)
            sandbox.kill()
            sandbox.clean_up()
        return None

    def start_runner(self, order: Order) -> Sandbox:
        """Start the runner, or the program of an image, in a container. Raises SparringError if it can't."""
        found = engine()
        if isinstance(found, str):
            raise SparringError(found)
        forker = on_launcher(lambda: zygote("docker")) if self._may_be_entered(found, order) else None
        entered = start_entered(found, order, forker) if forker is not None else None
        if entered is not None:
            return entered
        try:
            return self.start(found, inside_of(found, order), order.limits)
        except SparringError as error:
            if order.image is None or IMAGE_GONE not in str(error).lower():
                raise
            return self.start(found, inside_of(found, order), order.limits)  # another worker had made room

    def _may_be_entered(self, found: Engine, order: Order) -> bool:
        ours = self.runtime is None and order.image is None and not brings_what_is_imported(order.packages)
        return ours and may_enter() and not found.few_ids

    def start(self, found: Engine, inside: Inside, limits: Limits) -> Container:
        """Start a container with our guard. Raises SparringError if it can't."""
        with own_folder(0o700) as private:
            pipes = Path(private, "pipes")
            ends = make_pipes(pipes, PIPES)
            control = ends.pop("control")
            made = Container(found, ends, WordFreezer(control, STOP, CONTINUE), uid=inside.becomes)
            try:
                made.name, made.groups = run(found, inside.with_pipes(pipes), limits, self.runtime)
                await_hello(made.ends["status"], made.stderr)
                close_other_ends({**ends, "control": control}, pipes)
            except SparringError as error:
                if made.name:
                    made.kill()
                made.clean_up()
                raise HostTrouble(f"Docker can't make a sandbox here: {error}") from error
        return made
