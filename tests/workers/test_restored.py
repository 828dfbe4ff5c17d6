"""What a restored backup has as waiting: nobody knows whether it went out since."""

from datetime import date, timedelta

from astronote import clock
from astronote.db import system_transaction
from astronote.services import claiming, restored
from astronote.services.automations import BIRTHDAY
from tests.support import outbox
from tests.support.automating import NOON, at, change, messages
from tests.support.campaigns import make, read
from tests.support.people import add_contact
from tests.support.shops import ShopUnderTest
from tests.support.simulator import Simulator
from workers import automations, campaigns, send_loop


def test_what_was_waiting_is_not_sent(shop: ShopUnderTest, provider: Simulator) -> None:
    under_way, single = outbox.campaign(shop.id, 4, batch=2), outbox.single(shop.id)
    with system_transaction() as session:
        held = restored.hold_back(session, clock.now())

    send_loop.run(seconds=60)

    assert held == restored.HeldBack(paused=1, missed=0, skipped=1, wishes=0)
    assert provider.messages() == []
    assert under_way.campaign().status == "paused"
    assert single.statuses() == ["skipped"]
    assert single.credits().reserved == 4


def test_what_a_worker_had_in_hand_is_in_doubt(shop: ShopUnderTest, provider: Simulator) -> None:
    under_way = outbox.campaign(shop.id, 4, batch=2)
    with system_transaction() as session:
        claiming.claim(session, at_most=2)
    with system_transaction() as session:
        restored.hold_back(session, clock.now())

    clock.shift(timedelta(minutes=3))
    campaigns.settle_stale_claims()

    assert sorted(under_way.statuses()) == ["queued", "queued", "unknown", "unknown"]


def test_todays_birthday_wishes_have_probably_gone_out(shop: ShopUnderTest) -> None:
    at(NOON)
    change(shop, BIRTHDAY, is_active=True)
    person = add_contact(shop.id, birthday=date(1980, NOON.month, NOON.day))
    with system_transaction() as session:
        restored.hold_back(session, clock.now() - timedelta(hours=8))

    automations.process_birthdays()
    assert messages(shop) == []

    at(NOON.replace(year=NOON.year + 1))
    automations.process_birthdays()
    assert [m["contact_id"] for m in messages(shop)] == [person]


def test_a_campaign_due_since_the_backup_asks(shop: ShopUnderTest) -> None:
    due, later = make(shop, "Due"), make(shop, "Later")
    now = clock.now()
    with system_transaction() as session:
        for campaign_id, at in ((due, now - timedelta(minutes=5)), (later, now + timedelta(1))):
            session.connection().exec_driver_sql(
                "UPDATE campaign SET status = 'scheduled', scheduled_at = %s WHERE id = %s",
                (at, campaign_id),
            )
        held = restored.hold_back(session, now - timedelta(hours=1))

    assert held.missed == 1
    assert [read(shop, c).status for c in (due, later)] == ["missed", "scheduled"]
