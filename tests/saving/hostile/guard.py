"""Watches what the library does while it reads a hostile file: other files, imports, code, processes, sockets, memory and time.

Run in a process of its own, `python -m tests.saving.hostile.guard GROUP FOLDER`, because an audit hook and a limit on memory cannot be taken
back. It prints a JSON object: the name of each case and entry point, and what came of it.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MEMORY, SECONDS = 512 << 20, 30
# What says how much memory is free.
_ALLOWED = ("/proc/meminfo", "/sys/fs/cgroup/")
_FORBIDDEN = (
    *(
        "exec",
        "compile",
        "import",
        "marshal.load",
        "pickle.",
        "ctypes.",
        "socket.",
        "subprocess.",
        "urllib.",
        "shutil.",
        "tempfile.",
        "code.",
    ),
    *("os.system", "os.exec", "os.spawn", "os.posix_spawn", "os.fork", "os.startfile", "os.remove", "os.rename", "os.mkdir", "os.rmdir"),
    *("os.link", "os.symlink", "os.chmod", "os.chown", "os.utime", "os.truncate", "os.putenv", "os.unsetenv", "os.chdir", "os.kill"),
    *("ftplib.", "http.", "smtplib.", "telnetlib.", "webbrowser.", "winreg.", "sqlite3.", "builtins.input", "mmap.", "cpython.run"),
)


class Violation(BaseException):
    """What no file may cause. Not an `Exception`, so that no handler of the library hides it."""


class Watch:
    """An audit hook that is active inside of `watching`."""

    def __init__(self) -> None:
        self.folder: str | None = None
        self.seen: list[str] = []
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.folder is None:
            return
        if event == "open":
            path, _mode, flags = arguments
            writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) if isinstance(flags, int) else False
            links = flags & os.O_NOFOLLOW if isinstance(flags, int) else False  # the link itself, which the system then refuses
            if isinstance(path, int) or (not writes and self._may_read(os.fsdecode(path), bool(links))):
                return
        elif event in ("os.listdir", "os.scandir"):
            if isinstance(arguments[0], int) or self._may_read(os.fsdecode(arguments[0])):
                return
        elif not event.startswith(_FORBIDDEN):
            return
        self.seen.append(f"{event} {str(arguments)[:200]}")
        raise Violation(self.seen[-1])

    def _may_read(self, path: str, is_link: bool = False) -> bool:
        folder, name = os.path.split(path)
        real = os.path.join(os.path.realpath(folder), name) if is_link else os.path.realpath(path)
        return real.startswith(self.folder or "") or path.startswith(_ALLOWED)

    @contextmanager
    def watching(self, folder: Path) -> Iterator[None]:
        """A `with` block that may read below a folder, and nothing else."""
        self.folder = os.path.realpath(folder)
        try:
            yield
        finally:
            self.folder = None


@contextmanager
def within(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise Violation(f"more than {seconds} s")

    # The time of the processor, so that a busy machine fails no test. A wait without end meets the limit of the process that waits for this one.
    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def limit_memory() -> None:
    """Refuse this process more than a fixed amount beyond what it has."""
    status = Path("/proc/self/status").read_text().splitlines()
    now = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmSize:"))
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, resource.RLIM_INFINITY))


def outcome(call: Callable[[], object], watch: Watch, folder: Path) -> str:
    """What came of a call: `LoadError`, another error by its name, `loaded`, or a violation."""
    from glassworks.errors import GlassworksError

    start = time.process_time()
    try:
        with within(SECONDS), watch.watching(folder):
            call()
            result = "loaded"
    except GlassworksError as error:
        result = type(error).__name__
        cause: BaseException | None = error
        while cause is not None:
            if type(cause) is MemoryError:
                result = f"memory ran out before anything was refused: {str(error)[:300]}"
            cause = cause.__cause__ or cause.__context__
    except Violation as error:
        result = f"violation: {error}"
    except BaseException as error:
        result = f"{type(error).__module__}.{type(error).__name__}: {str(error)[:300]}"
    if watch.seen:
        result = f"violation: {watch.seen.pop()}"
        watch.seen.clear()
    took = time.process_time() - start
    return f"violation: took {took:.1f} s" if took > SECONDS else result


def main(group: str, folder: str) -> None:
    from tests.saving.hostile.cases import GROUPS, warm_up

    place = Path(folder)
    cases = dict(GROUPS[group](place))
    warm_up(place)
    watch = Watch()
    limit_memory()
    print(json.dumps({name: outcome(call, watch, place) for name, call in cases.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
