"""Clicks by link and day, from the clicks themselves and from what is rolled up."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.models import LinkClick
from astronote.services import link_days, link_stats, links
from tests.support.messages import SentMessage, add_message, rows
from tests.support.shops import ShopUnderTest
from workers import links as actors

ATHENS = ZoneInfo("Europe/Athens")


@pytest.fixture(autouse=True)
def _noon_in_summer() -> None:
    """Far from midnight and from the changes of clocks: days are counted here."""
    clock.shift(datetime(2027, 6, 15, 9, tzinfo=UTC) - clock.now())


def click(
    message: SentMessage,
    at: datetime,
    *,
    link: str = "offer",
    bot: bool = False,
    short_link_id: int | None = None,
) -> None:
    with transaction(message.shop_id) as session:
        session.add(
            LinkClick(
                shop_id=message.shop_id,
                message_id=message.id,
                campaign_id=message.campaign_id,
                link=link,
                at=at,
                is_bot=bot,
                short_link_id=short_link_id,
            )
        )


def seen(shop: ShopUnderTest, **asked: int) -> link_stats.Overview:
    with transaction(shop.id) as session:
        return link_stats.overview(session, shop.id, **({"days": 7} | asked))


def roll(shop: ShopUnderTest) -> int:
    with transaction(shop.id) as session:
        return link_days.roll_up(session, shop.id, "Europe/Athens")


def some_clicks(shop: ShopUnderTest) -> SentMessage:
    """Over four days: people, a program, three kinds of links."""
    message = add_message(shop)
    with transaction(shop.id) as session:
        links.shorten(session, shop.id, message.campaign_id, ["https://x.gr/menu"])
    free = rows(shop, "short_link")[0]["id"]
    noon = clock.now().astimezone(ATHENS).replace(hour=12, minute=0)
    for days in (3, 2, 2, 1):
        click(message, noon - timedelta(days=days))
    click(message, noon - timedelta(days=2), bot=True)
    click(message, noon - timedelta(days=1), link="unsubscribe")
    click(message, noon - timedelta(days=1), link="free", short_link_id=free)
    click(message, clock.now(), link="free", short_link_id=free)
    return message


def test_people_are_counted_apart_from_programs_by_day_and_link(shop: ShopUnderTest) -> None:
    message = some_clicks(shop)
    found = seen(shop)
    assert (found.people, found.programs, found.before) == (7, 1, 0)
    assert [(day.people, day.programs) for day in found.days] == [
        (0, 0),
        (0, 0),
        (0, 0),
        (1, 0),
        (2, 1),
        (3, 0),
        (1, 0),
    ]
    assert [(row.link, row.url, row.people, row.programs) for row in found.links] == [
        ("offer", "", 4, 1),
        ("free", "https://x.gr/menu", 2, 0),
        ("unsubscribe", "", 1, 0),
    ]
    assert {row.campaign for row in found.links} == {"Spring"}
    with transaction(shop.id) as session:
        assert link_stats.clicked_campaigns(session, shop.id, days=7) == [
            (message.campaign_id, "Spring")
        ]


def test_rolling_up_changes_no_figure_and_may_be_repeated(shop: ShopUnderTest) -> None:
    some_clicks(shop)
    before = seen(shop)
    assert roll(shop) > 0
    assert seen(shop) == before
    kept = rows(shop, "link_day")
    assert roll(shop) == 0
    assert rows(shop, "link_day") == kept
    click(add_message(shop), clock.now())
    assert seen(shop).people == before.people + 1
    with system_transaction() as session:
        assert session.execute(link_days.PROOF).all() == []


def test_the_days_are_the_shops_own(shop: ShopUnderTest) -> None:
    message = add_message(shop)
    today = clock.today("Europe/Athens")
    begins = link_days.midnight(today, "Europe/Athens")
    click(message, begins)
    click(message, begins - timedelta(seconds=1))
    assert [(day.day, day.people) for day in seen(shop, days=2).days] == [
        (today - timedelta(days=1), 1),
        (today, 1),
    ]
    clock.shift(datetime(2027, 6, 16, 9, tzinfo=UTC) - datetime.now(UTC))
    roll(shop)
    assert [day.people for day in seen(shop, days=3).days] == [1, 1, 0]


def test_one_campaign_may_be_looked_at_and_what_was_before_is_compared(
    shop: ShopUnderTest,
) -> None:
    one, other = add_message(shop), add_message(shop)
    assert one.campaign_id is not None
    for message, days in ((one, 1), (other, 1), (one, 8), (one, 9)):
        click(message, clock.now() - timedelta(days=days))
    roll(shop)
    found = seen(shop, campaign_id=one.campaign_id)
    assert (found.people, found.before, found.total) == (1, 2, 1)


def test_the_job_rolls_up_every_shop_that_has_clicks(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    for shop in two_shops:
        click(add_message(shop), clock.now() - timedelta(days=2))
    actors.roll_up()
    assert [len(rows(shop, "link_day")) for shop in two_shops] == [1, 1]


def test_clicks_of_another_shop_are_not_seen(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    mine, other = two_shops
    theirs = add_message(other)
    assert theirs.campaign_id is not None
    click(theirs, clock.now())
    roll(other)
    assert seen(mine, campaign_id=theirs.campaign_id).people == 0


@pytest.mark.parametrize("page", [0, 1, 5])
def test_links_come_in_pages(shop: ShopUnderTest, page: int) -> None:
    for number in range(3):
        click(add_message(shop, phone=f"+30691000000{number}"), clock.now())
    found = seen(shop, page=page)
    assert len(found.links) == (3 if page == 0 else 0)
