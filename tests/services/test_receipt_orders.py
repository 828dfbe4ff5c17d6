"""All orders and repetitions of the same receipts end in the same state."""

from itertools import pairwise

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from astronote.db import system_transaction, transaction
from astronote.integrations.mitto_results import Accepted, Unknown
from astronote.services import claiming, invariants, sending, wallet
from astronote.services.claiming import Claimed
from tests.support import outbox
from tests.support.cluster import WorkerDatabase
from tests.support.outbox import Outbox
from tests.support.receipts import FOR_A_MACHINE, WORDS, tell
from tests.support.shops import make_shop
from tests.support.sizes import FULL


@hypothesis_settings(FOR_A_MACHINE, max_examples=300 if FULL else 12)
@given(
    was=st.sampled_from(("sent", "unknown")),
    words=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(WORDS)), max_size=12),
    cuts=st.lists(st.integers(0, 12), max_size=4),
)
def end_alike(was: str, words: list[tuple[int, str]], cuts: list[int]) -> None:
    made = outbox.campaign(make_shop(credits=3).id, 3)
    with system_transaction() as session:
        claimed = claiming.claim(session, at_most=3)
    assert isinstance(claimed, Claimed)
    answer = Accepted(tuple(f"id-{m.id}" for m in claimed.messages))
    with transaction(claimed.shop_id) as session:
        sending.dispatch(session, claimed)
        sending.record(session, claimed, answer if was == "sent" else Unknown("No answer."))
    receipts = [
        {"messageId": answer.ids[n], "reference": claimed.messages[n].reference, "status": word}
        for n, word in words
    ]
    # In portions cut anywhere, the last of which says everything once more.
    edges = sorted({0, len(receipts), *(min(cut, len(receipts)) for cut in cuts)})
    for start, end in pairwise(edges):
        tell(receipts[start:end])
    tell([receipt | {"again": True} for receipt in receipts])

    expected = [strongest(was, [word for m, word in words if m == n]) for n in range(3)]
    assert made.statuses() == expected
    paid = 3 - expected.count("unknown")
    assert made.credits() == wallet.Balance(3 - paid, 3 - paid, 0)
    ended = sum(status in ("delivered", "failed") for status in expected)
    assert made.batches()[0].unresolved == 3 - ended
    with system_transaction() as session:
        assert invariants.check(session) == []
    finish(made)


def strongest(was: str, words: list[str]) -> str:
    """What a message ends as that was so and of which these words were said, in any order."""
    if "Delivered" in words:
        return "delivered"
    if {"Failed", "Expired"} & set(words):
        return "failed"
    return "sent" if was == "sent" or {"Accepted", "Buffered"} & set(words) else "unknown"


def finish(made: Outbox) -> None:
    """Take the campaign out of the next example's way."""
    with transaction(made.shop_id) as session:
        sending.finish_campaign(session, made.shop_id, made.campaign_id or 0)


def test_all_orders_and_repetitions_of_receipts_end_alike(database: WorkerDatabase) -> None:
    end_alike()
