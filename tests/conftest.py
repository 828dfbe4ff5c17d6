"""Fixtures of all tests. What needs no storage starts none."""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
import redis
from argon2 import PasswordHasher

from astronote import clock, db, security
from astronote.settings import settings
from tests.support import cluster
from tests.support.cluster import WorkerDatabase
from tests.support.shops import ShopUnderTest, make_shop
from tests.support.sizes import FULL

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.support.api import ApiClient
    from tests.support.mailbox import Mailbox
    from tests.support.product import Product
    from tests.support.simulator import Simulator
    from tests.support.till import Till

_SECRETS = ("JWT_SECRET", "UNSUBSCRIBE_TOKEN_SECRET", "WEBHOOK_SECRET", "PHONE_HASH_SECRET")
_STRIPE = ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")
_FOR_ONE_PROCESS = {"product", "browser", "page"}


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Fix the settings; under xdist, the controller starts the storage for all."""
    for name in (*_SECRETS, *_STRIPE):
        os.environ[name] = f"{name.lower()}-of-the-tests-0123456789"
    # The same hash at the least cost: nearly every test registers somebody.
    security._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    # The same examples in every run, so that none fails for what it did not change; at full
    # size others each time. How long one takes says something of the machine only.
    hypothesis.settings.register_profile(
        "astronote",
        derandomize=not FULL,
        database=None,
        deadline=None,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    hypothesis.settings.load_profile("astronote")
    os.environ["ASTRONOTE_EMBEDDED"] = "1"
    for name in ("DATABASE_URL", "REDIS_URL", "MITTO_API_KEY", "MITTO_API_BASE"):
        os.environ.pop(name, None)
    if hasattr(config, "workerinput"):
        return
    data = tempfile.mkdtemp(prefix="astronote-data-")
    config.add_cleanup(lambda: shutil.rmtree(data))
    os.environ["ASTRONOTE_DATA_DIR"] = data
    if config.option.basetemp is None:
        # Pytest's own place is closed to other accounts whenever a run starts, and as root
        # PostgreSQL works as one of them.
        config.option.basetemp = str(Path(data) / "tmp")
    if config.getoption("numprocesses", None):
        storage = cluster.start()
        config.add_cleanup(cluster.remove_folder)
        config.add_cleanup(storage.stop)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the running product belong to one process, so that it is started once.

    First of all hooks: xdist reads the marks in its own. The versions locked now do not
    follow them (pytest 9 makes a test's id anew where xdist writes the group into it), so
    the product starts once in each process.
    """
    for item in items:
        used = _FOR_ONE_PROCESS & set(getattr(item, "fixturenames", ()))
        if used or item.nodeid.startswith("tests/e2e/"):
            item.add_marker(pytest.mark.xdist_group("product"))


@pytest.fixture(scope="session")
def storage() -> Iterator[object]:
    """PostgreSQL and Valkey of this run."""
    own = cluster.FOLDER_VARIABLE not in os.environ
    started = cluster.start()
    yield started
    started.stop()
    if own:
        cluster.remove_folder()


@pytest.fixture(scope="session")
def _worker_database(storage: object, worker_id: str) -> Iterator[WorkerDatabase]:
    from astronote.integrations.embedded import Storage

    assert isinstance(storage, Storage)
    made = WorkerDatabase(f"test_{worker_id}", storage)
    made.create()
    number = 2 + int(worker_id.removeprefix("gw")) % 12 if worker_id.startswith("gw") else 2
    os.environ["DATABASE_URL"] = made.url
    os.environ["REDIS_URL"] = f"{storage.redis_url}?db={number}"
    settings.cache_clear()
    yield made
    db.dispose()
    made.drop()


@pytest.fixture
def database(_worker_database: WorkerDatabase) -> Iterator[WorkerDatabase]:
    """An empty, migrated database, which the settings name; invariants hold afterwards."""
    yield _worker_database
    try:
        _check_invariants()
    finally:
        _worker_database.empty()
        with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
            client.flushdb()


@pytest.fixture
def valkey(database: WorkerDatabase) -> Iterator[redis.Redis]:
    """The Redis that the settings name, empty; the database of this process goes with it."""
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        yield client


@pytest.fixture
def new_shop(database: WorkerDatabase) -> Callable[..., ShopUnderTest]:
    """Makes shops; arguments as in :func:`tests.support.shops.make_shop`."""
    return make_shop


@pytest.fixture
def shop(new_shop: Callable[..., ShopUnderTest]) -> ShopUnderTest:
    """An active shop with 1,000 credits."""
    return new_shop()


@pytest.fixture
def two_shops(new_shop: Callable[..., ShopUnderTest]) -> tuple[ShopUnderTest, ShopUnderTest]:
    """Two active shops that must not know each other."""
    return new_shop(), new_shop()


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> "Iterator[Mailbox]":
    """Where the installation's letters go."""
    from tests.support.mailbox import open_mailbox

    with open_mailbox() as box:
        monkeypatch.setenv("SMTP_URL", box.url)
        settings.cache_clear()
        yield box
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def uploads(tmp_path: Path) -> Iterator[None]:
    """Uploads of this test lie in a folder of its own."""
    from tests.support.spreadsheet_files import own_uploads

    with own_uploads(tmp_path):
        yield


@pytest.fixture
def api(database: WorkerDatabase) -> "Iterator[ApiClient]":
    """The API in this process, nobody signed in."""
    from tests.support.api import ApiClient
    from tests.support.pages import origin

    with ApiClient(origin()) as client:
        yield client


@pytest.fixture
def shop_api(shop: ShopUnderTest) -> "Iterator[ApiClient]":
    """The API in this process, signed in as the owner of ``shop``."""
    from tests.support.api import ApiClient
    from tests.support.pages import origin

    with ApiClient(origin(), shop.headers) as client:
        yield client


@pytest.fixture(scope="session")
def _simulator_process(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Simulator]":
    from tests.support.simulator import Simulator

    started = Simulator.start(tmp_path_factory.mktemp("simulator") / "log")
    yield started
    started.stop()


@pytest.fixture
def simulator(
    _simulator_process: "Simulator", monkeypatch: pytest.MonkeyPatch
) -> "Iterator[Simulator]":
    """A simulator without messages and faults, which the settings name."""
    monkeypatch.setenv("MITTO_API_BASE", _simulator_process.url)
    monkeypatch.setenv("MITTO_API_KEY", "simulator")
    settings.cache_clear()
    before = _simulator_process.behaviour()
    yield _simulator_process
    _simulator_process.behave(**before)
    _simulator_process.forget()
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def till(
    _simulator_process: "Simulator", database: WorkerDatabase, monkeypatch: pytest.MonkeyPatch
) -> "Iterator[Till]":
    """The stand-in for Stripe, which the settings name; its events wait to be posted."""
    from tests.support.till import Till

    monkeypatch.setenv("STRIPE_API_BASE", _simulator_process.url)
    settings.cache_clear()
    made = Till(_simulator_process.url)
    yield made
    made.close()
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Product]":
    """The running product, without demo data, shared by the tests of this process."""
    from tests.support.product import Product

    running = Product(tmp_path_factory.mktemp("product") / "data")
    try:
        yield running.start("--no-demo")
    finally:
        running.stop()


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Chromium, for one module: while Playwright is there, no test can run an event loop."""
    from playwright.sync_api import expect, sync_playwright

    from tests.support.chromium import find

    path = find()
    assert path is not None, "no Chromium: run bin/test, or name one in CHROMIUM_PATH"
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=arguments)
        yield started
        started.close()


@pytest.fixture
def page(browser: "Browser", product: "Product") -> "Iterator[Page]":
    """A page of a fresh browser context; addresses are relative to the product."""
    with browser.new_context(base_url=product.url) as context:
        yield context.new_page()


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    """Real time, the environment's own settings and quiet loggers for the next test."""
    before = settings()
    yield
    if settings() is not before:
        settings.cache_clear()
    clock.shift(timedelta())
    logging.getLogger().setLevel(logging.WARNING)


def _check_invariants() -> None:
    from astronote.services import invariants

    with db.system_transaction() as session:
        broken = invariants.check(session)
    assert not broken, broken
