"""Delivery receipts, one a request: answered a second, how late the answer comes at an even
pace, and how soon all are applied."""

import os
import time

from benchmarks import ground
from benchmarks.load import Load, flat_out, paced
from benchmarks.measured import Measured
from tests.support.product import Product
from tests.support.waiting import wait_until

SECONDS = float(os.environ.get("BENCH_SECONDS", "10"))
CONNECTIONS = 64
PER_SECOND = 1000
FASTEST = 8000
"""Receipts a second for which there are messages."""


def run() -> list[Measured]:
    """Flat out beside a bare route that stores the same, then 1,000 a second."""
    count = int(SECONDS + 1) * FASTEST
    with ground.product() as product:
        made = product.create_shop("Bench", "bench@example.com", credits=10)
        _sent(product, made["shopId"], 2 * count)
        wait_until(lambda: _open(product) == 0, 60)
        secret = ground.secret(product, "WEBHOOK_SECRET")
        paths = [f"/webhooks/mitto/dlr/{secret}?{_receipt(n)}" for n in range(2 * count)]
        bare_paths = [f"/dlr?{_receipt(n)}" for n in range(count)]
        with ground.bare(product, "/dlr?messageId=0") as port:
            floor = _good(flat_out(port, bare_paths, CONNECTIONS, SECONDS))
            bare_pace = _good(paced(port, bare_paths, PER_SECOND, SECONDS))
        begun = time.perf_counter()
        measured = _good(flat_out(product.port, paths[:count], CONNECTIONS, SECONDS))
        wait_until(lambda: _open(product) == 0, 300, every=0.05)
        applied = time.perf_counter() - begun
        pace = _good(paced(product.port, paths[count:], PER_SECOND, SECONDS))
        wait_until(lambda: _open(product) == 0, 300)
        expected = len(measured.latencies) + len(pace.latencies)
        delivered = _delivered(product)
    assert len(measured.latencies) <= count, "more answers than messages"
    assert delivered == expected, (delivered, expected)
    return [
        Measured("receipts answered", measured.rate, floor.rate, "≥ 3,000/s", "/s"),
        Measured(
            f"p99 of the answer at {PER_SECOND:,}/s",
            pace.quantile(0.99),
            bare_pace.quantile(0.99),
            "≤ 20 ms",
            "ms",
        ),
        Measured(
            "receipts answered and applied", len(measured.latencies) / applied, None, "", "/s"
        ),
    ]


def _receipt(number: int) -> str:
    return f"messageId=bench-{number}&deliveryStatus=Delivered&updatedAt=2026-01-01T10:00:00Z"


def _good(load: Load) -> Load:
    assert set(load.statuses) == {200}, load.statuses
    return load


def _open(product: Product) -> int:
    return _number(product, "SELECT count(*) FROM webhook_event WHERE state IN ('received')")


def _delivered(product: Product) -> int:
    return _number(product, "SELECT sum(delivered) FROM campaign_count")


def _number(product: Product, query: str) -> int:
    with ground.connect(product) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(str(row[0]))


def _sent(product: Product, shop_id: int, count: int) -> None:
    """``count`` messages of one campaign that the provider has accepted, 200 a batch."""
    with ground.connect(product) as connection:
        connection.execute(ground.CAMPAIGN, {"shop": shop_id})
        connection.execute(_MESSAGES, {"shop": shop_id, "count": count})
        connection.execute("ANALYZE message, message_batch, provider_message")


_MESSAGES = """
    WITH batch AS (
        INSERT INTO message_batch (shop_id, priority, state, size, unresolved, attempts,
                                   created_at, dispatched_at, checked_at)
        SELECT %(shop)s, 5, 'done', 200, 200, 1, now(), now(), now()
        FROM generate_series(1, 1 + %(count)s / 200) RETURNING id
    ), numbered AS (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM batch
    ), made AS (
        INSERT INTO message (shop_id, batch_id, kind, purpose, campaign_id, phone, phone_hash,
                             text, encoding, parts, credits, status, billing_status, tracking_id,
                             short_code, provider_message_id, created_at, sent_at)
        SELECT %(shop)s, b.id, 'campaign', 'marketing', (SELECT max(id) FROM campaign),
               '+3069' || (10000000 + n), sha256(convert_to(n::text, 'UTF8')), 'Hello', 'GSM-7',
               1, 1, 'sent', 'none', md5('t' || n), left(md5('c' || n), 16), 'bench-' || n,
               now(), now()
        FROM generate_series(0, %(count)s - 1) n JOIN numbered b ON b.place = n / 200
        RETURNING id, shop_id, provider_message_id
    )
    INSERT INTO provider_message (provider_message_id, shop_id, message_id)
    SELECT provider_message_id, shop_id, id FROM made
"""
