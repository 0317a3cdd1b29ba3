"""From a plan to a program of the compiled core. With `core`, which loads it, these are the only files that know the compiled module."""
