"""Refunds and disputes: the credits go where the money goes, once, in any order."""

import itertools

import pytest
import sqlalchemy as sa

from astronote.db import system_transaction, transaction
from astronote.services import payment_notices, payments, reversals, wallet
from tests.support.api import ApiClient
from tests.support.mailbox import Mailbox
from tests.support.messages import rows
from tests.support.paying import ledger, paid, summary, the
from tests.support.shops import ShopUnderTest
from tests.support.till import Event, Till, deliver
from workers import notices


def buy(till: Till, shop: ShopUnderTest, credits: int = 1_000) -> tuple[list[Event], str]:
    """A pack that was paid for: the events, not delivered yet, and its invoice."""
    events = till.buy_credits(shop.owner, credits)
    return events, str(the(events, "invoice.paid")["data"]["object"]["id"])


def bought(till: Till, api: ApiClient, shop: ShopUnderTest, credits: int = 1_000) -> str:
    events, invoice = buy(till, shop, credits)
    deliver(api, *events)
    return invoice


def spend(shop: ShopUnderTest, credits: int) -> None:
    with transaction(shop.id) as session:
        wallet.grant(session, shop.id, -credits, kind="adjustment", settles="spent by a test")


def audited(shop: ShopUnderTest) -> list[str]:
    found = [str(row["action"]) for row in rows(shop, "audit_event")]
    return [action for action in found if action.startswith(("billing.refund", "billing.disp"))]


def event_states(kind: str) -> list[str]:
    with system_transaction() as session:
        found = session.execute(
            sa.text("SELECT state FROM webhook_event WHERE body->>'type' = :kind"), {"kind": kind}
        )
        return list(found.scalars())


def test_a_full_refund_takes_the_credits_back_once(
    till: Till, api: ApiClient, poor: ShopUnderTest
) -> None:
    invoice = bought(till, api, poor)
    events = till.give_back(poor.owner, "refund", invoice)
    deliver(api, *events, *events)
    deliver(api, *({**event, "id": event["id"] + "x"} for event in events))
    assert ledger(poor) == [("adjustment", -1_000), ("purchase", 1_000)]
    assert summary(poor).credits.balance == 0
    (payment,) = paid(poor)
    assert (payment.refunded_cents, payment.taken_credits) == (payment.total_cents, 1_000)
    assert audited(poor) == ["billing.refund"]


def test_partial_refunds_take_their_part_in_either_order(
    till: Till, api: ApiClient, poor: ShopUnderTest
) -> None:
    invoice = bought(till, api, poor, 999)
    first = till.give_back(poor.owner, "refund-half", invoice)
    second = till.give_back(poor.owner, "refund-half", invoice)
    deliver(api, *second, *first, *second)
    (payment,) = paid(poor)
    assert payment.refunded_cents in (payment.total_cents, payment.total_cents - 1)
    assert payment.taken_credits == 999 * payment.refunded_cents // payment.total_cents
    assert sum(amount for _, amount in ledger(poor)) == 999 - payment.taken_credits


def test_what_is_spent_is_not_taken_and_the_operator_sees_it(
    till: Till, api: ApiClient, poor: ShopUnderTest
) -> None:
    invoice = bought(till, api, poor)
    spend(poor, 700)
    deliver(api, *till.give_back(poor.owner, "refund", invoice))
    assert summary(poor).credits.balance == 0
    with system_transaction() as session:
        (seen,) = reversals.listing(session)
    assert (seen.shop_id, seen.taken, seen.short, seen.dispute) == (poor.id, 300, 700, "")
    # A later purchase is not touched.
    deliver(api, *till.buy_credits(poor.owner, 500))
    assert summary(poor).credits.balance == 500


def test_reserved_credits_stay_with_their_messages(
    till: Till, api: ApiClient, poor: ShopUnderTest
) -> None:
    invoice = bought(till, api, poor)
    with transaction(poor.id) as session:
        wallet.reserve(session, poor.id, 400, batch_id=1)
    deliver(api, *till.give_back(poor.owner, "refund", invoice))
    credits = summary(poor).credits
    assert (credits.balance, credits.reserved, credits.available) == (400, 400, 0)
    with transaction(poor.id) as session:
        wallet.settle(session, poor.id, batch_id=1, release=400, settles="a test")


@pytest.mark.parametrize("order", [*itertools.permutations(("paid", "opened", "closed"))])
@pytest.mark.parametrize(("verdict", "left"), [("won", 1_000), ("lost", 0)], ids=["won", "lost"])
def test_a_dispute_ends_alike_in_every_order_and_twice(
    till: Till,
    api: ApiClient,
    poor: ShopUnderTest,
    order: tuple[str, ...],
    verdict: str,
    left: int,
) -> None:
    events, invoice = buy(till, poor)
    told = {
        "paid": events,
        "opened": till.give_back(poor.owner, "dispute", invoice),
        "closed": till.give_back(poor.owner, verdict, invoice),
    }
    for name in (*order, *order):
        deliver(api, *told[name])
    (payment,) = paid(poor)
    assert (payment.dispute, summary(poor).credits.balance) == (verdict, left)


def test_a_dispute_takes_while_it_is_open_and_gives_back_when_won(
    till: Till, api: ApiClient, poor: ShopUnderTest
) -> None:
    invoice = bought(till, api, poor)
    spend(poor, 100)
    deliver(api, *till.give_back(poor.owner, "dispute", invoice))
    assert summary(poor).credits.balance == 0
    deliver(api, *till.give_back(poor.owner, "won", invoice))
    assert summary(poor).credits.balance == 900
    (payment,) = paid(poor)
    assert (payment.dispute, payment.taken_credits, payment.short_credits) == ("won", 0, 0)
    assert audited(poor) == ["billing.dispute_open", "billing.dispute_won"]


def test_a_refund_and_a_lost_dispute_take_no_more_than_was_bought(
    till: Till, api: ApiClient, poor: ShopUnderTest
) -> None:
    deliver(api, *till.buy_credits(poor.owner, 300))
    invoice = bought(till, api, poor)
    deliver(api, *till.give_back(poor.owner, "refund-half", invoice))
    deliver(api, *till.give_back(poor.owner, "dispute", invoice))
    deliver(api, *till.give_back(poor.owner, "lost", invoice))
    assert summary(poor).credits.balance == 300


def test_a_plans_payment_goes_back_with_the_credits_it_included(
    till: Till, api: ApiClient, poor: ShopUnderTest
) -> None:
    events = till.subscribe(poor.owner)
    invoice = str(the(events, "invoice.paid")["data"]["object"]["id"])
    # Which charge paid it is told before the invoice itself, and so is its refund.
    refund = till.give_back(poor.owner, "refund", invoice)
    deliver(api, *refund, the(events, "invoice_payment.paid"))
    assert event_states("invoice_payment.paid") == ["ignored"]
    deliver(api, *events)
    assert ledger(poor) == [("adjustment", -500), ("included", 500)]
    assert set(event_states("charge.refunded")) == {"applied"}


def test_what_is_not_known_is_parked_or_not_ours(
    till: Till, api: ApiClient, poor: ShopUnderTest
) -> None:
    invoice = bought(till, api, poor)
    (refund,) = till.give_back(poor.owner, "refund", invoice)
    for number, customer in enumerate((refund["data"]["object"]["customer"], "cus_of_others")):
        refund["id"] = f"evt_{number}"
        refund["data"]["object"].update(payment_intent="pi_unknown", customer=customer)
        deliver(api, refund)
    assert sorted(event_states("charge.refunded")) == ["ignored", "parked"]
    assert summary(poor).credits.balance == 1_000


def test_owners_get_one_letter_in_their_language(
    till: Till, api: ApiClient, poor: ShopUnderTest, mailbox: Mailbox
) -> None:
    invoice = bought(till, api, poor)
    spend(poor, 700)
    with system_transaction() as session:
        session.execute(sa.text("UPDATE user_account SET locale = 'el'"))
    deliver(api, *till.give_back(poor.owner, "refund", invoice))
    notices.tell_of_payments()
    notices.tell_of_payments()
    (letter,) = mailbox.letters
    assert letter["To"] == poor.email
    text = letter.get_content()
    assert "επιστράφηκαν" in text and "300" in text and "700" in text and "/app/billing" in text


def test_what_could_not_be_told_gives_way_to_newer_news(
    till: Till, api: ApiClient, poor: ShopUnderTest
) -> None:
    invoice = bought(till, api, poor)
    deliver(api, *till.give_back(poor.owner, "dispute", invoice))
    with system_transaction() as session:
        ((shop_id, payment_id),) = payment_notices.untold(session)
        opened = payment_notices.take(session, shop_id, payment_id)
        assert opened is not None and payment_notices.untold(session) == []
        payment_notices.put_back(session, opened)
        assert payment_notices.take(session, shop_id, payment_id) == opened
    deliver(api, *till.give_back(poor.owner, "won", invoice))
    with system_transaction() as session:
        payment_notices.put_back(session, opened)
        won = payment_notices.take(session, shop_id, payment_id)
    assert won is not None and won.what == "dispute_won"


def test_the_shop_reads_it_beside_the_payment(
    till: Till, api: ApiClient, poor: ShopUnderTest
) -> None:
    invoice = bought(till, api, poor)
    deliver(api, *till.give_back(poor.owner, "dispute", invoice))
    answer = api.get("/api/billing/payments", headers=poor.headers).json()["items"][0]
    assert (answer["dispute"], answer["refundedCents"]) == ("open", 0)
    assert answer["takenCredits"] == 1_000
    with transaction(poor.id) as session:
        assert payments.get(session, poor.id, answer["id"]).dispute == "open"
