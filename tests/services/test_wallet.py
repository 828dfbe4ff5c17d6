"""The wallet: the last credit is promised once, and the ledger explains every one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy.exc import DBAPIError

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.errors import Conflict, PaymentRequired
from astronote.services import invariants, reservations, wallet
from astronote.services.wallet import Balance
from tests.support import outbox
from tests.support.cluster import WorkerDatabase
from tests.support.shops import ShopUnderTest, make_shop
from tests.support.sizes import FULL


def balance(shop_id: int) -> Balance:
    with transaction(shop_id) as session:
        return wallet.balance(session, shop_id)


def test_two_hundred_ask_for_a_hundred_credits(new_shop: Any) -> None:
    shop = new_shop(credits=100)

    def ask(_: int) -> bool:
        try:
            with transaction(shop.id) as session:
                wallet.reserve(session, shop.id, 1, batch_id=None)
        except PaymentRequired:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        granted = list(pool.map(ask, range(200)))
    assert granted.count(True) == 100
    assert balance(shop.id) == Balance(100, 100, 0)
    give_back_everything(shop.id)


def give_back_everything(shop_id: int) -> None:
    """Reservations without messages are no state of the product; the invariants say so."""
    with transaction(shop_id) as session:
        session.execute(sa.text("DELETE FROM credit_reservation"))
        session.execute(sa.text("UPDATE wallet SET reserved = 0"))


def test_a_refusal_says_what_is_needed_and_what_there_is(shop: ShopUnderTest) -> None:
    with transaction(shop.id) as session, pytest.raises(PaymentRequired) as refused:
        wallet.reserve(session, shop.id, 1001)
    assert refused.value.code == "insufficient_credits"
    assert refused.value.extra == {"required": 1001, "available": 1000}


def test_the_same_settlement_spends_once(shop: ShopUnderTest) -> None:
    with transaction(shop.id) as session:
        wallet.reserve(session, shop.id, 10, batch_id=7)
        spent = [
            wallet.settle(session, shop.id, batch_id=7, commit=4, settles="attempt:1", count=4)
            for _ in range(2)
        ]
        assert spent == [True, False]
        assert wallet.balance(session, shop.id) == Balance(996, 6, 990)
        wallet.settle(session, shop.id, batch_id=7, release=6, settles="rest")
    assert balance(shop.id) == Balance(996, 0, 996)


def test_no_more_is_settled_than_is_held(shop: ShopUnderTest) -> None:
    with transaction(shop.id) as session:
        wallet.reserve(session, shop.id, 5, batch_id=7)
        # Caught within the transaction: a refusal leaves nothing half done.
        with pytest.raises(Conflict):
            wallet.settle(session, shop.id, batch_id=7, commit=3, release=3, settles="a")
        with pytest.raises(Conflict):
            wallet.settle(session, shop.id, batch_id=8, release=1, settles="a")
        assert wallet.settle(session, shop.id, batch_id=7, commit=2, release=3, settles="a")


def test_concurrent_settlements_of_one_attempt_move_money_once(shop: ShopUnderTest) -> None:
    with transaction(shop.id) as session:
        wallet.reserve(session, shop.id, 10, batch_id=7)

    def settle(_: int) -> bool:
        with transaction(shop.id) as session:
            return wallet.settle(session, shop.id, batch_id=7, commit=10, settles="attempt:1")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(settle, range(8))).count(True) == 1
    assert balance(shop.id) == Balance(990, 0, 990)


def test_credits_are_granted_once_and_never_taken_below_what_is_reserved(
    shop: ShopUnderTest,
) -> None:
    with transaction(shop.id) as session:
        given = [
            wallet.grant(session, shop.id, 50, kind="purchase", settles="payment-1")
            for _ in range(2)
        ]
        assert given == [True, False]
        wallet.reserve(session, shop.id, 1000, batch_id=1)
    with transaction(shop.id) as session, pytest.raises(PaymentRequired):
        wallet.grant(session, shop.id, -51, kind="adjustment", settles="correction")
    with transaction(shop.id) as session:
        wallet.grant(session, shop.id, -50, kind="adjustment", settles="correction")
        assert wallet.balance(session, shop.id) == Balance(1000, 1000, 0)
    give_back_everything(shop.id)


@pytest.mark.parametrize(
    "change", ["UPDATE credit_transaction SET amount = 1", "DELETE FROM credit_transaction"]
)
def test_the_ledger_cannot_be_changed(shop: ShopUnderTest, change: str) -> None:
    with pytest.raises(DBAPIError), transaction(shop.id) as session:
        session.execute(sa.text(change))


def test_what_is_held_for_nothing_is_given_back_after_its_time(shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, 3)
    with transaction(shop.id) as session:
        wallet.reserve(session, shop.id, 40, batch_id=10**9)
    clock.shift(timedelta(minutes=61))
    with system_transaction() as session:
        found = reservations.leftovers(session)
    assert [left.held for left in found] == [40]
    with transaction(shop.id) as session:
        reservations.release(session, found[0])
    assert made.credits() == Balance(1000, 3, 997)


class Wallet(RuleBasedStateMachine):
    """Reserve, commit, release, expire, crash, in any order, with a model beside it."""

    database: WorkerDatabase

    def __init__(self) -> None:
        super().__init__()
        self.shop_id = make_shop(credits=0).id
        self.posted = self.hours = 0
        clock.shift(timedelta())
        self.held: dict[int, int] = {}
        self.settled: set[str] = set()
        self.numbers = iter(range(1, 10_000))

    def attempt(self, step: Any, *, crash: bool) -> bool:
        """Run a step in a transaction; a crash takes it all back."""
        try:
            with transaction(self.shop_id) as session:
                step(session)
                if crash:
                    raise ConnectionAbortedError
        except (ConnectionAbortedError, PaymentRequired, Conflict):
            return False
        return True

    @rule(amount=st.integers(1, 50), crash=st.booleans())
    def grant(self, amount: int, crash: bool) -> None:
        name = f"grant:{next(self.numbers)}"
        done = self.attempt(
            lambda s: wallet.grant(s, self.shop_id, amount, kind="grant", settles=name),
            crash=crash,
        )
        self.posted += amount if done else 0

    @rule(amount=st.integers(1, 40), crash=st.booleans())
    def reserve(self, amount: int, crash: bool) -> None:
        batch = next(self.numbers)
        free = self.posted - sum(self.held.values())
        done = self.attempt(
            lambda s: wallet.reserve(s, self.shop_id, amount, batch_id=batch), crash=crash
        )
        assert done == (amount <= free and not crash)
        if done:
            self.held[batch] = amount

    @precondition(lambda self: self.held)
    @rule(data=st.data(), crash=st.booleans(), twice=st.booleans())
    def settle(self, data: st.DataObject, crash: bool, twice: bool) -> None:
        batch = data.draw(st.sampled_from(sorted(self.held)))
        commit = data.draw(st.integers(0, self.held[batch] + 1))
        release = data.draw(st.integers(0, self.held[batch] + 1 - commit))
        name = f"attempt:{next(self.numbers)}"

        def step(session: Any) -> None:
            moved = wallet.settle(
                session, self.shop_id, batch_id=batch, commit=commit, release=release, settles=name
            )
            assert moved == bool(commit or release)
            if twice and commit:
                assert not wallet.settle(
                    session, self.shop_id, batch_id=batch, commit=commit, settles=name
                )

        done = self.attempt(step, crash=crash)
        assert done == (commit + release <= self.held[batch] and not crash)
        if done:
            self.posted -= commit
            self.held[batch] -= commit + release
            if self.held[batch] == 0:
                del self.held[batch]

    @rule(crash=st.booleans())
    def expire(self, crash: bool) -> None:
        """No message belongs to any of it, so all of it is given back after its time."""
        self.hours += 1
        clock.shift(self.hours * timedelta(minutes=61))
        with system_transaction() as session:
            found = [r for r in reservations.leftovers(session) if r.shop_id == self.shop_id]
        assert {left.batch_id: left.held for left in found} == self.held
        for left in found:
            if self.attempt(lambda s, left=left: reservations.release(s, left), crash=crash):
                del self.held[left.batch_id]

    @invariant()
    def the_model_and_the_tables_agree(self) -> None:
        held = sum(self.held.values())
        assert balance(self.shop_id) == Balance(self.posted, held, self.posted - held)
        with system_transaction() as session:
            broken = [b for b in invariants.check(session) if "just the messages" not in b]
            # This machine settles credits without messages, and nothing else.
            assert [b for b in broken if "ledger spent" not in b] == []


def test_the_wallet_keeps_its_word_whatever_happens(database: WorkerDatabase) -> None:
    machine = Wallet.TestCase
    machine.settings = hypothesis_settings(
        max_examples=60 if FULL else 6,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    machine().runTest()
    database.empty()
