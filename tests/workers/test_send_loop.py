"""One batch's way to the provider, and what every answer of the provider makes of it."""

from astronote.services import wallet
from tests.support import outbox
from tests.support.shops import ShopUnderTest
from tests.support.simulator import Simulator
from workers import send_loop
from workers.send_loop import After


def test_a_campaign_is_sent_once_paid_and_completed(
    shop: ShopUnderTest, provider: Simulator
) -> None:
    made = outbox.campaign(shop.id, 5, batch=2)

    ended = send_loop.run()

    assert (ended.why, ended.batches) == (After.NOTHING_WAITS, 3)
    accepted = provider.messages()
    rows = made.messages()
    assert sorted(m["destination"] for m in accepted) == [r.phone for r in rows]
    assert {m["reference"] for m in accepted} == {r.tracking_id for r in rows}
    assert {m["messageId"] for m in accepted} == {r.provider_message_id for r in rows}
    assert made.statuses() == ["sent"] * 5
    assert all(r.sent_at and r.dispatched_at and r.claimed_at for r in rows)
    assert made.campaign().status == "completed"
    assert made.credits() == wallet.Balance(995, 0, 995)
    assert [b.unresolved for b in made.batches()] == [2, 2, 1]
    assert send_loop.run().batches == 0
    assert len(provider.messages()) == 5
