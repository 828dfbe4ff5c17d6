"""Paying for credits and plans, by the product's own way to Stripe and back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.errors import Conflict, Invalid, Unavailable
from astronote.services import billing, checkouts, prices, wallet
from astronote.settings import settings
from tests.support.api import ApiClient
from tests.support.paying import ledger, paid, summary, the
from tests.support.shops import ShopUnderTest
from tests.support.till import Till, deliver


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 10, tzinfo=UTC)


def move_to(till: Till, moment: datetime) -> None:
    """Both clocks, the product's and Stripe's, say ``moment``."""
    offset = int((moment - datetime.now(UTC)).total_seconds())
    clock.shift(timedelta(seconds=offset))
    till.set_clock(offset)


def test_a_pack_of_credits(till: Till, api: ApiClient, poor: ShopUnderTest) -> None:
    deliver(api, *till.buy_credits(poor.owner, 1_000))
    assert ledger(poor) == [("purchase", 1_000)]
    (payment,) = paid(poor)
    assert (payment.net_cents, payment.vat_cents, payment.total_cents) == (4_500, 1_080, 5_580)
    assert (payment.status, payment.credits, payment.vat_rate) == ("paid", 1_000, 2_400)
    assert payment.invoice_number.startswith("DEMO-")
    assert payment.buyer == {"name": poor.name, "vatNumber": "", "address": ""}


def test_a_plan_opens_the_gate_and_brings_its_credits(
    till: Till, api: ApiClient, poor: ShopUnderTest
) -> None:
    assert summary(poor).blocked_by == "subscription"
    deliver(api, *till.subscribe(poor.owner))
    found = summary(poor)
    assert (found.can_send, found.subscription.status) == (True, "active")
    assert (found.subscription.plan, found.credits.available) == ("monthly", 500)
    (payment,) = paid(poor)
    assert (payment.kind, payment.total_cents, payment.plan) == ("subscription", 3_596, "monthly")
    with pytest.raises(Conflict, match="already"):
        checkouts.begin(poor.owner, "subscription", plan="yearly")


def test_a_year_brings_a_years_credits(till: Till, api: ApiClient, poor: ShopUnderTest) -> None:
    deliver(api, *till.subscribe(poor.owner, "yearly"))
    assert ledger(poor) == [("included", 7_500)]
    assert summary(poor).subscription.plan == "yearly"


@pytest.mark.parametrize("year", [2027, 2028])
def test_a_month_that_began_on_the_31st(
    till: Till, api: ApiClient, poor: ShopUnderTest, year: int
) -> None:
    move_to(till, at(year, 1, 31))
    events = till.subscribe(poor.owner)
    deliver(api, *events)
    subscription = the(events, "customer.subscription.created")["data"]["object"]["id"]
    february = 29 if year == 2028 else 28
    assert _ends(poor) == (year, 2, february)
    move_to(till, at(year, 2, february) + timedelta(minutes=5))
    deliver(api, *till.manage(poor.owner, "renew", subscription))
    assert _ends(poor) == (year, 3, 31)
    deliver(api, *till.manage(poor.owner, "renew", subscription))
    assert _ends(poor) == (year, 4, 30)
    assert ledger(poor) == [("included", 500)] * 3
    assert len({(p.period_start, p.period_end) for p in paid(poor)}) == 3


def _ends(shop: ShopUnderTest) -> tuple[int, int, int]:
    end = summary(shop).subscription.current_period_end
    assert end is not None
    return end.year, end.month, end.day


def test_months_of_a_plan_given_by_hand_end_as_calendars_do() -> None:
    assert billing.months_after(at(2027, 1, 31), 1) == at(2027, 2, 28)
    assert billing.months_after(at(2028, 1, 31), 1) == at(2028, 2, 29)
    assert billing.months_after(at(2028, 2, 29), 12) == at(2029, 2, 28)
    assert billing.months_after(at(2027, 12, 15), 1) == at(2028, 1, 15)


def test_past_due_paid_again_cancelled_and_ended(
    till: Till, api: ApiClient, poor: ShopUnderTest
) -> None:
    events = till.subscribe(poor.owner)
    deliver(api, *events)
    subscription = the(events, "customer.subscription.created")["data"]["object"]["id"]

    deliver(api, *till.manage(poor.owner, "fail", subscription))
    late = summary(poor)
    assert (late.subscription.status, late.can_send, late.blocked_by) == (
        "past_due",
        False,
        "subscription",
    )
    assert [p.status for p in paid(poor)] == ["failed", "paid"]
    assert late.credits.available == 500

    deliver(api, *till.manage(poor.owner, "pay", subscription))
    assert summary(poor).can_send
    assert summary(poor).credits.available == 1_000
    assert [p.status for p in paid(poor)] == ["paid", "paid"]

    deliver(api, *till.manage(poor.owner, "cancel", subscription))
    leaving = summary(poor)
    assert leaving.can_send
    assert leaving.subscription.cancel_at == leaving.subscription.current_period_end

    deliver(api, *till.manage(poor.owner, "renew", subscription))
    ended = summary(poor)
    assert (ended.subscription.status, ended.can_send) == ("cancelled", False)
    assert ended.credits.available == 1_000
    deliver(api, *till.subscribe(poor.owner, "yearly"))
    assert summary(poor).can_send


@pytest.mark.parametrize(("kind", "asked"), [("credits", 99), ("credits", 1_000_001)])
def test_what_is_not_sold(till: Till, poor: ShopUnderTest, kind: Any, asked: int) -> None:
    with pytest.raises(Invalid, match="between 100 and 1,000,000"):
        checkouts.begin(poor.owner, kind, credits=asked)


def test_without_stripe_a_clear_sentence(poor: ShopUnderTest) -> None:
    assert not checkouts.are_possible()
    with pytest.raises(Unavailable, match="not set up") as refusal:
        checkouts.begin(poor.owner, "credits", credits=500)
    assert refusal.value.code == "payments_unavailable"


def test_stripe_that_does_not_answer(
    till: Till, poor: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_API_BASE", "http://127.0.0.1:9")
    settings.cache_clear()
    with pytest.raises(Unavailable, match="Try again"):
        checkouts.begin(poor.owner, "credits", credits=500)


def test_on_hold_whatever_was_paid(till: Till, api: ApiClient, poor: ShopUnderTest) -> None:
    deliver(api, *till.subscribe(poor.owner))
    with system_transaction() as session:
        session.execute(sa.text("UPDATE shop SET on_hold_at = now(), hold_reason = 'Unpaid fine.'"))
    held = summary(poor)
    assert (held.can_send, held.blocked_by) == (False, "hold")
    assert "Unpaid fine." in str(held.blocked_reason)


def test_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole amount is rounded once, halves up, then its VAT."""
    monkeypatch.setattr(settings(), "credit_price_eur", 0.0455)
    assert prices.of_credits(111).net_cents == 505  # 5.0505
    assert prices.of_credits(110).net_cents == 501  # 5.005, up
    assert prices.of_credits(110).vat_cents == 120  # 1.2024


@given(st.integers(100, 1_000_000), st.sampled_from([0.0, 0.055, 0.06, 0.13, 0.24, 0.255]))
def test_a_total_can_be_taken_apart_again(credits: int, rate: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings(), "credit_vat_rate", rate)
        price = prices.of_credits(credits)
        assert prices.split(price.total_cents) == price


def test_what_a_wallet_is_granted_stays_within_it(shop: ShopUnderTest) -> None:
    with transaction(shop.id) as session:
        assert wallet.grant(session, shop.id, 5, kind="purchase", settles="payment:1")
        assert not wallet.grant(session, shop.id, 5, kind="purchase", settles="payment:1")
