"""A campaign from the click until every delivery receipt is applied."""

import time

from benchmarks import ground, send
from benchmarks.measured import Measured
from tests.support.product import Product
from tests.support.waiting import wait_until


def run() -> list[Measured]:
    """``BENCH_SIZE`` messages, each of which the simulator reports as delivered."""
    with ground.product() as product:
        product.simulator.behave(latency_ms=0, receipts="off")
        floor = send.bare_loop(product)
        product.simulator.forget()
        everything = {"delivered_pct": 100, "failed_pct": 0, "silent_pct": 0}
        product.simulator.behave(receipts="on", receipt_delay_ms=0, **everything)
        sent = send.campaign(product)
        wait_until(lambda: _delivered(product) >= send.SIZE, 600, every=0.1)
        whole = time.perf_counter() - sent.clicked
    return [
        Measured(
            f"send {send.SIZE:,}, whole (click → all receipts applied)",
            whole,
            floor,
            "30 s for 100,000",
        ),
        Measured("of it, click → last accepted", sent.accepted, floor, ""),
    ]


def _delivered(product: Product) -> int:
    with ground.connect(product) as connection:
        row = connection.execute("SELECT coalesce(sum(delivered), 0) FROM campaign_count")
        found = row.fetchone()
    assert found is not None
    return int(str(found[0]))
