"""The passes from a graph to what the core runs: lower, simplify, fuse, tile, schedule, place. Each gives a plan that can be printed."""
