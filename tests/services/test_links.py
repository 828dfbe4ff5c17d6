"""The rows of free URLs."""

import threading

import pytest

from astronote.db import transaction
from astronote.errors import Invalid
from astronote.services import links
from tests.support.messages import add_campaign, rows
from tests.support.shops import ShopUnderTest


def test_the_same_url_is_shortened_once_however_it_is_written(shop: ShopUnderTest) -> None:
    campaign = add_campaign(shop)
    with transaction(shop.id) as session:
        first = links.shorten(session, shop.id, campaign, ["https://x.gr/a", "https://x.gr/b"])
    with transaction(shop.id) as session:
        again = links.shorten(
            session, shop.id, campaign, ["https://x.gr/c", "HTTPS://X.gr:443/a", "https://x.gr/b"]
        )
    assert first == {"https://x.gr/a": 1, "https://x.gr/b": 2}
    assert again == {"https://x.gr/c": 3, "HTTPS://X.gr:443/a": 1, "https://x.gr/b": 2}
    kept = rows(shop, "short_link")
    assert [row["ordinal"] for row in kept] == [1, 2, 3]
    assert {row["kind"] for row in kept} == {"custom"}
    assert kept[0]["original_url"] == "https://x.gr/a"
    assert len({row["short_code"] for row in kept}) == 3


def test_campaigns_and_shops_do_not_share_links(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    for shop in two_shops:
        for campaign in (add_campaign(shop), add_campaign(shop), None):
            with transaction(shop.id) as session:
                assert links.shorten(session, shop.id, campaign, ["https://x.gr"]) == {
                    "https://x.gr": 1
                }
        assert len(rows(shop, "short_link")) == 3


def test_ordinals_stay_apart_when_several_shorten_at_once(shop: ShopUnderTest) -> None:
    campaign = add_campaign(shop)
    start = threading.Barrier(6)

    def shorten(number: int) -> None:
        start.wait()
        with transaction(shop.id) as session:
            links.shorten(
                session, shop.id, campaign, ["https://x.gr/same", f"https://x.gr/{number}"]
            )

    threads = [threading.Thread(target=shorten, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row["ordinal"] for row in rows(shop, "short_link")] == list(range(1, 8))


def test_a_refused_url_shortens_nothing(shop: ShopUnderTest) -> None:
    with transaction(shop.id) as session, pytest.raises(Invalid):
        links.shorten(session, shop.id, None, ["https://x.gr", "http://10.0.0.1"])
    assert rows(shop, "short_link") == []
