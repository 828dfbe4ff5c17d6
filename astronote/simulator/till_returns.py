"""What becomes of money that was paid: charges, their refunds, and disputes with the bank."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from astronote.simulator.till_store import Thing, TillStore


class Returns:
    """Acts on the charge of an invoice; ``send`` sends an event."""

    def __init__(self, store: TillStore, send: Callable[[str, Thing], None]) -> None:
        self.store = store
        self._send = send

    def charge(self, invoice: Thing) -> None:
        """The card is charged for an invoice."""
        made = self.store.add(
            "charges",
            "ch",
            {
                "object": "charge",
                "status": "succeeded",
                "amount": invoice["total"],
                "amount_captured": invoice["total"],
                "amount_refunded": 0,
                "refunded": False,
                "disputed": False,
                "currency": invoice["currency"],
                "customer": invoice["customer"],
                "payment_intent": invoice["payment_intent"],
                "created": self.store.now(),
                "metadata": {},
                "livemode": False,
            },
        )
        invoice["charge"] = made["id"]

    def tell_with_what(self, invoice: Thing) -> None:
        """Say with which payment an invoice was paid."""
        self._send(
            "invoice_payment.paid",
            {
                "id": f"inpay_{secrets.token_hex(12)}",
                "object": "invoice_payment",
                "invoice": invoice["id"],
                "status": "paid",
                "amount_paid": invoice["total"],
                "currency": invoice["currency"],
                "payment": {
                    "type": "payment_intent",
                    "payment_intent": invoice["payment_intent"],
                },
            },
        )

    def refund(self, invoice: Thing, cents: int) -> None:
        """Give ``cents`` back, or what is left of them."""
        charge = self._charge(invoice)
        left = charge["amount"] - charge["amount_refunded"]
        if left:
            charge["amount_refunded"] += min(cents, left)
            charge["refunded"] = charge["amount_refunded"] == charge["amount"]
            self._send("charge.refunded", charge)

    def dispute(self, invoice: Thing) -> None:
        """Whoever paid asks his bank for the money."""
        charge = self._charge(invoice)
        if charge["disputed"]:
            return
        charge["disputed"] = True
        made = self.store.add(
            "disputes",
            "dp",
            {
                "object": "dispute",
                "amount": charge["amount"],
                "charge": charge["id"],
                "payment_intent": charge["payment_intent"],
                "currency": charge["currency"],
                "reason": "fraudulent",
                "status": "needs_response",
                "created": self.store.now(),
                "metadata": {},
                "livemode": False,
            },
        )
        invoice["dispute"] = made["id"]
        self._send("charge.dispute.created", made)

    def decide(self, invoice: Thing, status: str) -> None:
        """The bank decides: ``won`` or ``lost`` for the shop that was paid."""
        dispute = self.store.get("disputes", invoice.get("dispute", ""))
        if dispute is not None and dispute["status"] == "needs_response":
            dispute["status"] = status
            self._send("charge.dispute.closed", dispute)

    def _charge(self, invoice: Thing) -> Thing:
        found = self.store.get("charges", invoice.get("charge", ""))
        return found if found is not None else {"amount": 0, "amount_refunded": 0, "disputed": True}
