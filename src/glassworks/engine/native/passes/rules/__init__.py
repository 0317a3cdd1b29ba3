"""One rule per primitive that has kernels: how a node becomes operations. A rule returns False where it has none."""

from __future__ import annotations

from glassworks.engine.native.passes.lowering import Rule
from glassworks.engine.native.passes.rules.attention import ATTENTION_RULES
from glassworks.engine.native.passes.rules.elementwise import ELEMENTWISE_RULES
from glassworks.engine.native.passes.rules.matmul import MATMUL_RULES
from glassworks.engine.native.passes.rules.moves import MOVE_RULES
from glassworks.engine.native.passes.rules.reductions import REDUCTION_RULES
from glassworks.engine.native.passes.rules.sequences import SEQUENCE_RULES
from glassworks.engine.native.passes.rules.tables import TABLE_RULES
from glassworks.engine.native.passes.rules.windows import WINDOW_RULES

RULES: dict[str, Rule] = {
    **ELEMENTWISE_RULES,
    **REDUCTION_RULES,
    **MATMUL_RULES,
    **MOVE_RULES,
    **TABLE_RULES,
    **WINDOW_RULES,
    **SEQUENCE_RULES,
    **ATTENTION_RULES,
}
