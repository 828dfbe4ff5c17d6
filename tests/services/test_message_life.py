"""A message's life as a machine: whatever happens in whatever order, nothing goes twice,
nothing is paid twice, and every status follows from the one before."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.errors import Conflict
from astronote.integrations.mitto_results import (
    Accepted,
    NotSent,
    Refused,
    Rejected,
    Result,
    Throttled,
    Unknown,
)
from astronote.services import (
    claiming,
    consent,
    invariants,
    launching,
    look_ups,
    sending,
    stale_claims,
    wallet,
)
from astronote.services.claiming import Claimed
from astronote.services.statuses import message_may
from tests.support import outbox
from tests.support.cluster import WorkerDatabase
from tests.support.receipts import FOR_A_MACHINE, WORDS, tell
from tests.support.shops import make_shop

MESSAGES = 6


@dataclass
class Hand:
    """A worker with a claim, and how far it has got."""

    claimed: Claimed
    dispatched: bool = False
    answer: Result | None = None


@dataclass
class Provider:
    """What the provider has accepted: our message's id to its own."""

    ids: dict[int, str] = field(default_factory=dict)

    def accept(self, claimed: Claimed) -> tuple[str, ...]:
        for message in claimed.messages:
            assert message.id not in self.ids, "a message was sent twice"
            self.ids[message.id] = f"id-{message.id}"
        return tuple(self.ids[message.id] for message in claimed.messages)


class Life(RuleBasedStateMachine):
    """One campaign, several workers, a provider that does anything, and time."""

    def __init__(self) -> None:
        super().__init__()
        clock.shift(timedelta())
        self.passed = timedelta()
        self.shop_id = make_shop(credits=MESSAGES).id
        self.made = outbox.campaign(self.shop_id, MESSAGES, batch=3)
        self.campaign_id = self.made.campaign_id or 0
        self.provider = Provider()
        self.hands: list[Hand] = []
        self.known = self.made.statuses()
        self.told = 0

    # Workers

    @rule(most=st.integers(1, 3))
    def claim(self, most: int) -> None:
        with system_transaction() as session:
            found = claiming.claim(session, at_most=most)
        if isinstance(found, Claimed):
            self.hands.append(Hand(found))

    @precondition(lambda self: self.hands)
    @rule(data=st.data())
    def dispatch(self, data: st.DataObject) -> None:
        hand = data.draw(st.sampled_from(self.hands))
        with transaction(self.shop_id) as session:
            mine = sending.dispatch(session, hand.claimed)
        hand.dispatched = mine
        if not mine:
            hand.answer = hand.answer or NotSent("stale")

    @precondition(lambda self: any(h.dispatched and not h.answer for h in self.hands))
    @rule(data=st.data())
    def post(self, data: st.DataObject) -> None:
        hand = data.draw(st.sampled_from([h for h in self.hands if h.dispatched and not h.answer]))
        what = data.draw(
            st.sampled_from(("all", "all", "lost", "late", "none", "busy", "some", "bad", "key"))
        )
        match what:
            case "all":
                hand.answer = Accepted(self.provider.accept(hand.claimed))
            case "late":
                self.provider.accept(hand.claimed)
                hand.answer = Unknown("It hung up after accepting.")
            case "lost":
                hand.answer = Unknown("It hung up before accepting.")
            case "none":
                hand.answer = NotSent("No connection.")
            case "busy":
                hand.answer = Throttled(1.0)
            case "some":
                hand.answer = Rejected({0: "No."})
            case _:
                hand.answer = Refused("No.", auth=what == "key")

    @precondition(lambda self: any(h.answer for h in self.hands))
    @rule(data=st.data(), twice=st.booleans())
    def record(self, data: st.DataObject, twice: bool) -> None:
        hand = data.draw(st.sampled_from([h for h in self.hands if h.answer]))
        for _ in range(1 + twice):
            with transaction(self.shop_id) as session:
                assert hand.answer is not None
                sending.record(session, hand.claimed, hand.answer)
        self.hands.remove(hand)
        with transaction(self.shop_id) as session:
            sending.finish_campaign(session, self.shop_id, self.campaign_id)

    @precondition(lambda self: self.hands)
    @rule(data=st.data())
    def die(self, data: st.DataObject) -> None:
        self.hands.remove(data.draw(st.sampled_from(self.hands)))

    # Time

    @rule()
    def two_minutes(self) -> None:
        self.later(timedelta(minutes=2, seconds=1))
        with system_transaction() as session:
            stale = stale_claims.find(session)
        for claim in stale:
            with transaction(claim.shop_id) as session:
                stale_claims.settle(session, claim)

    @rule(hours=st.sampled_from((1, 73)))
    def hours(self, hours: int) -> None:
        self.later(timedelta(hours=hours))
        with system_transaction() as session:
            overdue = look_ups.overdue(session)
        for batch in overdue:
            with transaction(batch.shop_id) as session:
                look_ups.give_up(session, batch)

    # What people and the provider say

    @precondition(lambda self: self.provider.ids)
    @rule(data=st.data(), word=st.sampled_from(WORDS), named=st.sampled_from(("id", "ref", "both")))
    def receipt(self, data: st.DataObject, word: str, named: str) -> None:
        message_id = data.draw(st.sampled_from(sorted(self.provider.ids)))
        said: dict[str, Any] = {"deliveryStatus": word, "n": self.told}
        self.told += 1
        if named != "ref":
            said["messageId"] = self.provider.ids[message_id]
        if named != "id":
            row: Any = next(r for r in self.made.messages() if r.id == message_id)
            said["reference"] = row.tracking_id
        tell([said])

    @rule(data=st.data())
    def unsubscribe(self, data: st.DataObject) -> None:
        row: Any = data.draw(st.sampled_from(self.made.messages()))
        with transaction(self.shop_id) as session:
            consent.unsubscribe(
                session, self.shop_id, row.contact_id, source="keyword", actor="person"
            )

    @rule(act=st.sampled_from((launching.pause, launching.resume, launching.cancel)))
    def steer(self, act: Any) -> None:
        if act is launching.cancel and self.told % 3:
            return  # the end of most stories; not too often
        try:
            with transaction(self.shop_id) as session:
                act(session, self.shop_id, self.campaign_id)
        except Conflict:
            pass
        self.skip_what_was_given_back()

    # What must be so

    @invariant()
    def every_status_follows_from_the_one_before(self) -> None:
        now = self.made.statuses()
        for was, became in zip(self.known, now, strict=True):
            assert was == became or message_may(was, became), f"{was} became {became}"
        self.known = now

    @invariant()
    def money_and_counters_agree(self) -> None:
        with system_transaction() as session:
            assert invariants.check(session) == []

    def teardown(self) -> None:
        """In the end everything has ended, and no credit is held."""
        try:
            launching_end(self)
            self.hands.clear()
            for step in (
                self.two_minutes,
                self.skip_what_was_given_back,
                lambda: self.hours(73),
            ):
                step()
                self.every_status_follows_from_the_one_before()
            assert set(self.known) <= {"sent", "delivered", "failed", "expired", "skipped"}
            paid = sum(row.billing_status == "committed" for row in self.rows())
            assert self.made.credits() == wallet.Balance(MESSAGES - paid, 0, MESSAGES - paid)
            for row in self.rows():
                if row.status in ("sent", "delivered") and row.sent_at:
                    assert row.id in self.provider.ids
        finally:
            clock.shift(timedelta())

    def rows(self) -> list[Any]:
        return list(self.made.messages())

    def later(self, by: timedelta) -> None:
        self.passed += by
        clock.shift(self.passed)

    def skip_what_was_given_back(self) -> None:
        if self.made.campaign().status == "cancelled":
            with transaction(self.shop_id) as session:
                launching.skip_waiting(session, self.shop_id, self.campaign_id)


def launching_end(life: Life) -> None:
    """Cancel what is still under way."""
    if life.made.campaign().status in ("sending", "paused"):
        with transaction(life.shop_id) as session:
            launching.cancel(session, life.shop_id, life.campaign_id)


def test_a_message_lives_by_the_table_whatever_happens(database: WorkerDatabase) -> None:
    machine = Life.TestCase
    machine.settings = FOR_A_MACHINE
    machine().runTest()
    database.empty()
