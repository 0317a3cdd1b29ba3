"""Run the corpus, print the tables, and write them into docs/doctor.md."""

from __future__ import annotations

from tests.doctor.table import measure, text, write

if __name__ == "__main__":
    outcomes = measure()
    print(text(outcomes))
    write(outcomes)
