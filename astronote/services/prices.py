"""What credits and plans cost, in whole cents.

Rounding: the net price is rounded to a cent once, for the whole amount and not per credit;
VAT is reckoned from that and rounded to a cent once. Halves are rounded up, as shops do.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from astronote.errors import Invalid
from astronote.settings import settings
from astronote.words import say

Plan = Literal["monthly", "yearly"]

CURRENCY: Final = "EUR"
PACKS: Final = (500, 1_000, 2_500, 5_000, 10_000, 25_000)
FEWEST: Final = 100
MOST: Final = 1_000_000


@dataclass(frozen=True)
class Price:
    """Cents; ``vat_rate`` in ten-thousandths (2400 is 24 %)."""

    net_cents: int
    vat_cents: int
    vat_rate: int

    @property
    def total_cents(self) -> int:
        """What is paid."""
        return self.net_cents + self.vat_cents


def of_credits(count: int) -> Price:
    """The price of ``count`` credits bought at once.

    Raises:
        Invalid: fewer or more than are sold.
    """
    if not FEWEST <= count <= MOST:
        raise Invalid(
            say(
                "Buy between {fewest} and {most} credits at once.",
                fewest=f"{FEWEST:,}",
                most=f"{MOST:,}",
            ),
            field="credits",
        )
    return _price(_exact(settings().credit_price_eur) * count)


def of_plan(plan: str) -> Price:
    """The price of one period of a plan.

    Raises:
        Invalid: there is no such plan.
    """
    check_plan(plan)
    monthly, yearly = settings().plan_price_monthly_eur, settings().plan_price_yearly_eur
    return _price(_exact(monthly if plan == "monthly" else yearly))


def included_credits(plan: str) -> int:
    """Credits that come with one paid period.

    Raises:
        Invalid: there is no such plan.
    """
    check_plan(plan)
    included = settings()
    return (
        included.credits_included_monthly if plan == "monthly" else included.credits_included_yearly
    )


def check_plan(plan: str) -> None:
    """Refuse what is no plan.

    Raises:
        Invalid: it is neither monthly nor yearly.
    """
    if plan not in ("monthly", "yearly"):
        raise Invalid("The plan is monthly or yearly.", field="plan")


def split(total_cents: int) -> Price:
    """A total with VAT, taken apart by today's rate: the inverse of what was put together."""
    net = _cents(Decimal(total_cents) / (1 + _exact(settings().credit_vat_rate)))
    return Price(net, total_cents - net, _rate())


def _price(euros: Decimal) -> Price:
    net = _cents(euros * 100)
    return Price(net, _cents(net * _exact(settings().credit_vat_rate)), _rate())


def _rate() -> int:
    return _cents(_exact(settings().credit_vat_rate) * 10_000)


def _exact(value: float) -> Decimal:
    # As it was written in the setting: 0.045 and not its nearest binary neighbour.
    return Decimal(str(value))


def _cents(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))
