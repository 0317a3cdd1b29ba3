"""From a plan to a program of the compiled core. With `core`, which loads it, these are the only files of the planner that know the compiled module."""
