"""The operator's acts: what they change, what the shop sees, what they leave behind."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.errors import Conflict, Invalid, NotFound
from astronote.models import LinkMiss, WebhookEvent
from astronote.services import (
    billing,
    campaigns,
    invariant_runs,
    launching,
    operating,
    previewing,
    sender_names,
    shops,
)
from astronote.settings import settings
from tests.support.people import add_contact
from tests.support.shops import ShopUnderTest
from tests.support.simulator import Simulator
from workers import send_loop
from workers.actors import run as run_actor
from workers.run import load_actors

ME = "user:1"


@pytest.fixture
def approval(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sender names must be approved."""
    monkeypatch.setenv("REQUIRE_SENDER_APPROVAL", "1")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def do(verb: Any, *args: Any, **kw: Any) -> Any:
    with system_transaction() as session:
        return verb(session, *args, **kw)


def blocked(shop: ShopUnderTest) -> tuple[str | None, str]:
    with transaction(shop.id) as session:
        found = billing.summary(session, shop.id)
    return found.blocked_by, str(found.blocked_reason or "")


def rename(shop: ShopUnderTest, name: str) -> None:
    with transaction(shop.id) as session:
        change = {"sender_name": name, "quiet_hours": None}
        shops.change(session, shop.id, shop.owner, change)


def audit() -> list[tuple[str, str, int | None]]:
    with system_transaction() as session:
        found = session.execute(
            sa.text(
                "SELECT actor, action, shop_id FROM audit_event WHERE action LIKE 'operator.%'"
                " ORDER BY id"
            )
        )
        return [tuple(row) for row in found]


def test_a_hold_stops_the_shop_and_tells_it_why(shop: ShopUnderTest) -> None:
    do(operating.hold, ME, shop.id, "  Complaints from  shoppers. ")
    gate, words = blocked(shop)
    assert gate == "hold"
    assert "Complaints from shoppers." in words
    do(operating.release, ME, shop.id)
    assert blocked(shop) == (None, "")
    with pytest.raises(Conflict):
        do(operating.release, ME, shop.id)
    assert audit() == [(ME, "operator.hold", shop.id), (ME, "operator.release", shop.id)]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
def test_a_hold_needs_a_reason(shop: ShopUnderTest, reason: str) -> None:
    with pytest.raises(Invalid):
        do(operating.hold, ME, shop.id, reason)
    assert blocked(shop) == (None, "")


def test_no_such_shop(shop: ShopUnderTest) -> None:
    for verb, args in (
        (operating.hold, (2**62, "Why")),
        (operating.release, (2**62,)),
        (operating.approve_sender, (2**62,)),
        (operating.refuse_sender, (2**62, "Why")),
    ):
        with pytest.raises(NotFound):
            do(verb, ME, *args)
    assert audit() == []


@pytest.mark.usefixtures("approval")
def test_a_name_waits_is_approved_and_waits_again_when_it_changes(shop: ShopUnderTest) -> None:
    assert blocked(shop) == (None, "")
    rename(shop, "Bakery")
    assert blocked(shop) == ("sender", "The sender name Bakery has not been approved yet.")
    (waiting,) = do(sender_names.waiting)
    assert (waiting.shop_id, waiting.sender_name) == (shop.id, "Bakery")

    assert do(operating.approve_sender, ME, shop.id, "Bakery") == "Bakery"
    assert blocked(shop) == (None, "")
    assert do(sender_names.waiting) == []

    rename(shop, "MyBank")
    assert blocked(shop)[0] == "sender"
    with pytest.raises(Conflict) as changed:
        do(operating.approve_sender, ME, shop.id, "Bakery")
    assert changed.value.code == "name_changed"
    do(operating.refuse_sender, ME, shop.id, "This is a bank's name.", "MyBank")
    assert blocked(shop) == (
        "sender",
        "The sender name MyBank was refused: This is a bank's name.",
    )
    assert do(sender_names.waiting) == []
    rename(shop, "Bakery2")
    assert [one.sender_name for one in do(sender_names.waiting)] == ["Bakery2"]


@pytest.mark.usefixtures("approval")
def test_until_then_only_tests_leave_and_under_another_name(
    shop: ShopUnderTest, simulator: Simulator
) -> None:
    rename(shop, "MyBank")
    add_contact(shop.id)
    with transaction(shop.id) as session:
        made = campaigns.create(
            session, shop.id, {"name": "A", "message_text": "Hello"}, created_by=shop.owner.user_id
        )
        previewing.test_send(session, shop.id, made.id, "+306970000001", shop.owner)
    with pytest.raises(Conflict) as refusal, transaction(shop.id) as session:
        launching.enqueue(session, shop.id, made.id)
    assert refusal.value.code == "sender_not_approved"
    send_loop.run(seconds=60)
    assert [m["sender"] for m in simulator.messages()] == [settings().mitto_sender]
    do(operating.approve_sender, ME, shop.id)
    with transaction(shop.id) as session:
        launching.enqueue(session, shop.id, made.id)
    send_loop.run(seconds=60)
    assert [m["sender"] for m in simulator.messages()] == [settings().mitto_sender, "MyBank"]


def test_shops_are_found_by_name_mail_and_number(new_shop: Any) -> None:
    one = new_shop(name="Φούρνος 50%")
    two = new_shop(name="Bakery")
    assert [s.id for s in do(operating.shops).items] == [two.id, one.id]
    assert [s.id for s in do(operating.shops, q="φουρν").items] == [one.id]
    assert [s.id for s in do(operating.shops, q="0%").items] == [one.id]
    assert [s.id for s in do(operating.shops, q=two.email).items] == [two.id]
    assert two.id in [s.id for s in do(operating.shops, q=str(two.id)).items]
    assert do(operating.shops, q="_").items == []
    first = do(operating.shops, limit=1)
    second = do(operating.shops, limit=1, cursor=first.next_cursor)
    assert [s.id for s in (*first.items, *second.items)] == [two.id, one.id]
    (line,) = do(operating.shops, q="Bakery").items
    assert (line.owner, line.status, line.credits) == (two.email, "active", 1_000)


def _park(kind: str = "dlr", provider: str = "mitto") -> int:
    with system_transaction() as session:
        event = WebhookEvent(
            provider=provider,
            kind=kind,
            body={"messageId": "m-1", "deliveryStatus": "Delivered", "to": "+306970000001"},
            body_hash=kind.encode(),
            state="parked",
            error="No message has this id.",
        )
        session.add(event)
        session.flush()
        return event.id or 0


def test_a_parked_receipt_is_tried_again_or_dropped(shop: ShopUnderTest) -> None:
    load_actors()
    event_id = _park()
    (seen,) = do(operating.parked)
    assert (seen.id, seen.about, seen.error) == (event_id, "m-1", "No message has this id.")
    assert "30697" not in repr(seen)
    assert do(operating.retry, ME, event_id) == "mitto"
    assert do(operating.parked) == []
    run_actor("delivery.apply_webhook_events")
    assert _state(event_id) == "waiting"
    with pytest.raises(NotFound):
        do(operating.drop, ME, event_id)
    other = _park("inbound")
    do(operating.drop, ME, other)
    assert _state(other) == "ignored"
    assert audit() == [(ME, "operator.retry_event", None), (ME, "operator.drop_event", None)]


def _state(event_id: int) -> str:
    with system_transaction() as session:
        return session.get_one(WebhookEvent, event_id).state


def test_misses_the_most_often_first(shop: ShopUnderTest) -> None:
    with system_transaction() as session:
        session.add_all([LinkMiss(code="abc", count=2), LinkMiss(code="xyz", count=9)])
    assert [(m.code, m.count) for m in do(operating.misses)] == [("xyz", 9), ("abc", 2)]


def test_looks_at_the_invariants_are_remembered(shop: ShopUnderTest) -> None:
    assert do(invariant_runs.last) is None
    assert do(invariant_runs.run).broken == ()
    with system_transaction() as session:
        session.execute(sa.text("UPDATE wallet SET posted = posted + 1"))
    assert "sum of its ledger" in do(invariant_runs.run).broken[0]
    with system_transaction() as session:
        session.execute(sa.text("UPDATE wallet SET posted = posted - 1"))
    last = do(invariant_runs.last)
    assert last is not None and len(last.broken) == 1
    assert abs((last.at - clock.now()).total_seconds()) < 60
