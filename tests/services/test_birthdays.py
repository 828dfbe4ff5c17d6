"""Birthday wishes: whose day it is, at which hour, once."""

import threading
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.errors import PaymentRequired
from astronote.services import automation_stats, automations, birthdays, shops, wallet
from astronote.services.automations import BIRTHDAY
from tests.support.messages import rows
from tests.support.people import add_contact
from tests.support.shops import ShopUnderTest
from workers import automations as actors

ATHENS = ZoneInfo("Europe/Athens")


def at(*local: int, zone: ZoneInfo = ATHENS) -> None:
    """Set the clock to a local moment."""
    clock.shift(datetime(*local, tzinfo=zone) - datetime.now(UTC))  # type: ignore[arg-type, misc]


def switch_on(shop: ShopUnderTest, **changes: Any) -> None:
    with transaction(shop.id) as session:
        automations.change(session, shop.id, BIRTHDAY, {"is_active": True, **changes})


def settings_of(shop: ShopUnderTest, **changes: Any) -> None:
    with transaction(shop.id) as session:
        shops.change(session, shop.id, shop.owner, changes)


def due() -> list[int]:
    with system_transaction() as session:
        return birthdays.due(session)


def wished(shop: ShopUnderTest) -> list[int]:
    return [message["contact_id"] for message in rows(shop, "message")]


def test_wishes_go_out_once_at_the_shops_hour_to_those_whose_day_it_is(
    shop: ShopUnderTest,
) -> None:
    at(2027, 3, 9, 12, 0)
    switch_on(shop, send_hour=11, message_body="Dear {{first_name}}")
    today = add_contact(shop.id, birthday=date(1980, 3, 10), first_name="Anna")
    add_contact(shop.id, birthday=date(1980, 3, 11))
    add_contact(shop.id, birthday=date(1980, 10, 3))
    add_contact(shop.id)
    at(2027, 3, 10, 10, 59)
    actors.process_birthdays()
    assert wished(shop) == []
    at(2027, 3, 10, 11, 0)
    actors.process_birthdays()
    assert wished(shop) == [today]
    [message] = rows(shop, "message")
    assert (message["kind"], message["occasion"]) == ("birthday", "2027")
    assert message["text"].startswith("Dear Anna\n")
    assert due() == []
    actors.process_birthdays()
    assert wished(shop) == [today]
    at(2028, 3, 10, 11, 15)
    actors.process_birthdays()
    assert wished(shop) == [today, today]


@pytest.mark.parametrize(
    ("today", "count"),
    [
        ((2027, 2, 27), 0),
        ((2027, 2, 28), 1),
        ((2027, 3, 1), 0),
        ((2028, 2, 28), 0),
        ((2028, 2, 29), 1),
        ((2028, 3, 1), 0),
    ],
)
def test_29_february_falls_on_the_28th_in_other_years(
    shop: ShopUnderTest, today: tuple[int, int, int], count: int
) -> None:
    at(*today, 10, 5)
    switch_on(shop)
    add_contact(shop.id, birthday=date(1996, 2, 29))
    actors.process_birthdays()
    assert len(wished(shop)) == count


def test_a_day_begins_at_the_shops_own_midnight(new_shop: Any) -> None:
    tokyo = new_shop(timezone="Asia/Tokyo")
    settings_of(tokyo, quiet_hours=None)
    switch_on(tokyo, send_hour=0)
    tomorrow = add_contact(tokyo.id, birthday=date(1970, 6, 2))
    # Still the 1st in Greece and in UTC.
    at(2027, 6, 1, 23, 59, zone=ZoneInfo("Asia/Tokyo"))
    actors.process_birthdays()
    assert wished(tokyo) == []
    at(2027, 6, 2, 0, 0, zone=ZoneInfo("Asia/Tokyo"))
    actors.process_birthdays()
    assert wished(tokyo) == [tomorrow]


def test_an_hour_that_daylight_saving_skips_comes_an_hour_later(shop: ShopUnderTest) -> None:
    settings_of(shop, quiet_hours=None)
    switch_on(shop, send_hour=3)
    add_contact(shop.id, birthday=date(1970, 3, 28))
    at(2027, 3, 28, 2, 59)
    assert due() == []
    clock.shift(datetime(2027, 3, 28, 1, 0, tzinfo=UTC) - datetime.now(UTC))
    assert due() == [shop.id]


def test_a_run_that_died_is_made_later_the_same_day(shop: ShopUnderTest) -> None:
    at(2027, 3, 10, 10, 0)
    switch_on(shop)
    add_contact(shop.id, birthday=date(1980, 3, 10))
    with pytest.raises(RuntimeError), transaction(shop.id) as session:
        assert birthdays.greet(session, shop.id) == 1
        raise RuntimeError
    at(2027, 3, 10, 17, 45)
    actors.process_birthdays()
    assert len(wished(shop)) == 1
    at(2027, 3, 11, 10, 0)
    actors.process_birthdays()
    assert len(wished(shop)) == 1


def test_two_workers_make_one_run(shop: ShopUnderTest) -> None:
    at(2027, 3, 10, 10, 0)
    switch_on(shop)
    for _ in range(3):
        add_contact(shop.id, birthday=date(1980, 3, 10))
    both = [threading.Thread(target=actors.process_birthdays) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(wished(shop)) == 3


def test_moving_the_hour_on_the_day_wishes_nobody_twice(shop: ShopUnderTest) -> None:
    at(2027, 3, 10, 10, 0)
    switch_on(shop)
    first = add_contact(shop.id, birthday=date(1980, 3, 10))
    actors.process_birthdays()
    switch_on(shop, send_hour=12)
    second = add_contact(shop.id, birthday=date(1990, 3, 10))
    at(2027, 3, 10, 12, 0)
    actors.process_birthdays()
    assert wished(shop) == [first, second]


def test_only_who_may_be_written_to_is_wished(shop: ShopUnderTest) -> None:
    at(2027, 3, 10, 10, 0)
    switch_on(shop)
    add_contact(shop.id, birthday=date(1980, 3, 10), subscribed=False)
    add_contact(shop.id, birthday=date(2010, 3, 10))
    grown_up = add_contact(shop.id, birthday=date(2009, 3, 10))
    actors.process_birthdays()
    assert wished(shop) == [grown_up]


def test_switched_off_nobody_is_wished(shop: ShopUnderTest) -> None:
    at(2027, 3, 10, 10, 0)
    switch_on(shop)
    switch_on(shop, is_active=False)
    add_contact(shop.id, birthday=date(1980, 3, 10))
    assert due() == []
    with transaction(shop.id) as session:
        assert birthdays.greet(session, shop.id) == 0


def test_a_shop_without_credits_is_tried_again_and_keeps_no_other_waiting(
    new_shop: Any,
) -> None:
    at(2027, 3, 10, 10, 0)
    poor, rich = new_shop(credits=0), new_shop()
    for shop in (poor, rich):
        switch_on(shop)
        add_contact(shop.id, birthday=date(1980, 3, 10))
    with pytest.raises(PaymentRequired), transaction(poor.id) as session:
        birthdays.greet(session, poor.id)
    actors.process_birthdays()
    assert (len(wished(poor)), len(wished(rich))) == (0, 1)
    with transaction(poor.id) as session:
        wallet.grant(session, poor.id, 5, kind="grant", settles="more")
    at(2027, 3, 10, 10, 15)
    actors.process_birthdays()
    assert len(wished(poor)) == 1


def test_quiet_hours_set_later_hold_the_wishes(shop: ShopUnderTest) -> None:
    at(2027, 3, 10, 10, 0)
    switch_on(shop)
    settings_of(shop, quiet_hours=shops.QuietHours(time(9), time(11)))
    add_contact(shop.id, birthday=date(1980, 3, 10))
    actors.process_birthdays()
    [batch] = rows(shop, "message_batch")
    assert batch["not_before"] == datetime(2027, 3, 10, 11, 0, tzinfo=ATHENS)


def test_figures_count_what_came_of_it_by_the_shops_days(shop: ShopUnderTest) -> None:
    at(2027, 3, 10, 10, 0)
    with transaction(shop.id) as session:
        empty = automation_stats.stats(session, shop.id, BIRTHDAY)
    assert (empty.sent, empty.conversion_rate, len(empty.last30_days)) == (0, 0.0, 30)
    switch_on(shop)
    for _ in range(4):
        add_contact(shop.id, birthday=date(1980, 3, 10))
    actors.process_birthdays()
    ids = [message["id"] for message in rows(shop, "message")]
    with transaction(shop.id) as session:
        _pretend(session, shop.id, ids)
    with transaction(shop.id) as session:
        found = automation_stats.stats(session, shop.id, BIRTHDAY)
    assert (found.sent, found.delivered, found.failed) == (3, 2, 2)
    assert (found.conversions, found.unsubscribes, found.conversion_rate) == (1, 1, 0.3333)
    assert [day.date for day in found.last30_days][-1] == date(2027, 3, 10)
    assert found.last30_days[-1] == automation_stats.Day(date(2027, 3, 10), 3, 1)
    assert found.last30_days[0] == automation_stats.Day(date(2027, 2, 9), 0, 0)


def _pretend(session: Any, shop_id: int, ids: list[int]) -> None:
    """Two delivered, one failed after it was accepted, one refused; one redeemed, one left."""
    import sqlalchemy as sa

    now = clock.now()
    for number, message_id in enumerate(ids):
        status = "delivered" if number < 2 else "failed"
        sent_at = now if number < 3 else None
        session.execute(
            sa.text(
                "UPDATE message SET status = :status, sent_at = :sent, billing_status = 'none'"
                " WHERE id = :id"
            ),
            {"status": status, "sent": sent_at, "id": message_id},
        )
    wallet.settle(
        session,
        shop_id,
        batch_id=rows_batch(session, ids[0]),
        release=4,
        settles="test",
    )
    automation_id = session.execute(
        sa.text("SELECT automation_id FROM message WHERE id = :id"), {"id": ids[0]}
    ).scalar_one()
    session.execute(
        sa.text(
            "INSERT INTO redemption (shop_id, message_id, automation_id, sequence, at, by)"
            " VALUES (:shop, :id, :automation, 1, :now, 'staff')"
        ),
        {"shop": shop_id, "id": ids[0], "automation": automation_id, "now": now},
    )
    session.execute(
        sa.text(
            "INSERT INTO consent_event (shop_id, contact_id, phone_hash, at, action, source,"
            " actor, legal_basis, text, text_version, message_id)"
            " VALUES (:shop, 1, 'x', :now, 'opted_out', 'unsubscribe_link', 'person', 'consent',"
            " '', '', :id)"
        ),
        {"shop": shop_id, "id": ids[1], "now": now},
    )


def rows_batch(session: Any, message_id: int) -> int:
    import sqlalchemy as sa

    found = session.execute(
        sa.text("SELECT batch_id FROM message WHERE id = :id"), {"id": message_id}
    )
    return int(found.scalar_one())
