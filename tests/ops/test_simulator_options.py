"""What `astronote mitto-sim` hands to the simulator."""

import pytest

from astronote.cli.parts import simulator_options
from astronote.settings import settings
from astronote.simulator.__main__ import _parser


def test_a_secret_may_begin_with_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", "-webhook")
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "--stripe")
    settings.cache_clear()
    given = _parser().parse_args(simulator_options())
    settings.cache_clear()
    assert (given.webhook_secret, given.stripe_webhook_secret) == ("-webhook", "--stripe")
