"""What a run cost: the CPU time of each file of tests (of all in `.pytest_cache/costs.txt`), and how large the processes became."""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import Any

import pytest

SHOWN = 10
STARTED = pytest.StashKey[float]()


def cpu_seconds() -> float:
    """The CPU time of this process and of those that it started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def peak_megabytes() -> int:
    """The most memory that this process had; 0 on Windows, which does not say."""
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (2**20 if sys.platform == "darwin" else 2**10)


class Costs:
    """A plugin of pytest, with xdist or without: workers measure, and the process that the user started prints."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.workers: list[dict[str, float]] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        item.stash[STARTED] = cpu_seconds()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo) -> Any:
        report = yield
        if call.when == "teardown":
            report.user_properties.append(("cpu_seconds", cpu_seconds() - item.stash[STARTED]))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            self.seconds[report.nodeid.partition("::")[0]] += dict(report.user_properties)["cpu_seconds"]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        own = {"cpu": cpu_seconds(), "peak": peak_megabytes()}
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["costs"] = own
        elif not self.workers:
            self.workers = [own]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        if "costs" in getattr(node, "workeroutput", {}):  # a worker that crashed says nothing
            self.workers.append(node.workeroutput["costs"])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if len(self.seconds) <= SHOWN or not self.workers:
            return
        whole = sum(worker["cpu"] for worker in self.workers)
        peaks = ", ".join(f"{worker['peak']:,}" for worker in self.workers)
        terminalreporter.section(f"slowest {SHOWN} files, of {whole / 60:.1f} minutes of CPU time; at most {peaks} MB of memory")
        lines = [f"{seconds:7.1f} s  {name}" for name, seconds in self.seconds.most_common()]
        for line in lines[:SHOWN]:
            terminalreporter.line(line)
        cache = terminalreporter.config.rootpath / ".pytest_cache"
        cache.mkdir(exist_ok=True)
        (cache / "costs.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
