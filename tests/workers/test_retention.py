"""What is kept for a time goes when that time is over, and not before: each line of it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.models import (
    ImportJob,
    ImportRow,
    NfcScan,
    OfferViewEvent,
    PublicLinkToken,
    PublicSignupEvent,
)
from astronote.services import idempotency
from astronote.settings import settings
from tests.support.messages import add_message
from tests.support.shops import ShopUnderTest
from workers import maintenance

HOUR = timedelta(hours=1)


def count(query: str) -> int:
    with system_transaction() as session:
        return int(session.execute(sa.text(query)).scalar_one())


def around(days: int, query: str) -> tuple[int, int]:
    """What ``query`` counts after a cleaning just before ``days`` are over, and just after."""
    counted = []
    for moment in (timedelta(days=days) - HOUR, timedelta(days=days) + HOUR):
        clock.shift(moment)
        maintenance.clean_up()
        counted.append(count(query))
    return counted[0], counted[1]


def test_addresses_and_agents_of_public_events(shop: ShopUnderTest) -> None:
    message = add_message(shop)
    seen = {"shop_id": shop.id, "user_agent": "Phone"}
    with transaction(shop.id) as session:
        link = PublicLinkToken(shop_id=shop.id, kind="join", name="Till", token="token")
        session.add(link)
        session.flush()
        assert link.id is not None
        session.add(PublicSignupEvent(link_id=link.id, outcome="joined", ip="192.0.2.1", **seen))
        session.add(NfcScan(link_id=link.id, ip="192.0.2.1", **seen))
        session.add(OfferViewEvent(message_id=message.id, **seen))
    events = """
        SELECT {} FROM (SELECT ip, user_agent FROM public_signup_event
                        UNION ALL SELECT ip, user_agent FROM nfc_scan
                        UNION ALL SELECT NULL, user_agent FROM offer_view_event) e
    """
    personal = events.format("count(ip) + count(user_agent)")
    assert around(settings().public_event_retention_days, personal) == (5, 0)
    assert count(events.format("count(*)")) == 3


def test_rows_of_imports(shop: ShopUnderTest) -> None:
    with transaction(shop.id) as session:
        job = ImportJob(shop_id=shop.id, file_name="a.csv", file_path="", status="completed")
        session.add(job)
        session.flush()
        assert job.id is not None
        row = {"shop_id": shop.id, "outcome": "rejected", "cells": ["+306900000000"]}
        session.add(ImportRow(job_id=job.id, row_number=2, **row))
    rows = "SELECT count(*) FROM import_row"
    assert around(settings().import_retention_days, rows) == (1, 0)
    assert count("SELECT count(*) FROM import_job") == 1


@pytest.mark.parametrize("days", [3, 5])
def test_idempotency_keys(shop: ShopUnderTest, days: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDEMPOTENCY_RETENTION_DAYS", str(days))
    settings.cache_clear()
    with transaction(shop.id) as session:
        idempotency.begin(session, shop.id, "POST /api/campaigns", "key", b"body")
    assert around(days, "SELECT count(*) FROM idempotency_key") == (1, 0)
    monkeypatch.undo()
    settings.cache_clear()


def test_a_portion_is_not_the_end(shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("astronote.services.retention.PORTION", 2)
    with transaction(shop.id) as session:
        for number in range(5):
            idempotency.begin(session, shop.id, "POST /api/lists", f"key-{number}", b"body")
    days = settings().idempotency_retention_days
    assert around(days, "SELECT count(*) FROM idempotency_key") == (5, 0)
