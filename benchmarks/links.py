"""Short links: redirects a second with a durable click, and their latency while a campaign
is being sent."""

import os
from threading import Thread

from benchmarks import ground
from benchmarks.load import Load, flat_out, paced
from benchmarks.measured import Measured
from tests.support.product import Product
from tests.support.shops import PASSWORD
from tests.support.waiting import wait_until

MESSAGES = int(os.environ.get("BENCH_LINKS", "20000"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "10"))
CONNECTIONS = 64
PER_SECOND = 500


def run() -> list[Measured]:
    """Redirects flat out beside a bare route over the same rows; then 500 a second, quiet and
    while a campaign is sending."""
    with ground.product() as product:
        made = product.create_shop("Bench", "bench@example.com", credits=MESSAGES * 3)
        paths = _messages(product, made["shopId"])
        with ground.bare(product, "/o/nobody") as port:
            flat_out(port, paths, CONNECTIONS, 1)
            floor = _good(flat_out(port, paths, CONNECTIONS, SECONDS))
            bare_pace = _good(paced(port, paths, PER_SECOND, SECONDS))
        flat_out(product.port, paths, CONNECTIONS, 1)
        before = _clicks(product)
        measured = _good(flat_out(product.port, paths, CONNECTIONS, SECONDS))
        assert _clicks(product) - before == len(measured.latencies)
        quiet = _good(paced(product.port, paths, PER_SECOND, SECONDS))
        busy, accepted = _while_sending(product, made["shopId"], paths)
    return [
        Measured(
            f"redirects, {CONNECTIONS} connections", measured.rate, floor.rate, "≥ 3,000/s", "/s"
        ),
        Measured(
            f"p99 at {PER_SECOND}/s, nothing else",
            quiet.quantile(0.99),
            bare_pace.quantile(0.99),
            "",
            "ms",
        ),
        Measured(
            f"p99 at {PER_SECOND}/s while {accepted:,} SMS are sent",
            busy.quantile(0.99),
            bare_pace.quantile(0.99),
            "≤ 10 ms",
            "ms",
        ),
        Measured("median then", busy.quantile(0.5), bare_pace.quantile(0.5), "", "ms"),
    ]


def _messages(product: Product, shop_id: int) -> list[str]:
    """``MESSAGES`` delivered messages of one campaign; the paths of their offers."""
    with ground.connect(product) as connection:
        connection.execute(ground.CAMPAIGN, {"shop": shop_id})
        connection.execute(_SENT, {"shop": shop_id, "count": MESSAGES})
        connection.execute("ANALYZE message")
        found = connection.execute("SELECT short_code FROM message").fetchall()
    return [f"/o/{row[0]}" for row in found]


def _clicks(product: Product) -> int:
    with ground.connect(product) as connection:
        row = connection.execute("SELECT count(*) FROM link_click").fetchone()
    assert row is not None and isinstance(row[0], int)
    return row[0]


def _good(load: Load) -> Load:
    assert set(load.statuses) == {302}, load.statuses
    return load


def _while_sending(product: Product, shop_id: int, paths: list[str]) -> tuple[Load, int]:
    """The paced load while a campaign to ``MESSAGES`` contacts goes out."""
    product.simulator.behave(latency_ms=0, receipts="off")
    ground.fill(product, shop_id, MESSAGES)
    with product.client() as client:
        login = {"email": "bench@example.com", "password": PASSWORD}
        token = client.post("/api/auth/login", json=login).raise_for_status().json()["accessToken"]
    found: list[Load] = []
    with product.client(token) as client:
        draft = {
            "name": "Bench",
            "messageText": "Καλημέρα {{first_name}}",
            "ignoreQuietHours": True,
        }
        campaign = client.post("/api/campaigns", json=draft).raise_for_status().json()["id"]
        load = Thread(
            target=lambda: found.append(_good(paced(product.port, paths, PER_SECOND, SECONDS)))
        )
        before = _clicks(product)
        load.start()
        # The sending begins when the load runs, so that none of it falls into the silence before.
        wait_until(lambda: _clicks(product) > before)
        client.post(f"/api/campaigns/{campaign}/enqueue").raise_for_status()
        load.join()
        counts = client.get(f"/api/campaigns/{campaign}").raise_for_status().json()["counts"]
    return found[0], int(counts["sent"])


_SENT = """
    WITH batch AS (
        INSERT INTO message_batch (shop_id, priority, state, size, unresolved, attempts, created_at)
        VALUES (%(shop)s, 5, 'done', 1, 0, 1, now()) RETURNING id)
    INSERT INTO message (shop_id, batch_id, kind, purpose, campaign_id, phone, phone_hash, text,
                         encoding, parts, credits, status, billing_status, tracking_id,
                         short_code, created_at)
    SELECT %(shop)s, (SELECT id FROM batch), 'campaign', 'marketing',
           (SELECT max(id) FROM campaign), '+3069' || (10000000 + n),
           sha256(convert_to(n::text, 'UTF8')), 'Hello', 'GSM-7', 1, 1, 'delivered', 'none',
           md5('t' || n), left(md5('c' || n), 10), now()
    FROM generate_series(1, %(count)s) n
"""
