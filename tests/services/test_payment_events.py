"""Stripe's events: in any order, repeated, lost, of somebody else."""

import random
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.services import checkouts, stripe_events, subscriptions
from tests.support.api import ApiClient
from tests.support.paying import ledger, summary, the
from tests.support.shops import ShopUnderTest
from tests.support.till import Event, Till, apply, bring, deliver
from workers.actors import run as run_actor


def _life(till: Till, shop: ShopUnderTest) -> list[Event]:
    """All events of a shop that buys, renews, fails to pay, pays and leaves."""
    events = till.buy_credits(shop.owner, 200) + till.subscribe(shop.owner)
    subscription = the(events, "customer.subscription.created")["data"]["object"]["id"]
    for act in ("renew", "fail", "pay", "cancel", "keep", "renew", "end"):
        events += till.manage(shop.owner, act, subscription)
    # Which charge paid an invoice is told of an invoice that is known: test_reversals.
    return [event for event in events if event["type"] != "invoice_payment.paid"]


def _state(session: Any, shop: ShopUnderTest) -> list[Any]:
    tables = {
        "subscription": "status, plan, current_period_end, cancel_at, external_id",
        "payment": "kind, status, total_cents, invoice_id, period_end, plan, credits",
        "credit_transaction": "kind, amount, settles",
        "wallet": "posted, reserved",
    }
    return [
        sorted(
            map(
                repr,
                session.execute(
                    sa.text(f"SELECT {columns} FROM {table} WHERE shop_id = :s"), {"s": shop.id}
                ),
            )
        )
        for table, columns in tables.items()
    ]


def test_any_order_and_repetition_of_events_ends_alike(till: Till, poor: ShopUnderTest) -> None:
    events = _life(till, poor)
    assert len(events) > 15
    dice = random.Random(7)
    ends = []
    with system_transaction() as session:
        for n in range(25):
            order = events if n == 0 else dice.choices(events, k=len(events)) + events
            if n:
                dice.shuffle(order)
            with session.begin_nested() as trial:
                for event in order:
                    assert stripe_events.apply(session, event)
                ends.append(_state(session, poor))
                trial.rollback()
            session.expunge_all()
    assert all(end == ends[0] for end in ends)
    assert ends[0][3] == [repr((200 + 4 * 500, 0))]


def test_the_same_event_ten_times(till: Till, api: ApiClient, poor: ShopUnderTest) -> None:
    events = till.buy_credits(poor.owner, 300)
    answers = [bring(api, event).json()["new"] for event in events * 10]
    apply()
    apply()
    assert sum(answers) == len(events)
    assert ledger(poor) == [("purchase", 300)]


def test_the_same_payment_in_other_events_of_stripe(
    till: Till, api: ApiClient, poor: ShopUnderTest
) -> None:
    """Stripe may make two events of one fact; their ids differ, the credits come once."""
    events = till.subscribe(poor.owner)
    deliver(api, *events, *({**event, "id": event["id"] + "x"} for event in events))
    assert ledger(poor) == [("included", 500)]


@pytest.mark.parametrize("changed", [{"amount_total": 1}, {"currency": "jpy"}, {"id": "cs_other"}])
def test_another_sum_than_was_asked_for_buys_nothing(
    till: Till, api: ApiClient, poor: ShopUnderTest, changed: dict[str, object]
) -> None:
    event = the(till.buy_credits(poor.owner, 300), "checkout.session.completed")
    event["data"]["object"].update(changed)
    deliver(api, event)
    assert ledger(poor) == []
    assert _event_states() == ["parked"]


def _event_states() -> list[str]:
    with system_transaction() as session:
        return list(session.execute(sa.text("SELECT state FROM webhook_event")).scalars())


def test_another_programs_events_change_nothing(
    till: Till, api: ApiClient, poor: ShopUnderTest
) -> None:
    events = till.subscribe(poor.owner)
    before = summary(poor)
    for event in events:
        text = re.sub(r"astronote_\w+", "somebody_elses", repr(event))
        foreign = eval(text)
        foreign["data"]["object"]["customer"] = "cus_of_another_program"
        deliver(api, foreign)
    assert summary(poor) == before
    assert set(_event_states()) == {"ignored"}


def test_two_subscriptions_the_running_one_decides(
    till: Till, api: ApiClient, poor: ShopUnderTest
) -> None:
    """Two tabs, two pages, both paid."""
    one = checkouts.begin(poor.owner, "subscription", plan="monthly")
    two = checkouts.begin(poor.owner, "subscription", plan="yearly")
    first, second = till.pay(one), till.pay(two)
    deliver(api, *first, *second)
    older = the(first, "customer.subscription.created")["data"]["object"]["id"]
    deliver(api, *till.manage(poor.owner, "end", older))
    assert (summary(poor).subscription.status, summary(poor).subscription.plan) == (
        "active",
        "yearly",
    )


def test_a_first_payment_that_never_came_through_takes_nothing_away(
    till: Till, shop: ShopUnderTest, poor: ShopUnderTest
) -> None:
    def standing() -> list[tuple[str, str | None]]:
        found = [summary(one).subscription for one in (shop, poor)]
        return [(one.status, one.plan) for one in found]

    before = standing()
    for number, one in enumerate((shop, poor)):
        created = the(till.subscribe(one.owner), "customer.subscription.created")
        found = {**created["data"]["object"], "id": f"sub_{number}", "status": "incomplete"}
        with system_transaction() as session:
            for later, status in enumerate(("incomplete", "incomplete_expired")):
                told = {**found, "status": status}
                subscriptions.told(session, told, created["created"] + later)
    assert standing() == before


def test_an_event_that_fails_lets_the_next_one_through(
    till: Till, api: ApiClient, poor: ShopUnderTest
) -> None:
    broken = {
        "id": "evt_broken",
        "type": "customer.subscription.updated",
        "created": 1,
        "data": {"object": {"id": "sub_x", "customer": "cus_x", "metadata": {}}},
    }
    deliver(api, *till.subscribe(poor.owner))
    with transaction(poor.id) as session:
        customer = session.execute(sa.text("SELECT customer_id FROM subscription")).scalar_one()
    broken["data"]["object"]["customer"] = customer  # type: ignore[index]
    deliver(api, broken, *till.buy_credits(poor.owner, 100))
    assert ("purchase", 100) in ledger(poor)
    for _ in range(10):
        clock.shift(clock.now() - datetime.now(UTC) + timedelta(minutes=20))
        apply()
    assert sorted(set(_event_states())) == ["applied", "parked"]


def test_a_lost_webhook_is_made_up_for(till: Till, api: ApiClient, poor: ShopUnderTest) -> None:
    events = till.subscribe(poor.owner)
    deliver(api, *events)
    subscription = the(events, "customer.subscription.created")["data"]["object"]["id"]
    till.manage(poor.owner, "fail", subscription)
    run_actor("billing.refresh_subscriptions")
    assert summary(poor).subscription.status == "active"
    clock.shift(timedelta(days=32))
    run_actor("billing.refresh_subscriptions")
    assert summary(poor).subscription.status == "past_due"
