"""Receipts: forward only, whatever their order; and what a phone's own words do."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.integrations.mitto_results import Accepted, Result, Unknown
from astronote.services import (
    claiming,
    delivery,
    message_log,
    sending,
    stats,
    wallet,
)
from astronote.services.claiming import Claimed
from tests.support import outbox
from tests.support.outbox import Outbox
from tests.support.receipts import store
from tests.support.shops import ShopUnderTest
from workers.delivery import apply_webhook_events


def send(answer: Result | None = None) -> Claimed:
    """Claim and record a batch as if the provider had answered so."""
    with system_transaction() as session:
        claimed = claiming.claim(session, at_most=1000)
    assert isinstance(claimed, Claimed)
    with transaction(claimed.shop_id) as session:
        assert sending.dispatch(session, claimed)
    if answer is None:
        answer = Accepted(tuple(f"id-{m.id}" for m in claimed.messages))
    with transaction(claimed.shop_id) as session:
        sending.record(session, claimed, answer)
    return claimed


def tell(*receipts: dict[str, Any], together: bool = True) -> None:
    """Store receipts and apply them, at once or one by one."""
    for group in [list(receipts)] if together else [[r] for r in receipts]:
        store(group)
        with system_transaction() as session:
            delivery.apply_stored(session)


def receipt(made: Outbox, status: str, **more: Any) -> dict[str, Any]:
    row: Any = made.messages()[0]
    return {
        "messageId": f"id-{row.id}",
        "reference": row.tracking_id,
        "deliveryStatus": status,
        "description": f"said {status}",
        **more,
    }


def states() -> dict[str, str]:
    with system_transaction() as session:
        found = session.execute(
            sa.text("SELECT body ->> 'deliveryStatus', state FROM webhook_event")
        )
        return {str(status): str(state) for status, state in found}


def test_delivered_and_failed_with_its_reason(shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, 2)
    send()
    first, second = made.messages()
    tell(
        {"messageId": f"id-{first.id}", "deliveryStatus": "DELIVERED"},
        {"msgid": f"id-{second.id}", "status": "Undelivered", "description": "Absent"},
    )
    first, second = made.messages()
    assert (first.status, second.status, second.failure_reason) == ("delivered", "failed", "Absent")
    assert first.delivered_at and second.ended_at and not second.delivered_at
    assert made.credits() == wallet.Balance(998, 0, 998)
    assert made.batches()[0].unresolved == 0


@pytest.mark.parametrize("was", ["sent", "unknown"])
def test_every_order_of_the_same_receipts_ends_in_the_same_state(
    shop: ShopUnderTest, was: str
) -> None:
    said = ["Accepted", "Failed", "Delivered"]
    ends = set()
    for number, order in enumerate(itertools.permutations(said)):
        made = outbox.campaign(shop.id, 1, first=1 + number)
        send(Unknown("no answer") if was == "unknown" else None)
        at = clock.now().isoformat()
        tell(*(receipt(made, s, updatedAt=at, n=i) for i, s in enumerate(order)), together=False)
        tell(*(receipt(made, s, updatedAt=at, n=9) for s in order))
        row: Any = made.messages()[0]
        ends.add((row.status, row.billing_status, row.failure_reason, row.sent_at is None))
        assert made.batches()[0].unresolved == 0
    assert ends == {("delivered", "committed", None, False)}


@pytest.mark.parametrize("word", ["Sent", "Delivered", "Failed"])
def test_a_receipt_resolves_what_was_in_doubt_and_pays_for_it(
    shop: ShopUnderTest, word: str
) -> None:
    made = outbox.campaign(shop.id, 3)
    send(Unknown("no answer"))
    assert made.statuses() == ["unknown"] * 3
    assert made.credits() == wallet.Balance(1000, 3, 997)
    # The provider's id is new to us: the reference tells the message.
    tell(receipt(made, word))
    row: Any = made.messages()[0]
    assert (row.status, row.provider_message_id) == (word.lower(), f"id-{row.id}")
    assert made.credits() == wallet.Balance(999, 2, 997)
    assert made.events() == ["unknown"] * 3 + ["resolved"]
    assert made.batches()[0].unresolved == (3 if word == "Sent" else 2)


def test_a_receipt_that_comes_too_early_waits_and_one_for_nobody_is_parked(
    shop: ShopUnderTest,
) -> None:
    made = outbox.campaign(shop.id, 1)
    with system_transaction() as session:
        claimed = claiming.claim(session, at_most=10)
    assert isinstance(claimed, Claimed)
    tell(receipt(made, "Delivered"), {"messageId": "nobody's", "deliveryStatus": "Failed"})
    assert states() == {"Delivered": "waiting", "Failed": "waiting"}
    with transaction(shop.id) as session:
        sending.dispatch(session, claimed)
        sending.record(session, claimed, Accepted((f"id-{claimed.messages[0].id}",)))
    clock.shift(timedelta(minutes=16))
    with system_transaction() as session:
        delivery.apply_stored(session)
    assert made.statuses() == ["delivered"]
    assert states() == {"Delivered": "applied", "Failed": "parked"}


def test_a_late_receipt_is_noted_and_moves_no_money(shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, 1)
    send()
    tell(receipt(made, "Failed"))
    tell(receipt(made, "Delivered"))
    assert made.statuses() == ["delivered"]
    assert made.events() == ["late_receipt"]
    assert made.credits() == wallet.Balance(999, 0, 999)


def test_a_reference_that_contradicts_the_id_is_not_believed(shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, 1)
    send()
    tell(receipt(made, "Delivered", messageId="another"))
    assert made.statuses() == ["sent"]


def test_other_parts_at_the_provider_are_noted_once_and_move_no_money(shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, 3)
    send()
    first, second, third = made.messages()
    paid = balance(shop)
    parts = {first.id: first.parts + 2, second.id: second.parts, third.id: "many"}
    for status in ("Sent", "Delivered", "Delivered"):
        tell(*({"messageId": f"id-{n}", "deliveryStatus": status, "messageParts": p}
               for n, p in parts.items()))  # fmt: skip
    with transaction(shop.id) as session:
        rows = [message_log.get(session, shop.id, m.id) for m in made.messages()]
        differing = stats.stats(session, shop.id, rows[0].campaign_id or 0).other_parts
    noted = [[step.note for step in row.history if step.status == "parts_differ"] for row in rows]
    assert noted == [[str(first.parts + 2)], [], []]
    assert differing == 1
    assert [(row.parts, row.credits) for row in rows] == [
        (m.parts, m.credits) for m in made.messages()
    ]
    assert balance(shop) == paid


def balance(shop: ShopUnderTest) -> wallet.Balance:
    with transaction(shop.id) as session:
        return wallet.balance(session, shop.id)


def test_one_id_for_two_messages_names_neither_and_stops_nothing(shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, 3)
    send(Unknown("no answer"))
    rows: list[Any] = made.messages()
    tell(
        {"messageId": "twice", "reference": rows[0].tracking_id, "status": "Delivered"},
        {"messageId": "twice", "reference": rows[1].tracking_id, "status": "Delivered"},
        {"messageId": "own", "reference": rows[2].tracking_id, "status": "Delivered"},
    )
    assert sorted(made.statuses()) == ["delivered", "delivered", "unknown"]
    assert made.statuses()[2] == "delivered"
    tell({"messageId": "twice", "reference": rows[1].tracking_id, "status": "Failed"})
    assert made.credits() == wallet.Balance(998, 1, 997)


def test_an_event_that_cannot_be_applied_is_parked_and_stops_no_other(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    broken, sound = (outbox.campaign(shop.id, 1, first=n) for n, shop in enumerate(two_shops))
    send(Unknown("no answer")), send(Unknown("no answer"))
    # Money that does not add up: the doubtful message cannot be paid for.
    broken.change("DELETE FROM credit_reservation WHERE shop_id = :s", s=broken.shop_id)
    store([receipt(broken, "Delivered"), receipt(sound, "Failed")])
    apply_webhook_events()
    assert (broken.statuses(), sound.statuses()) == (["unknown"], ["failed"])
    assert states() == {"Delivered": "parked", "Failed": "applied"}
    broken.change("UPDATE message SET billing_status = 'none' WHERE shop_id = :s", s=broken.shop_id)
    broken.change("UPDATE wallet SET reserved = 0 WHERE shop_id = :s", s=broken.shop_id)
