"""`python -m glassworks`: the `glassworks` command, where its script is not on the path."""

from glassworks.cli import main

if __name__ == "__main__":
    main(prog_name="python -m glassworks")
