"""`python -m glassworks.cli`."""

from glassworks.cli import main

main()
