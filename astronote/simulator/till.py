"""A stand-in for Stripe: customers, pages to pay on, subscriptions, and what they cause.

It makes the objects and the events that Stripe's API of 2025 and later makes, as far as
Astronote reads them. What happens is up to whoever presses its buttons.
"""

from __future__ import annotations

import copy
import secrets
from typing import Any

from astronote.simulator.till_calendar import period_end
from astronote.simulator.till_courier import TillCourier
from astronote.simulator.till_returns import Returns
from astronote.simulator.till_store import Thing, TillStore

API_VERSION = "2026-10-28.endive"
_ENDED = ("canceled", "incomplete_expired")


class Till:
    """Every act changes the store, then sends the events that Stripe would send."""

    def __init__(self, store: TillStore, courier: TillCourier, base: str) -> None:
        self.store = store
        self.courier = courier
        self.base = base.rstrip("/")
        self.returns = Returns(store, self.send)

    def save_customer(self, customer: Thing | None, fields: Thing) -> Thing:
        """A new customer, or the changed one."""
        if customer is None:
            customer = self.store.add("customers", "cus", {"object": "customer", "email": None})
            customer["created"] = self.store.now()
        customer.update({k: v for k, v in fields.items() if k != "id"})
        self.store.save()
        return customer

    def open_session(self, asked: Thing) -> Thing:
        """A page to pay on."""
        items = asked["line_items"]
        total = sum(i["price_data"]["unit_amount"] * int(i.get("quantity", 1)) for i in items)
        session = self.store.add(
            "sessions",
            "cs_test",
            {
                "object": "checkout.session",
                **asked,
                "amount_subtotal": total,
                "amount_total": total,
                "currency": items[0]["price_data"]["currency"],
                "status": "open",
                "payment_status": "unpaid",
                "created": self.store.now(),
                "expires_at": self.store.now() + 86_400,
                "subscription": None,
                "invoice": None,
                "payment_intent": None,
                "livemode": False,
            },
        )
        session["url"] = f"{self.base}/stripe/checkout/{session['id']}"
        self.store.save()
        return session

    def pay(self, session: Thing) -> None:
        """The shopper's card is charged."""
        if session["status"] != "open":
            return
        session["status"], session["payment_status"] = "complete", "paid"
        if session["mode"] == "subscription":
            subscription = self._subscribe(session)
            invoice = self._invoice_period(subscription, "subscription_create")
            session["subscription"] = subscription["id"]
            self.send("customer.subscription.created", subscription)
        else:
            session["payment_intent"] = f"pi_{secrets.token_hex(12)}"
            marks = session.get("invoice_creation", {}).get("invoice_data", {}).get("metadata", {})
            invoice = self._invoice(session["customer"], session["line_items"], "manual", marks)
        session["invoice"] = invoice["id"]
        self.send("checkout.session.completed", session)
        self._settle(invoice, session["payment_intent"] or "")

    def expire(self, session: Thing) -> None:
        """Nobody pays on this page any more."""
        if session["status"] == "open":
            session["status"] = "expired"
            self.send("checkout.session.expired", session)

    def renew(self, subscription: Thing, *, paid: bool = True) -> None:
        """The next period begins; its payment succeeds or fails."""
        if subscription["status"] in _ENDED:
            return
        if subscription["cancel_at_period_end"]:
            self.end(subscription)
            return
        self._advance(subscription)
        invoice = self._invoice_period(subscription, "subscription_cycle")
        if paid:
            subscription["status"] = "active"
            self.send("customer.subscription.updated", subscription)
            self._settle(invoice)
            return
        subscription["status"] = "past_due"
        self.send("invoice.payment_failed", invoice)
        self.send("customer.subscription.updated", subscription)

    def pay_open_invoice(self, subscription: Thing) -> None:
        """The card works again: what is owed is paid."""
        invoice = self.store.get("invoices", subscription["latest_invoice"])
        if invoice is not None and invoice["status"] == "open":
            subscription["status"] = "active"
            self._settle(invoice)
            self.send("customer.subscription.updated", subscription)

    def cancel_at_period_end(self, subscription: Thing, wanted: bool) -> None:
        """Whether this period is the last."""
        end = subscription["items"]["data"][0]["current_period_end"]
        subscription["cancel_at_period_end"] = wanted
        subscription["cancel_at"] = end if wanted else None
        self.send("customer.subscription.updated", subscription)

    def end(self, subscription: Thing) -> None:
        """It is over."""
        subscription["status"] = "canceled"
        subscription["ended_at"] = subscription["canceled_at"] = self.store.now()
        self.send("customer.subscription.deleted", subscription)

    def _subscribe(self, session: Thing) -> Thing:
        now = self.store.now()
        every = session["line_items"][0]["price_data"]["recurring"]["interval"]
        ends = period_end(now, every, 1)
        return self.store.add(
            "subscriptions",
            "sub",
            {
                "object": "subscription",
                "status": "active",
                "customer": session["customer"],
                "created": now,
                "start_date": now,
                "billing_cycle_anchor": now,
                "cancel_at_period_end": False,
                "cancel_at": None,
                "canceled_at": None,
                "ended_at": None,
                "trial_end": None,
                "currency": session["currency"],
                "metadata": session.get("subscription_data", {}).get("metadata", {}),
                "latest_invoice": None,
                "livemode": False,
                "periods": 1,
                "items": {
                    "object": "list",
                    "data": [self._item(line, now, ends) for line in session["line_items"]],
                },
            },
        )

    def _item(self, line: Thing, start: int, end: int) -> Thing:
        price = line["price_data"]
        return {
            "id": f"si_{secrets.token_hex(8)}",
            "object": "subscription_item",
            "current_period_start": start,
            "current_period_end": end,
            "quantity": 1,
            "price": {
                "object": "price",
                "currency": price["currency"],
                "unit_amount": price["unit_amount"],
                "nickname": price["product_data"]["name"],
                "recurring": {"interval": price["recurring"]["interval"], "interval_count": 1},
            },
        }

    def _advance(self, subscription: Thing) -> None:
        subscription["periods"] += 1
        for item in subscription["items"]["data"]:
            item["current_period_start"] = item["current_period_end"]
            item["current_period_end"] = period_end(
                subscription["billing_cycle_anchor"],
                item["price"]["recurring"]["interval"],
                subscription["periods"],
            )

    def _invoice_period(self, subscription: Thing, reason: str) -> Thing:
        lines: list[Any] = [
            {
                "price_data": {
                    "unit_amount": item["price"]["unit_amount"],
                    "currency": item["price"]["currency"],
                    "product_data": {"name": item["price"]["nickname"]},
                },
                "item": item,
            }
            for item in subscription["items"]["data"]
        ]
        invoice = self._invoice(subscription["customer"], lines, reason, {})
        invoice["parent"] = {
            "type": "subscription_details",
            "subscription_details": {
                "subscription": subscription["id"],
                "metadata": subscription["metadata"],
            },
        }
        subscription["latest_invoice"] = invoice["id"]
        return invoice

    def _invoice(self, customer: str, lines: list[Any], reason: str, marks: Thing) -> Thing:
        total = sum(line["price_data"]["unit_amount"] for line in lines)
        invoice = self.store.add(
            "invoices",
            "in",
            {
                "object": "invoice",
                "status": "open",
                "number": self.store.invoice_number(),
                "customer": customer,
                "currency": lines[0]["price_data"]["currency"],
                "billing_reason": reason,
                "created": self.store.now(),
                "subtotal": total,
                "total": total,
                "amount_due": total,
                "amount_paid": 0,
                "metadata": marks,
                "parent": None,
                "status_transitions": {"paid_at": None},
                "lines": {"object": "list", "data": [self._invoice_line(line) for line in lines]},
            },
        )
        invoice["hosted_invoice_url"] = f"{self.base}/stripe/invoices/{invoice['id']}"
        return invoice

    def _invoice_line(self, line: Thing) -> Thing:
        price, item = line["price_data"], line.get("item")
        now = self.store.now()
        made: Thing = {
            "id": f"il_{secrets.token_hex(8)}",
            "object": "line_item",
            "amount": price["unit_amount"],
            "description": price["product_data"]["name"],
            "period": {"start": now, "end": now},
            "parent": {"type": "invoice_item_details"},
        }
        if item is not None:
            period = {"start": item["current_period_start"], "end": item["current_period_end"]}
            details = {"subscription_item": item["id"], "proration": False}
            made["period"] = period
            made["parent"] = {
                "type": "subscription_item_details",
                "subscription_item_details": details,
            }
        return made

    def _settle(self, invoice: Thing, intent: str = "") -> None:
        invoice["status"] = "paid"
        invoice["amount_paid"] = invoice["total"]
        invoice["status_transitions"]["paid_at"] = self.store.now()
        invoice["payment_intent"] = intent or f"pi_{secrets.token_hex(12)}"
        self.returns.charge(invoice)
        self.send("invoice.paid", invoice)
        self.returns.tell_with_what(invoice)

    def send(self, kind: str, thing: Thing) -> None:
        """Send the event that ``kind`` has happened to ``thing``."""
        self.store.save()
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "api_version": API_VERSION,
            "created": self.store.event_time(),
            "type": kind,
            "livemode": False,
            "data": {"object": thing},
        }
        # A copy: what an event says does not change with the thing.
        self.courier.send(copy.deepcopy(event))
