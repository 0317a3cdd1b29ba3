"""The benchmark harness times peers in processes of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import run
from benchmarks.peers import PEERS
from benchmarks.workloads import WORKLOADS


def test_a_tiny_workload_is_timed_beside_a_peer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "results.json"
    results = run.main(
        ["--workload", "tiny", "--peers", "glassworks", "sklearn", "--epochs", "1", "--rounds", "2", "--others", "--json", str(path)]
    )
    assert set(results["tiny"]) == {"glassworks", "sklearn"}
    assert all(len(result["seconds"]) == 2 and result["seconds"][0] > 0 for result in results["tiny"].values())
    assert "the speed of the best peer" in capsys.readouterr().out
    assert path.exists()


def test_a_peer_that_is_not_installed_is_skipped_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PEERS, "another", ("another", "a_package_that_nobody_has"))
    assert run.measure("another", "tiny", 1) == {"skipped": "a_package_that_nobody_has is not installed"}


def test_the_children_do_not_inherit_what_slows_numpy_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    assert "OPENBLAS_CORETYPE" not in run.environment("glassworks")


def test_operations_are_counted_by_hand() -> None:
    # 32 rows: forward 2*784*128 + 2*128*10, as much for weight gradients, and the second layer's input gradient.
    assert WORKLOADS["mlp-32"].flops == 32 * (2 * (2 * 784 * 128 + 2 * 128 * 10) + 2 * 128 * 10)
