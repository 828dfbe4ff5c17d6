"""The ``astronote`` command.

The commands import what they need when they are called, so that ``astronote --help``
answers at once and no part carries another part's memory.
"""

import sys

import typer

from astronote.cli import backup, data, operator, parts, up, verify
from astronote.cli.environment import Refused

app = typer.Typer(
    help="Astronote: SMS marketing for shops.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (up, parts, data, backup, verify, operator):
    module.register(app)


def main() -> None:
    """Run the command line; a refusal is one sentence and exit code 1."""
    try:
        app(prog_name="astronote")
    except Refused as refusal:
        sys.exit(f"astronote: {refusal}")
