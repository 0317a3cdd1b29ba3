"""A process that runs cases: it reads requests from its input, one JSON object a line, and answers each with a line.

A crash ends this process and nothing else; `workers.Worker` on the other side notices which case it was.
"""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import sys
import traceback
from typing import Any

from tests.fuzz.case import Case, ModelCase, from_json
from tests.fuzz.failure import CaseError


def make(kind: str, seed: int) -> Case:
    """The case of a seed."""
    if kind == "model":
        from tests.fuzz.models import make_model

        return make_model(seed)
    from tests.fuzz.graphs import make_graph

    return make_graph(seed)


def check(case: Case, keras: bool) -> dict[str, int]:
    """Run a case on every engine and, if asked, on Keras; raises `CaseError`."""
    if isinstance(case, ModelCase):
        from tests.fuzz.run_models import check_model

        counts = check_model(case)
    else:
        from tests.fuzz.run_graphs import check_graph

        counts = check_graph(case)
    if keras:
        from tests.fuzz.against_keras import check_against_keras

        counts |= check_against_keras(case)
    return counts


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What became of one request: `{"kind", "seed"}` or `{"case"}`, each with `"keras"`."""
    case = None
    try:
        case = from_json(request["case"]) if "case" in request else make(request["kind"], request["seed"])
        return {"status": "ok", **check(case, request["keras"])}
    except CaseError as failure:
        found = {"category": failure.category, "detail": failure.detail}
    except Exception as error:
        # Categories name the place, so that shrinking keeps to one fault.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(frame.filename)}:{frame.name}"
        found = {"category": f"{type(error).__name__} in {place}", "detail": f"{error}\n{''.join(traceback.format_exc(limit=-3))}"}
    return {"status": "failure", **found, "case": case.to_json() if case is not None else None}


def main() -> None:
    """Answer until the input ends."""
    faulthandler.enable()
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a case prints must not stand between the answers
    for line in sys.stdin:
        reply = answer(json.loads(line))
        reply["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps(reply), file=out, flush=True)


if __name__ == "__main__":
    main()
