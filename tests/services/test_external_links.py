"""Another shortener's links in the texts, and what is sent where it does not answer."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from astronote import clock
from astronote.cli.environment import Refused, refuse_missing_secrets
from astronote.db import transaction
from astronote.integrations import shorteners
from astronote.services import (
    automations,
    campaigns,
    external_links,
    launching,
    links,
    previewing,
    replies,
    schedule,
    welcomes,
)
from astronote.settings import settings
from tests.support.api import ApiClient
from tests.support.pages import origin
from tests.support.people import add_contact
from tests.support.shops import ShopUnderTest
from tests.support.shortener import Shortener, bitly_chosen
from workers.campaigns import start_due_campaigns

TEXT = "New: https://example.com/a, https://example.com/b and https://EXAMPLE.com/a"


def set_clock(hour: int) -> None:
    """A summer's day of 2027, at an hour of UTC."""
    clock.shift(timedelta())
    clock.shift(datetime(2027, 6, 15, hour, 0, tzinfo=UTC) - clock.now())


@pytest.fixture(autouse=True)
def _noon() -> None:
    set_clock(9)


@pytest.fixture
def bitly(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shortener]:
    """Bitly is chosen, and answers."""
    with bitly_chosen(monkeypatch) as stand_in:
        yield stand_in


def make(shop: ShopUnderTest, text: str = TEXT) -> int:
    with transaction(shop.id) as session:
        made = campaigns.create(session, shop.id, {"name": "June", "message_text": text})
    return made.id


def send(shop: ShopUnderTest, campaign_id: int) -> str:
    external_links.fetch_for_campaign(shop.id, campaign_id)
    with transaction(shop.id) as session:
        launching.enqueue(session, shop.id, campaign_id)
    return texts(shop)[-1]


def texts(shop: ShopUnderTest) -> list[str]:
    return [row.text for row in rows(shop, "SELECT text FROM message ORDER BY id")]


def rows(shop: ShopUnderTest, statement: str) -> list[sa.Row[Any]]:
    with transaction(shop.id) as session:
        return list(session.execute(sa.text(statement)).all())


def test_the_sent_text_holds_the_links_and_they_lead_through_our_own(
    shop: ShopUnderTest, bitly: Shortener
) -> None:
    add_contact(shop.id)
    text = send(shop, make(shop))
    base = settings().public_base
    code = rows(shop, "SELECT short_code FROM message")[0].short_code
    assert "New: https://bit.ly/Ab1, https://bit.ly/Ab2 and https://bit.ly/Ab1\n" in text
    assert f"{base}/o/{code}" in text and text.endswith(f"{base}/s/{code}")
    kept = rows(shop, "SELECT short_code FROM short_link ORDER BY ordinal")
    assert bitly.asked == [f"{base}/s/{row.short_code}" for row in kept]


def test_tinyurl_is_asked_in_its_own_words(
    shop: ShopUnderTest, bitly: Shortener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "shortener", "tinyurl")
    add_contact(shop.id)
    assert "New: https://tinyurl.com/ab1, https://tinyurl.com/ab2" in send(shop, make(shop))


def test_a_click_on_what_the_shortener_was_given_counts_and_leads_on(
    shop: ShopUnderTest, bitly: Shortener
) -> None:
    add_contact(shop.id)
    campaign = make(shop)
    send(shop, campaign)
    with ApiClient(
        origin(), {"User-Agent": "Mozilla/5.0 (Linux; Android 14; Pixel 8) Mobile"}
    ) as site:
        answer = site.get(bitly.asked[0].removeprefix(settings().public_base))
    assert answer.headers["location"] == "https://example.com/a"
    (click,) = rows(shop, "SELECT campaign_id, link, message_id, is_bot FROM link_click")
    assert tuple(click) == (campaign, "free", None, False)
    assert rows(shop, "SELECT click_count FROM short_link WHERE ordinal = 1")[0][0] == 1


def test_a_preview_shows_and_counts_what_will_be_sent(
    shop: ShopUnderTest, bitly: Shortener
) -> None:
    add_contact(shop.id)
    campaign = make(shop, "https://example.com/a " + "x" * 43)
    external_links.fetch_for_campaign(shop.id, campaign)
    with transaction(shop.id) as session:
        (sample,) = previewing.samples(session, shop.id, campaign)
        reached = previewing.reach(session, shop.id, campaign_id=campaign)
    sent = send(shop, campaign)
    (row,) = rows(shop, "SELECT parts, credits FROM message")
    assert (sample.parts, reached.parts, reached.credits) == (row.parts, row.parts, row.credits)
    assert len(sample.text) == len(sent) and sample.text[:70] == sent[:70]


def test_an_address_costs_one_request_however_often_it_is_asked_for(
    shop: ShopUnderTest, bitly: Shortener
) -> None:
    add_contact(shop.id)
    campaign = make(shop)
    for _ in range(3):
        external_links.fetch_for_campaign(shop.id, campaign)
    send(shop, campaign)
    external_links.fetch_for_campaign(shop.id, campaign)
    assert bitly.calls == 2


def test_what_is_refused_keeps_our_link_and_the_rest_does_not(
    shop: ShopUnderTest, bitly: Shortener
) -> None:
    add_contact(shop.id)
    campaign = make(shop)
    with transaction(shop.id) as session:
        assert links.shorten(session, shop.id, campaign, ["https://example.com/a"])
    bitly.refuses = rows(shop, "SELECT short_code FROM short_link")[0].short_code
    text = send(shop, campaign)
    code = rows(shop, "SELECT short_code FROM message")[0].short_code
    assert f"New: {settings().public_base}/s/{code}.1, https://bit.ly/Ab1 and" in text


@pytest.mark.parametrize("how", ["token", "away", "slow", "nonsense", "braces"])
def test_a_shortener_that_does_not_answer_loses_nothing(
    shop: ShopUnderTest, bitly: Shortener, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how == "token":
        monkeypatch.setattr(settings(), "bitly_token", SecretStr("another"))
    elif how == "away":
        monkeypatch.setattr(shorteners, "BITLY", "http://127.0.0.1:9")
    elif how == "slow":
        monkeypatch.setattr(shorteners, "READ_SECONDS", 0.05)
        bitly.hold = threading.Event()
    else:
        bitly.body = {"link": "https://bit.ly/{{first_name}}"} if how == "braces" else {}
    add_contact(shop.id)
    text = send(shop, make(shop))
    code = rows(shop, "SELECT short_code FROM message")[0].short_code
    ours = f"{settings().public_base}/s/{code}"
    assert f"New: {ours}.1, {ours}.2 and {ours}.1\n" in text
    calls = bitly.calls
    external_links.fetch_for_campaign(shop.id, make(shop))
    assert bitly.calls == calls <= 1


def test_an_automation_and_a_reply_use_the_shops_links(
    shop: ShopUnderTest, bitly: Shortener
) -> None:
    person = add_contact(shop.id)
    external_links.fetch_for_automation(shop.id, automations.WELCOME, TEXT)
    with transaction(shop.id) as session:
        changes = {"message_body": TEXT, "is_active": True}
        automations.change(session, shop.id, automations.WELCOME, changes)
    with transaction(shop.id) as session:
        assert welcomes.send_welcome(session, shop.id, person) == "queued"
    external_links.fetch_for_reply(shop.id, "Look: https://example.com/b")
    with transaction(shop.id) as session:
        replies.reply(session, shop.id, person, "Look: https://example.com/b")
    welcome, reply = texts(shop)
    assert "New: https://bit.ly/Ab1, https://bit.ly/Ab2 and" in welcome
    assert "Look: https://bit.ly/Ab2\n" in reply
    assert bitly.calls == 2


def test_the_api_asks_before_it_previews_sends_saves_and_answers(
    shop: ShopUnderTest, shop_api: ApiClient, bitly: Shortener
) -> None:
    person = add_contact(shop.id)
    campaign = make(shop)
    samples = shop_api.get(f"/api/campaigns/{campaign}/preview").json()["samples"]
    assert "New: https://bit.ly/Ab1, https://bit.ly/Ab2" in samples[0]["text"]
    assert shop_api.post(f"/api/campaigns/{campaign}/enqueue").status_code == 202
    other = make(shop, "https://example.com/c")
    assert shop_api.post(f"/api/campaigns/{other}/enqueue").status_code == 202
    body = {"messageBody": "https://example.com/d"}
    assert shop_api.put("/api/automations/welcome_message", json=body).status_code == 200
    reply = shop_api.post(f"/api/inbox/{person}", json={"text": "https://example.com/d"})
    assert reply.json()["text"].startswith("https://bit.ly/Ab4\n")
    assert [text.partition("\n")[0] for text in texts(shop)] == [
        "New: https://bit.ly/Ab1, https://bit.ly/Ab2 and https://bit.ly/Ab1",
        "https://bit.ly/Ab3",
        "https://bit.ly/Ab4",
    ]


def test_a_due_campaign_is_asked_for_first(shop: ShopUnderTest, bitly: Shortener) -> None:
    add_contact(shop.id)
    campaign = make(shop)
    with transaction(shop.id) as session:
        schedule.schedule(session, shop.id, campaign, "2027-06-15T12:30", None)
    set_clock(10)
    start_due_campaigns()
    assert texts(shop)[0].startswith("New: https://bit.ly/Ab1, ")


def test_another_shops_campaign_and_a_bad_text_are_not_asked_for(
    two_shops: tuple[ShopUnderTest, ShopUnderTest], bitly: Shortener
) -> None:
    mine, theirs = two_shops
    external_links.fetch_for_campaign(mine.id, make(theirs))
    external_links.fetch_for_reply(mine.id, "{{nonsense}} https://example.com/a")
    external_links.fetch_for_reply(mine.id, "http://127.0.0.1/")
    assert (bitly.calls, rows(mine, "SELECT id FROM short_link")) == (0, [])


def test_our_own_shortener_asks_nobody_and_forgets_what_others_gave(
    shop: ShopUnderTest, bitly: Shortener, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_contact(shop.id)
    campaign = make(shop)
    external_links.fetch_for_campaign(shop.id, campaign)
    monkeypatch.setattr(settings(), "shortener", "custom")
    assert "bit.ly" not in send(shop, campaign)
    assert bitly.calls == 2


def test_a_shortener_without_its_token_is_refused_at_the_start(
    bitly: Shortener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "bitly_token", SecretStr(" "))
    with pytest.raises(Refused, match="SHORTENER is bitly, so BITLY_TOKEN must be set too"):
        refuse_missing_secrets()
