"""A campaign through the simulator without latency: from the click to the last acceptance."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from benchmarks import ground
from benchmarks.measured import Measured, timed
from tests.support.product import Product
from tests.support.shops import PASSWORD
from tests.support.waiting import wait_until

SIZE = int(os.environ.get("BENCH_SIZE", "10000"))
TEXT = "Γεια σου {{first_name}}, -20% σε όλα έως την Κυριακή."
BATCH, REQUESTS_UNDER_WAY = 200, 4


@dataclass(frozen=True)
class Run:
    """When the campaign was started, and after how many seconds all of it was accepted."""

    clicked: float
    accepted: float


def run() -> list[Measured]:
    """Enqueue and send ``BENCH_SIZE`` messages (10,000), beside a bare loop over httpx."""
    with ground.product() as product:
        product.simulator.behave(latency_ms=0, receipts="off")
        floor = bare_loop(product)
        product.simulator.forget()
        sent = campaign(product)
        peak = ground.peak_memory(product, "worker")
        with ground.connect(product) as connection:
            row = connection.execute(
                "SELECT count(*), count(DISTINCT provider_message_id) FROM message"
                " WHERE status = 'sent'"
            ).fetchone()
    assert row == (SIZE, SIZE), row
    return [
        Measured(
            f"send {SIZE:,} (click → last accepted)",
            sent.accepted,
            floor,
            "5 s for 10,000; 202 → last in 10 s for 100,000",
        ),
        Measured("the worker's memory at its highest", peak, None, "≤ 400 MB", "MB"),
    ]


def campaign(product: Product) -> Run:
    """Make a shop with ``SIZE`` contacts and send them a campaign, until it is completed."""
    made = product.create_shop("Bench", "bench@example.com", credits=SIZE * 3)
    ground.fill(product, made["shopId"], SIZE)
    with product.client() as client:
        login = {"email": "bench@example.com", "password": PASSWORD}
        token = client.post("/api/auth/login", json=login).raise_for_status().json()["accessToken"]
    with product.client(token) as client:
        draft = {"name": "Bench", "messageText": TEXT, "ignoreQuietHours": True}
        made_campaign = client.post("/api/campaigns", json=draft).raise_for_status().json()["id"]
        clicked = time.perf_counter()
        with timed() as accepting:
            client.post(f"/api/campaigns/{made_campaign}/enqueue").raise_for_status()
        with timed() as sending:
            accepted = _wait_for_all(product)
        wait_until(lambda: _completed(client, made_campaign), 60)
    assert accepted == SIZE
    return Run(clicked, accepting.seconds + sending.seconds)


def _wait_for_all(product: Product) -> int:
    """How many messages the simulator has accepted, once they are all."""
    # One client: a new one for each question takes a tenth of a core from what is measured.
    with httpx.Client(base_url=product.simulator.url) as simulator:

        def accepted() -> int:
            stats = simulator.get("/sim/stats").raise_for_status().json()
            return int(stats["accepted"])

        wait_until(lambda: accepted() >= SIZE, 600, every=0.05)
        return accepted()


def _completed(client: httpx.Client, campaign: int) -> bool:
    answer = client.get(f"/api/campaigns/{campaign}/status").raise_for_status().json()
    return bool(answer["status"] == "completed")


def bare_loop(product: Product) -> float:
    """Seconds for handing as much to the simulator with nothing around it."""
    messages = [
        {
            "trafficAccountId": "demo",
            "destination": f"+30{ground.FIRST_PHONE + n}",
            "sms": {"text": "x" * 90, "sender": "Astronote"},
        }
        for n in range(SIZE)
    ]
    batches = [messages[start : start + BATCH] for start in range(0, SIZE, BATCH)]
    with (
        httpx.Client(
            base_url=product.simulator.url, headers={"X-Mitto-API-Key": "bench"}, timeout=30
        ) as client,
        ThreadPoolExecutor(REQUESTS_UNDER_WAY) as pool,
        timed() as watch,
    ):
        path = "/api/v1.1/Messages/sendmessagesbulk"
        for answer in pool.map(lambda b: client.post(path, json={"messages": b}), batches):
            answer.raise_for_status()
    return watch.seconds
