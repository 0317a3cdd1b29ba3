"""Targets for coverage-guided fuzzing of the readers of files, with Atheris; CONTRIBUTING.md says how to run them."""
