"""The provider's client starts afresh with each test's settings."""

from collections.abc import Iterator

import pytest

from astronote.integrations import mitto
from astronote.services import send_rate
from tests.support.simulator import Simulator


@pytest.fixture
def provider(simulator: Simulator) -> Iterator[Simulator]:
    """The simulator, which the product's client calls; its receipts go nowhere."""
    mitto.close()
    simulator.behave(receipts="off")
    yield simulator
    mitto.close()
    send_rate.forget()
