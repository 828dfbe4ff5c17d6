"""`python -m astronote.simulator`: starts the simulator from the command line."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from astronote.simulator.behaviour import Behaviour, BehaviourError
from astronote.simulator.config import SimulatorConfig
from astronote.simulator.server import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse ``arguments`` and serve; returns the exit status."""
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    names = [field.name for field in dataclasses.fields(Behaviour)]
    faults = {name: given.pop(name) for name in names if name in given}
    try:
        run(SimulatorConfig(**given, behaviour=Behaviour().changed(faults)))
    except BehaviourError as error:
        parser.error(str(error))
    except OSError as error:
        print(f"Cannot listen on {given['host']}:{given['port']}: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m astronote.simulator",
        description="A local SMS provider that speaks Mitto's API and shows the phones.",
    )
    default = SimulatorConfig()
    parser.add_argument("--host", default=default.host)
    parser.add_argument("--port", type=int, default=default.port)
    parser.add_argument("--webhook-base", default=default.webhook_base, help="the product's URL")
    parser.add_argument("--webhook-secret", default=default.webhook_secret)
    parser.add_argument("--api-key", help="the only key to accept (default: any)")
    parser.add_argument("--max-messages", type=int, default=default.max_messages)
    parser.add_argument("--seed", type=int, help="makes the dice repeat")
    parser.add_argument("--stripe-webhook-secret", default=default.stripe_webhook_secret)
    parser.add_argument("--stripe-state", type=Path, help="file of the stand-in for Stripe")
    faults = parser.add_argument_group("behaviour", "what PUT /sim/behaviour also takes")
    for field in dataclasses.fields(Behaviour):
        faults.add_argument(
            "--" + field.name.replace("_", "-"),
            type=float if field.name.endswith("_pct") else type(field.default),
            default=argparse.SUPPRESS,
            help=f"default {field.default!r}",
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
