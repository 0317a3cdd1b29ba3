"""The `glassworks` command. One file per subcommand."""

from __future__ import annotations

import click

import glassworks
from glassworks.cli.demo import demo
from glassworks.errors import GlassworksError


class Commands(click.Group):
    """A group of subcommands that prints a user's mistake as its message, without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the subcommand, and print a `GlassworksError` without a traceback."""
        try:
            return super().invoke(ctx)
        except GlassworksError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands)
@click.version_option(glassworks.__version__, prog_name="glassworks")
def main() -> None:
    """Neural networks with glass walls."""


main.add_command(demo)
