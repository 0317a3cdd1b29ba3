"""A type checker passes on user code of the public API, and finds a mistake in it."""

from __future__ import annotations

from pathlib import Path

from mypy import api

SAMPLES = Path(__file__).parent / "typing_samples"
OPTIONS = ["--python-version", "3.11", "--follow-imports", "silent", "--ignore-missing-imports", "--no-error-summary"]


def test_user_code_passes() -> None:
    output, errors, status = api.run([*OPTIONS, str(SAMPLES)])
    assert status == 0, output + errors


def test_a_wrong_call_is_found(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import glassworks as keras\nkeras.Sequential().fit(x=[1], epochs='three')\nkeras.Sequentiel()\n")
    output, _, status = api.run([*OPTIONS, str(wrong)])
    assert status == 1
    assert 'incompatible type "str"' in output
    assert "Sequentiel" in output


def test_the_package_says_that_it_is_typed() -> None:
    import glassworks

    assert (Path(glassworks.__file__).parent / "py.typed").exists()
