"""A simulator whose webhooks end in a receiver of the test's own."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.simulator.receiver import Receiver, receiving
from tests.support.simulator import Simulator

SECRET = "first-secret"


@pytest.fixture(scope="session")
def _provider_and_receiver(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Simulator, Receiver]]:
    with receiving() as receiver:
        log = tmp_path_factory.mktemp("provider") / "log"
        provider = Simulator.start(log, receiver.url, f"{SECRET},second-secret")
        yield provider, receiver
        provider.stop()


@pytest.fixture
def provider(_provider_and_receiver: tuple[Simulator, Receiver]) -> Iterator[Simulator]:
    """A simulator without messages and faults; receipts follow at once."""
    simulator, receiver = _provider_and_receiver
    before = simulator.behaviour()
    simulator.behave(receipt_delay_ms=0)
    yield simulator
    simulator.behave(**before)
    simulator.forget()
    receiver.requests.clear()
    receiver.answers.clear()


@pytest.fixture
def receiver(provider: Simulator, _provider_and_receiver: Any) -> Receiver:
    """What the provider's webhooks reach."""
    found: Receiver = _provider_and_receiver[1]
    return found


@pytest.fixture
def mitto(provider: Simulator) -> Iterator[httpx.Client]:
    """A client of the simulated API."""
    headers = {"X-Mitto-API-Key": "any"}
    with httpx.Client(base_url=provider.url, headers=headers, timeout=120) as client:
        yield client
