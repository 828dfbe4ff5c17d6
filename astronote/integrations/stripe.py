"""Stripe, behind one small interface: a page to pay on, one to manage, and signed events.

Nothing else of the product knows the library. It is imported where it is called: it is
large, and most processes never ask it. Amounts are whole cents.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, cast

import httpx

from astronote.errors import BadRequest, Unavailable
from astronote.settings import settings

if TYPE_CHECKING:
    from stripe import StripeClient

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
TOLERANCE_SECONDS = 300
"""How old a signature may be; Stripe's own advice."""

SHOP_MARK, PAYMENT_MARK = "astronote_shop", "astronote_payment"
"""Metadata by which an object of Stripe's is known as ours."""

Every = Literal["month", "year"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Line:
    """One line of what is paid: its words, and cents."""

    name: str
    cents: int


@dataclass(frozen=True)
class Buyer:
    """Who pays, as the invoice names him."""

    shop_id: int
    name: str
    email: str
    vat_number: str
    address: str


@dataclass(frozen=True)
class Order:
    """What is to be paid; ``every`` makes it a subscription."""

    payment_id: int
    shop_id: int
    customer_id: str
    lines: tuple[Line, ...]
    currency: str
    every: Every | None
    success_url: str
    cancel_url: str
    locale: str


@dataclass(frozen=True)
class Opened:
    """A page to pay on."""

    id: str
    url: str


@dataclass(frozen=True)
class Event:
    """What Stripe says has happened; ``body`` is all of it."""

    id: str
    type: str
    body: dict[str, Any]


def save_customer(customer_id: str | None, buyer: Buyer) -> str:
    """Tell Stripe who pays, so that its invoices say so; returns its id for the customer.

    Raises:
        Unavailable: ``payments_unavailable``.
    """
    details: dict[str, Any] = {
        "name": buyer.name,
        "email": buyer.email,
        "metadata": {SHOP_MARK: str(buyer.shop_id)},
    }
    if buyer.address:
        details["address"] = {"line1": buyer.address[:200]}
    if buyer.vat_number:
        field = {"name": "VAT number", "value": buyer.vat_number[:140]}
        details["invoice_settings"] = {"custom_fields": [field]}
    with _asking():
        customers = _client().v1.customers
        if customer_id:
            return customers.update(customer_id, cast(Any, details)).id
        return customers.create(cast(Any, details)).id


def open_checkout(order: Order) -> Opened:
    """A page on which ``order`` is paid; asking twice for one payment opens one page.

    Raises:
        Unavailable: ``payments_unavailable``.
    """
    marks = {PAYMENT_MARK: str(order.payment_id), SHOP_MARK: str(order.shop_id)}
    asked: dict[str, Any] = {
        "mode": "subscription" if order.every else "payment",
        "customer": order.customer_id,
        "client_reference_id": str(order.shop_id),
        "metadata": marks,
        "line_items": [_line(line, order) for line in order.lines],
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        "locale": order.locale,
    }
    if order.every:
        asked["subscription_data"] = {"metadata": marks}
    else:
        asked["invoice_creation"] = {"enabled": True, "invoice_data": {"metadata": marks}}
    once = {"idempotency_key": f"astronote-payment-{order.payment_id}"}
    with _asking():
        made = _client().v1.checkout.sessions.create(cast(Any, asked), cast(Any, once))
        return Opened(made.id, made.url or "")


def _line(line: Line, order: Order) -> dict[str, Any]:
    price: dict[str, Any] = {
        "currency": order.currency.lower(),
        "unit_amount": line.cents,
        "product_data": {"name": line.name},
    }
    if order.every:
        price["recurring"] = {"interval": order.every}
    return {"price_data": price, "quantity": 1}


def open_portal(customer_id: str, return_url: str) -> str:
    """The address of a page where a customer changes card or plan, cancels, sees invoices.

    Raises:
        Unavailable: ``payments_unavailable``.
    """
    with _asking():
        made = _client().v1.billing_portal.sessions.create(
            {"customer": customer_id, "return_url": return_url}
        )
        return made.url


def fetch_subscription(external_id: str) -> dict[str, Any] | None:
    """A subscription as it is now; None where Stripe knows none of that id.

    Raises:
        Unavailable: ``payments_unavailable``.
    """
    import stripe

    with _asking():
        try:
            found = _client().v1.subscriptions.retrieve(external_id)
        except stripe.InvalidRequestError as error:
            if error.http_status == 404:
                return None
            raise
        return cast("dict[str, Any]", json.loads(str(found)))


def read_event(body: bytes, signature: str | None) -> Event:
    """The event of a webhook that Stripe has signed, within the last five minutes.

    Raises:
        BadRequest: ``invalid_signature``; ``malformed`` where it is signed but no event.
    """
    from stripe import SignatureVerificationError, WebhookSignature

    for secret in settings().stripe_webhook_secret.get_secret_value().split(","):
        try:
            WebhookSignature.verify_header(body, signature, secret.strip(), TOLERANCE_SECONDS)
        except (SignatureVerificationError, UnicodeError, TypeError):
            continue
        return _event(body)
    raise BadRequest("The signature is missing, wrong or too old.", code="invalid_signature")


def _event(body: bytes) -> Event:
    try:
        found = json.loads(body)
        event = Event(str(found["id"]), str(found["type"]), found)
        if not isinstance(found["data"]["object"], Mapping) or not event.id:
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadRequest("This is not an event.", code="malformed") from error
    return event


@contextmanager
def _asking() -> Iterator[None]:
    import stripe

    if not settings().payments_possible:
        raise Unavailable(
            "Payments are not set up on this installation.", code="payments_unavailable"
        )
    try:
        yield
    except stripe.StripeError as error:
        log.warning("Stripe: %s (%s)", type(error).__name__, error.code or error.http_status)
        raise Unavailable(
            "The payment service does not answer as it should. Try again in a moment.",
            code="payments_unavailable",
        ) from error


def _client() -> "StripeClient":
    configured = settings()
    return _made_client(
        configured.stripe_secret_key.get_secret_value(), configured.stripe_api_base.rstrip("/")
    )


@lru_cache(maxsize=4)
def _made_client(key: str, base: str) -> "StripeClient":
    import stripe

    class Carrier(stripe.HTTPClient):
        """The library's requests by our httpx; its own client passes bodies in a way that
        httpx is about to drop, and the one on urllib has no time-out."""

        name = "httpx"
        client = httpx.Client(timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS))

        def request(
            self,
            method: str,
            url: str,
            headers: Mapping[str, str] | None,
            post_data: Any = None,
            *,
            _usage: list[str] | None = None,
        ) -> tuple[Any, int, Mapping[str, str]]:
            try:
                answer = self.client.request(method, url, headers=headers, content=post_data)
            except httpx.HTTPError as error:
                why = type(error).__name__
                raise stripe.APIConnectionError(why) from error  # type: ignore[no-untyped-call]
            return answer.content, answer.status_code, answer.headers

    return stripe.StripeClient(
        key, base_addresses={"api": base}, max_network_retries=2, http_client=Carrier()
    )
