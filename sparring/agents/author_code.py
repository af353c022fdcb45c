"""Loads and calls code that somebody else wrote, and turns whatever goes wrong there into an ``AgentFault``.

The runner inside the sandbox reads this module: only light imports here.
"""

from __future__ import annotations

import importlib.util
import io
import os
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Protocol

from sparring.errors import AgentFault

MOST_LOG = 16_384
"""Characters kept of what a program prints, and of a traceback."""

SHARED_MODULES = sys.stdlib_module_names | {"sparring", "numpy", "msgpack"}
"""Names that are loaded before an author's code is, so that a file of the same name beside it is never seen."""


class OutOfTime(BaseException):
    """Raised in the middle of an author's code when its time is up; their ``except Exception`` doesn't catch it."""


class Timer(Protocol):
    """Watches over the calls of author's code. ``start`` may let OutOfTime be raised until ``stop``."""

    def start(self, row: int) -> None: ...

    def stop(self) -> None: ...


class NoTimer:
    """Own code may take its time."""

    def start(self, row: int) -> None:
        pass

    def stop(self) -> None:
        pass


class Log:
    """The first and the last of what a program prints."""

    def __init__(self, limit: int = MOST_LOG) -> None:
        self._half, self._head, self._tail, self._dropped = limit // 2, "", "", 0

    def add(self, text: str) -> None:
        room = self._half - len(self._head)
        if room > 0:
            self._head, text = self._head + text[:room], text[room:]
        if text:
            tail = self._tail + text[-self._half :]
            self._dropped += len(self._tail) + len(text) - len(tail[-self._half :])
            self._tail = tail[-self._half :]

    @property
    def text(self) -> str:
        gap = f"\n[... {self._dropped} characters left out ...]\n" if self._dropped else ""
        return self._head + gap + self._tail


class AuthorCode:
    """A folder of somebody's code. In this process, its calls run as if it were alone: ``with code: ...``.

    Within the ``with``, the folder is the working directory and the first place of imports, modules that were loaded
    from it are visible, and what this thread prints goes to ``log``. The working directory belongs to the process, so
    one lock lets one thread at a time in.
    """

    _lock = threading.RLock()

    def __init__(self, folder: Path, alone: bool = False, timer: Timer | None = None) -> None:
        self.folder = folder.resolve()
        self.alone = alone
        """True in a process of its own, where nothing needs to be put back."""
        self.log = Log()
        self._timer = timer or NoTimer()
        self._modules: dict[str, ModuleType] = {}
        self._hidden: dict[str, ModuleType] = {}
        self._names = {path.stem for path in self.folder.glob("*") if path.suffix == ".py" or path.is_dir()}
        self._names -= SHARED_MODULES
        if alone:
            os.chdir(self.folder)
            sys.path.insert(0, str(self.folder))

    def __enter__(self) -> AuthorCode:
        if self.alone:
            return self
        self._lock.acquire()
        try:
            self._before = (Path.cwd(), sys.path[:], sys.stdout)
            os.chdir(self.folder)
        except OSError:
            self._lock.release()
            raise
        self._hidden = self._take_modules()
        sys.modules.update(self._modules)
        sys.path.insert(0, str(self.folder))
        sys.stdout = _ThreadOutput(sys.stdout, self.log)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.alone:
            return
        folder, sys.path[:], sys.stdout = self._before
        os.chdir(folder)
        self._modules = self._take_modules()
        sys.modules.update(self._hidden)
        self._lock.release()

    def _take_modules(self) -> dict[str, ModuleType]:
        """Remove the modules from ``sys.modules`` that bear a name of this folder."""
        names = [name for name in self._names if name in sys.modules]
        if any(hasattr(sys.modules[name], "__path__") for name in names):
            names = [name for name in sys.modules if name.partition(".")[0] in self._names]
        return {name: sys.modules.pop(name) for name in names}

    def load_class(self, entry: str, class_name: str) -> type:
        """The class ``class_name`` of the file ``entry``. Raises AgentFault of kind "start"."""
        name = Path(entry).stem
        spec = importlib.util.spec_from_file_location(name, self.folder / entry)
        if spec is None or spec.loader is None:
            raise AgentFault("start", f"It can't start: {entry} can't be imported.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        self.start(f"importing {entry}", spec.loader.exec_module, module)
        found = getattr(module, class_name, None)
        if not isinstance(found, type):
            raise AgentFault("start", f"It can't start: {entry} defines no class {class_name}.")
        return found

    def start(self, doing: str, call: Callable[..., Any], *arguments: Any) -> Any:
        """Call author's code without which nothing goes. Raises AgentFault of kind "start"."""
        answer, fault = self.attempt(doing, call, *arguments)
        if fault is not None:
            raise AgentFault("start", f"It can't start. {fault}", fault.log)
        return answer

    def attempt(
        self, doing: str, call: Callable[..., Any], *arguments: Any, row: int = 0
    ) -> tuple[Any, AgentFault | None]:
        """Call author's code: (answer, None), or (None, fault) of kind "crash", "memory" or "time"."""
        try:
            try:
                self._timer.start(row)
                return call(*arguments), None
            finally:
                self._timer.stop()
        except OutOfTime:
            self._timer.stop()
            return None, AgentFault("time", f"It ran out of time while {doing}.", self.log.text)
        except MemoryError as error:
            return None, AgentFault("memory", f"It ran out of memory while {doing}.", self._traceback(error))
        except BaseException as error:  # whatever an author's code raises is the author's fault
            if isinstance(error, KeyboardInterrupt) and not self.alone:
                raise
            reason = traceback.format_exception_only(error)[-1].strip()[:500]
            return None, AgentFault("crash", f"It crashed while {doing}: {reason}", self._traceback(error))

    def _traceback(self, error: BaseException) -> str:
        """What it printed, and the traceback from the author's first line on."""
        trace = error.__traceback__
        while trace is not None and not trace.tb_frame.f_code.co_filename.startswith(str(self.folder)):
            trace = trace.tb_next
        lines = "".join(traceback.format_exception(type(error), error, trace, limit=-20))
        return self.log.text + lines.replace(f"{self.folder}{os.sep}", "")[-MOST_LOG:]


class _ThreadOutput(io.TextIOBase):
    """Standard output that takes what one thread prints into a log and lets the other threads through."""

    def __init__(self, through: Any, log: Log) -> None:
        self._through, self._log, self._thread = through, log, threading.get_ident()

    def write(self, text: str) -> int:
        if threading.get_ident() != self._thread:
            return int(self._through.write(text))
        self._log.add(text)
        return len(text)

    def flush(self) -> None:
        self._through.flush()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return str(getattr(self._through, "encoding", "utf-8"))

    def isatty(self) -> bool:
        return bool(self._through.isatty())

    def fileno(self) -> int:
        return int(self._through.fileno())
