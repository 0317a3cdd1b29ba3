"""The primitives: each op's shape rule, forward, gradient and cost in one place, one file per family."""
