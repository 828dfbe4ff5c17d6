"""A campaign that stops by itself says so: on its page, on the dashboard, and by e-mail."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.integrations import mitto
from astronote.services import dashboard, launching
from astronote.settings import settings
from astronote.state.campaigns_detail import CampaignState
from tests.support import outbox
from tests.support.campaigns import on_page
from tests.support.canned import canned_provider
from tests.support.mailbox import Mailbox
from tests.support.outbox import Outbox
from tests.support.ports import free_port
from tests.support.shops import ShopUnderTest
from tests.support.simulator import Simulator
from workers import campaigns, notices, send_loop

PAGE = CampaignState.get_full_name()


@pytest.fixture
def refused(shop: ShopUnderTest, provider: Simulator, valkey: redis.Redis) -> Iterator[Outbox]:
    """A campaign whose provider did not take our key."""
    made = outbox.campaign(shop.id, 2)
    with canned_provider() as strict, pytest.MonkeyPatch.context() as patch:
        strict.status = 401
        patch.setenv("MITTO_API_BASE", strict.url)
        settings.cache_clear()
        mitto.close()
        send_loop.run(seconds=60)
    settings.cache_clear()
    mitto.close()
    assert made.campaign().status == "paused"
    yield made


def test_a_refused_key_is_told_where_the_owner_looks(refused: Outbox, shop: ShopUnderTest) -> None:
    reason = str(refused.campaign().status_reason)
    assert "does not accept our access key" in reason

    async def load(tab):
        return await tab.send(f"{PAGE}.load")

    page = on_page(shop, f"/app/campaigns/{refused.campaign_id}", load)
    assert page.var("stopped") == reason
    with transaction(shop.id) as session:
        attention = dashboard.figures(session, shop.id).attention
    assert any("/app/campaigns" in item.href for item in attention)


def test_each_owner_gets_one_letter_in_his_language(mailbox: Mailbox, refused: Outbox) -> None:
    refused.change("UPDATE campaign SET name = 'Easter' || chr(10) || 'Bcc: all@example.com'")
    notices.tell_owners()
    notices.tell_owners()
    (letter,) = mailbox.letters
    assert "Easter Bcc: all@example.com" in letter["subject"] and letter["bcc"] is None
    assert "access key" in letter.get_content()
    assert f"/app/campaigns/{refused.campaign_id}" in letter.get_content()

    with system_transaction() as session:
        session.execute(sa.text("UPDATE user_account SET locale = 'el'"))
    refused.change("UPDATE subscription SET status = 'past_due'")
    refused.change("UPDATE campaign SET status = 'sending'")
    clock.shift(timedelta(minutes=5))
    send_loop.run(seconds=60)
    notices.tell_owners()
    _, greek = mailbox.letters
    assert "σταμάτησε" in greek["subject"]
    assert "πληρωμή" in greek.get_content()


def test_a_mail_server_that_is_away_is_asked_again(
    mailbox: Mailbox, refused: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{free_port()}")
    settings.cache_clear()
    notices.tell_owners()
    monkeypatch.setenv("SMTP_URL", mailbox.url)
    settings.cache_clear()
    notices.tell_owners()
    assert len(mailbox.letters) == 1


def test_what_an_owner_paused_is_no_news(mailbox: Mailbox, shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, 1)
    with transaction(shop.id) as session:
        launching.pause(session, shop.id, made.campaign_id or 0)
    notices.tell_owners()
    assert mailbox.letters == []


def test_a_schedule_that_was_missed_is_told(mailbox: Mailbox, shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, 1)
    made.change(
        "UPDATE campaign SET status = 'scheduled', scheduled_at = :at",
        at=clock.now() - timedelta(hours=3),
    )
    campaigns.start_due_campaigns()
    assert made.campaign().status == "missed"
    notices.tell_owners()
    assert "not sent at its time" in mailbox.letters[0].get_content()
