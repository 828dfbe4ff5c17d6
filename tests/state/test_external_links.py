"""The question before sending, where another shortener is chosen."""

import pytest
import sqlalchemy as sa

from astronote.db import transaction
from astronote.state.campaigns_send import SendState
from tests.support.campaigns import make, on_page
from tests.support.events import Answer, Tab
from tests.support.people import add_contact
from tests.support.shops import ShopUnderTest
from tests.support.shortener import bitly_chosen

SEND = SendState.get_full_name()


def test_the_question_shows_the_links_that_are_then_sent(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_contact(shop.id)
    made = make(shop, message_text="Look: https://example.com/a")

    async def send(tab: Tab) -> Answer:
        question = await tab.send(f"{SEND}.ask", {"campaign_id": made, "how": "now"})
        await tab.send(f"{SEND}.confirm")
        return question

    with bitly_chosen(monkeypatch) as bitly:
        question: Answer = on_page(shop, f"/app/campaigns/{made}", send, step="review")
    shown = question.var("sample", SendState)
    with transaction(shop.id) as session:
        (sent,) = session.execute(sa.text("SELECT text FROM message")).scalars()
    assert shown.startswith("Look: https://bit.ly/Ab1\n") and len(shown) == len(sent)
    assert sent.startswith("Look: https://bit.ly/Ab1\n")
    assert bitly.calls == 1
