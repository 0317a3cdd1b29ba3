"""`python -m tests.drawn --family losses --cases 2000 --seed 0`: compare drawn cases with real Keras, and report each difference."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.drawn.check import Checker
from tests.drawn.families import FAMILIES


def main() -> int:
    """Run; the exit status says whether all cases answer as on Keras."""
    parser = argparse.ArgumentParser(prog="python -m tests.drawn", description=__doc__)
    parser.add_argument("--family", choices=FAMILIES, action="append", help="one family, or several; all by default")
    parser.add_argument("--cases", type=int, default=500, help="the number of cases of each family")
    parser.add_argument("--seed", type=int, default=0, help="the first seed; case n has seed SEED + n")
    parser.add_argument("--backend", choices=("numpy", "jax"), help="ask this backend only; by default NumPy, and JAX where that differs")
    parser.add_argument("--brief", action="store_true", help="the first difference of each case only, without the programs")
    options = parser.parse_args()
    failures = 0
    with Checker(options.backend) as checker:
        for family in options.family or FAMILIES:
            start, results = time.monotonic(), Counter[str]()
            for seed in range(options.seed, options.seed + options.cases):
                case = FAMILIES[family](seed)
                result = checker.check(case)
                results[result.kind] += 1
                if result.kind == "differs":
                    failures += 1
                    print(
                        f"{case.name} {case.lines[0][:150]} | {result.lines[0]}"
                        if options.brief
                        else f"\n{case}\n" + "\n".join(f"-> {line}" for line in result.lines),
                        flush=True,
                    )
            counts = ", ".join(f"{count} {kind}" for kind, count in sorted(results.items()))
            print(f"{family}: {options.cases} cases in {time.monotonic() - start:.0f} s: {counts}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
