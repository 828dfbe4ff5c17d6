"""Fixtures of the public pages."""

from collections.abc import Iterator

import pytest

from tests.support.api import ApiClient
from tests.support.cluster import WorkerDatabase
from tests.support.pages import origin, serving

PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130.0 Mobile Safari"
"""What a person's browser says it is."""


@pytest.fixture
def site(database: WorkerDatabase) -> Iterator[ApiClient]:
    """The origin as a person's phone sees it, nobody signed in."""
    headers = {"User-Agent": PHONE, "Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    with ApiClient(origin(), headers) as client:
        yield client


@pytest.fixture
def program(database: WorkerDatabase) -> Iterator[ApiClient]:
    """The origin as a program sees it that asks for JSON."""
    headers = {"User-Agent": "curl/8.5.0", "Accept": "application/json"}
    with ApiClient(origin(), headers) as client:
        yield client


@pytest.fixture
def served(database: WorkerDatabase) -> Iterator[str]:
    """The URL of the origin behind a socket, for browsers."""
    with serving(origin()) as url:
        yield url
