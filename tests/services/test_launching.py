"""Starting, holding and ending a campaign's run."""

import itertools
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.errors import Conflict, Invalid, NotFound, PaymentRequired
from astronote.services import campaigns, launching, links, schedule, shops, wallet
from astronote.settings import settings
from tests.support.people import add_contact, add_contacts
from tests.support.shops import ShopUnderTest

AWAKE = datetime(2027, 6, 15, 9, 0, tzinfo=UTC)
"""Noon in Athens."""
ASLEEP = datetime(2027, 6, 15, 20, 0, tzinfo=UTC)
"""23:00 in Athens."""


@pytest.fixture(autouse=True)
def _noon() -> None:
    set_clock(AWAKE)


def set_clock(moment: datetime) -> None:
    clock.shift(timedelta())
    clock.shift(moment - clock.now())


def make(shop: ShopUnderTest, text: str = "Hello {{first_name|there}}", **changes: Any) -> int:
    with transaction(shop.id) as session:
        made = campaigns.create(session, shop.id, {"name": "June", "message_text": text, **changes})
    return made.id


def enqueue(shop: ShopUnderTest, campaign_id: int) -> launching.Enqueued:
    with transaction(shop.id) as session:
        return launching.enqueue(session, shop.id, campaign_id)


def read(shop: ShopUnderTest, campaign_id: int) -> campaigns.CampaignRow:
    with transaction(shop.id) as session:
        return campaigns.get(session, shop.id, campaign_id)


def rows(shop: ShopUnderTest, statement: str) -> list[sa.Row[Any]]:
    with transaction(shop.id) as session:
        return list(session.execute(sa.text(statement)).all())


def change_shop(shop: ShopUnderTest, **changes: Any) -> None:
    with transaction(shop.id) as session:
        shops.change(session, shop.id, shop.owner, changes)


def test_each_recipient_gets_a_text_of_their_own_with_exact_links(shop: ShopUnderTest) -> None:
    change_shop(shop, offer_label="Claim Offer:", unsubscribe_label="To unsubscribe, tap:")
    add_contact(shop.id, first_name="Maria")
    add_contact(shop.id)
    add_contact(shop.id, first_name="Nick", subscribed=False)
    text = (
        "Hi {{first_name|friend}}, look: https://example.com/spring and "
        "https://example.com/summer.\nClaim Offer: https://old.example/o/abc\n"
        "To unsubscribe, tap: https://old.example/s/abc"
    )
    started = enqueue(shop, make(shop, text))
    assert (started.recipients, started.credits_reserved, started.status) == (2, 2, "sending")
    base = settings().public_base
    found = rows(shop, "SELECT * FROM message ORDER BY contact_id")
    for row, name in zip(found, ("Maria", "friend"), strict=True):
        code = row.short_code
        assert row.text == (
            f"Hi {name}, look: {base}/s/{code}.1 and {base}/s/{code}.2.\n"
            f"Claim Offer: {base}/o/{code}\n"
            f"To unsubscribe, tap: {base}/s/{code}"
        )
        assert len(code) == settings().short_code_length
        assert (row.kind, row.purpose, row.status) == ("campaign", "marketing", "queued")
        assert (row.credits, row.encoding, row.billing_status) == (1, "GSM-7", "reserved")
    assert len({row.tracking_id for row in found} | {row.short_code for row in found}) == 4
    urls = rows(shop, "SELECT ordinal, original_url FROM short_link ORDER BY ordinal")
    assert [tuple(url) for url in urls] == [
        (1, "https://example.com/spring"),
        (2, "https://example.com/summer"),
    ]


def test_without_an_offer_there_is_one_line(shop: ShopUnderTest) -> None:
    add_contact(shop.id)
    enqueue(shop, make(shop, "Hello", offer={"enabled": False}))
    (row,) = rows(shop, "SELECT text, short_code FROM message")
    label = read_shop(shop).unsubscribe_label
    assert row.text == f"Hello\n{label} {links.unsubscribe_url(row.short_code)}"


def read_shop(shop: ShopUnderTest) -> shops.ShopRow:
    with transaction(shop.id) as session:
        return shops.get(session, shop.id)


def test_batches_are_contiguous_and_full(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "sms_batch_size", 3)
    add_contacts(shop.id, 8)
    enqueue(shop, make(shop))
    found = rows(
        shop,
        "SELECT b.size, count(*) AS n, min(m.id) AS low, max(m.id) AS high"
        " FROM message_batch b JOIN message m ON m.batch_id = b.id GROUP BY b.id ORDER BY b.id",
    )
    assert [(row.size, row.n) for row in found] == [(3, 3), (3, 3), (2, 2)]
    assert all(a.high < b.low for a, b in itertools.pairwise(found))


def test_two_at_once_start_one_run(shop: ShopUnderTest) -> None:
    add_contacts(shop.id, 30)
    campaign_id = make(shop)
    outcomes: list[str] = []
    together = threading.Barrier(4)

    def start() -> None:
        together.wait()
        try:
            enqueue(shop, campaign_id)
            outcomes.append("started")
        except Conflict as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["already_enqueued"] * 3 + ["started"]
    assert rows(shop, "SELECT count(*) FROM message")[0][0] == 30
    assert balance(shop).reserved == 30


def balance(shop: ShopUnderTest) -> wallet.Balance:
    with transaction(shop.id) as session:
        return wallet.balance(session, shop.id)


def test_too_few_credits_leave_everything_as_it_was(new_shop: Any) -> None:
    poor = new_shop(credits=2)
    add_contacts(poor.id, 3)
    campaign_id = make(poor)
    with pytest.raises(PaymentRequired) as refusal:
        enqueue(poor, campaign_id)
    assert refusal.value.code == "insufficient_credits"
    assert refusal.value.extra == {"required": 3, "available": 2}
    assert read(poor, campaign_id).status == "draft"
    assert rows(poor, "SELECT count(*) FROM message")[0][0] == 0


def test_credits_by_part_count_every_segment(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "credit_unit", "part")
    add_contacts(shop.id, 2)
    started = enqueue(shop, make(shop, "x" * 300))
    (row,) = rows(shop, "SELECT DISTINCT parts, credits FROM message")
    assert row.parts == row.credits == 3
    assert started.credits_reserved == 6


def test_no_subscription_no_run(new_shop: Any) -> None:
    inactive = new_shop(active=False)
    add_contact(inactive.id)
    with pytest.raises(PaymentRequired) as refusal:
        enqueue(inactive, make(inactive))
    assert refusal.value.code == "subscription_inactive"


@pytest.mark.parametrize(
    ("text", "code"), [("", "empty_message"), ("  \n", "empty_message"), ("Hi", "empty_audience")]
)
def test_nothing_to_say_or_nobody_to_hear(shop: ShopUnderTest, text: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        enqueue(shop, make(shop, text))
    assert refusal.value.code == code


def test_an_unapproved_sender_name_waits_for_the_operator(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "require_sender_approval", True)
    add_contact(shop.id)
    campaign_id = make(shop)
    change_shop(shop, sender_name="MyBank")
    with pytest.raises(Conflict) as refusal:
        enqueue(shop, campaign_id)
    assert refusal.value.code == "sender_not_approved"
    with system_transaction() as session:
        session.execute(sa.text("UPDATE shop SET sender_approved_at = now()"))
    assert enqueue(shop, campaign_id).recipients == 1


def test_quiet_hours_hold_the_run_unless_it_ignores_them(shop: ShopUnderTest) -> None:
    add_contact(shop.id)
    set_clock(ASLEEP)
    morning = datetime(2027, 6, 16, 6, 0, tzinfo=UTC)
    held = enqueue(shop, make(shop))
    assert held.held_until == morning
    assert rows(shop, "SELECT not_before FROM message_batch")[0][0] == morning
    urgent = enqueue(shop, make(shop, ignore_quiet_hours=True))
    assert urgent.held_until is None


def test_pause_resume_cancel(shop: ShopUnderTest) -> None:
    add_contacts(shop.id, 4)
    campaign_id = make(shop)
    enqueue(shop, campaign_id)
    with transaction(shop.id) as session:
        assert launching.pause(session, shop.id, campaign_id).status == "paused"
    with transaction(shop.id) as session:
        assert launching.resume(session, shop.id, campaign_id).status == "sending"
    with transaction(shop.id) as session:
        ended = launching.cancel(session, shop.id, campaign_id)
    assert ended.status == "cancelled"
    assert (ended.counts.total, ended.counts.skipped, ended.counts.queued) == (4, 4, 0)
    assert balance(shop) == wallet.Balance(1000, 0, 1000)
    with transaction(shop.id) as session, pytest.raises(Conflict):
        launching.resume(session, shop.id, campaign_id)


def test_what_a_worker_holds_is_not_cancelled_under_its_hands(shop: ShopUnderTest) -> None:
    add_contacts(shop.id, 2)
    campaign_id = make(shop)
    enqueue(shop, campaign_id)
    with transaction(shop.id) as worker:
        worker.execute(sa.text("SELECT id FROM message_batch FOR UPDATE"))
        with transaction(shop.id) as session:
            assert launching.cancel(session, shop.id, campaign_id).counts.queued == 2
    with transaction(shop.id) as session:
        assert launching.skip_waiting(session, shop.id, campaign_id) == 2
    assert balance(shop).reserved == 0


def test_a_due_campaign_starts_and_a_late_one_asks(shop: ShopUnderTest) -> None:
    add_contact(shop.id)
    first, second = make(shop), make(shop)
    for campaign_id in (first, second):
        with transaction(shop.id) as session:
            schedule.schedule(session, shop.id, campaign_id, "2027-06-15T13:00")
    with system_transaction() as session:
        assert launching.due(session, 10) == []
    set_clock(AWAKE + timedelta(hours=1, minutes=1))
    with system_transaction() as session:
        assert launching.due(session, 10) == [(shop.id, first), (shop.id, second)]
    assert start_due(shop, first) == "sending"
    assert start_due(shop, first) == "sending"
    set_clock(AWAKE + timedelta(hours=3, minutes=1))
    assert start_due(shop, second) == "missed"
    assert read(shop, second).status_reason
    assert enqueue(shop, second).status == "sending"


def start_due(shop: ShopUnderTest, campaign_id: int) -> str:
    with transaction(shop.id) as session:
        return launching.start_due(session, shop.id, campaign_id)


def test_what_quiet_hours_held_is_never_missed(shop: ShopUnderTest) -> None:
    add_contact(shop.id)
    campaign_id = make(shop)
    with transaction(shop.id) as session:
        planned = schedule.schedule(session, shop.id, campaign_id, "2027-06-15T22:00")
    assert planned.adjustment == "quiet_hours"
    assert planned.at == datetime(2027, 6, 16, 6, 0, tzinfo=UTC)
    set_clock(datetime(2027, 6, 16, 6, 1, tzinfo=UTC))
    assert start_due(shop, campaign_id) == "sending"


def test_a_due_campaign_that_cannot_start_says_why(shop: ShopUnderTest) -> None:
    campaign_id = make(shop)
    with transaction(shop.id) as session:
        schedule.schedule(session, shop.id, campaign_id, "2027-06-15T13:00")
    set_clock(AWAKE + timedelta(hours=1))
    assert start_due(shop, campaign_id) == "failed"
    failed = read(shop, campaign_id)
    assert failed.status_reason == "Nobody is in this audience."
    add_contact(shop.id)
    assert enqueue(shop, campaign_id).recipients == 1


def test_another_shops_campaign_does_not_exist(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    mine, theirs = two_shops
    campaign_id = make(theirs)
    with pytest.raises(NotFound):
        enqueue(mine, campaign_id)
