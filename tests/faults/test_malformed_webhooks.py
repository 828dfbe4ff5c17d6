"""Tens of thousands of malformed webhooks: none is an error of ours, none does any harm."""

import json
import random
import string
from typing import Any

import pytest
import sqlalchemy as sa

from astronote.db import system_transaction
from astronote.settings import settings
from tests.support import outbox
from tests.support.api import ApiClient
from tests.support.outbox import Outbox
from tests.support.shops import ShopUnderTest
from tests.support.simulator import Simulator
from tests.support.sizes import FULL
from workers import delivery, send_loop

pytestmark = pytest.mark.faults

BODIES = 50_000 if FULL else 3_000
TOLD = 40
DLR, INBOUND = "/webhooks/mitto/dlr", "/webhooks/mitto/inbound"


def test_malformed_bodies_do_no_harm_and_good_items_among_them_count(
    shop: ShopUnderTest, provider: Simulator, api: ApiClient
) -> None:
    """Half of the messages are told of in good items within bad lists; of the other half only
    nonsense is said. Bytes are spoilt only where no message of ours is named."""
    made = outbox.campaign(shop.id, 2 * TOLD)
    send_loop.run(seconds=60)
    rows: list[Any] = made.messages()
    dice = random.Random(2026)
    told = rows[:TOLD]
    nonsense = Nonsense(dice, [str(row.provider_message_id) for row in rows[TOLD:]])
    secret = settings().webhook_secret.get_secret_value()
    answers: set[int] = set()
    for number in range(BODIES):
        path = INBOUND if dice.random() < 0.3 else DLR
        good = [receipt(told[number // 7 % TOLD])] if path == DLR and number % 7 == 0 else []
        body, kind = nonsense.body(good)
        headers = {"X-Webhook-Secret": secret, "content-type": kind.encode("latin-1")}
        answer = api.post(path, content=body, headers=headers)
        answers.add(answer.status_code)
        assert answer.status_code < 500, (answer.status_code, body[:300], kind)
        if good:
            assert answer.status_code == 200, (answer.text, body[:300])
        if number % 500 == 499:
            delivery.apply_webhook_events()
    delivery.apply_webhook_events()
    assert answers == {200, 400}
    assert made.statuses() == ["delivered"] * TOLD + ["sent"] * TOLD
    assert unapplied() == 0
    assert subscribed(made) == 2 * TOLD


def receipt(row: Any) -> dict[str, Any]:
    """A good receipt."""
    return {"messageId": row.provider_message_id, "deliveryStatus": "Delivered"}


def unapplied() -> int:
    """Events that were stored and not looked at."""
    with system_transaction() as session:
        found = session.execute(
            sa.text("SELECT count(*) FROM webhook_event WHERE state = 'received'")
        )
        return int(found.scalar_one())


def subscribed(made: Outbox) -> int:
    """How many of the campaign's contacts are still subscribed."""
    with system_transaction() as session:
        found = session.execute(
            sa.text("SELECT count(*) FROM contact WHERE shop_id = :s AND is_subscribed"),
            {"s": made.shop_id},
        )
        return int(found.scalar_one())


class Nonsense:
    """Makes bodies that mean nothing, around good items where it is given some."""

    KINDS = (
        "application/json", "", "application/x-www-form-urlencoded", "text/plain; charset=utf-7",
        "multipart/form-data; boundary=x", "multipart/form-data", "application/json; charset=idna",
        "multipart/form-data; charset=punycode; boundary=x", "\u00e9;;=", "application/JSON+x",
    )  # fmt: skip

    def __init__(self, dice: random.Random, spared: list[str]) -> None:
        self.dice, self.spared = dice, spared
        self.makers = (self.no_status, self.ghost, self.odd, self.value, self.contradiction)

    def body(self, good: list[dict[str, Any]]) -> tuple[bytes, str]:
        """A body and its content type."""
        items = [self.dice.choice(self.makers)() for _ in range(self.dice.randint(1, 6))]
        if good:
            items += good
            self.dice.shuffle(items)
            return json.dumps(items).encode(), self.dice.choice(("application/json", ""))
        if self.dice.random() < 0.4:
            return json.dumps(items).encode(), self.dice.choice(self.KINDS)
        return self.spoilt(), self.dice.choice(self.KINDS)

    def no_status(self) -> Any:
        """A message that we spare, and no word that a status could be."""
        words = ["Delivred", "", None, True, 0, ["Delivered"], {"a": "Delivered"}, "Unknown", "✓"]
        return {"messageId": self.dice.choice(self.spared), "status": self.dice.choice(words)}

    def ghost(self) -> Any:
        """A receipt about nobody's message, with every field beside itself."""
        return {
            self.dice.choice(("messageId", "msgid", "id", "MESSAGEID")): self.text(1, 12),
            "reference": self.dice.choice((self.text(0, 8), 7, None, ["x"])),
            "deliveryStatus": self.dice.choice(("Delivered", "Failure", "sent", "EXPIRED")),
            "updatedAt": self.dice.choice(("9" * 40, "0001-01-01T00:00:00+14:00", "²", 1e300, "")),
            "description": self.text(0, 400),
        }

    def contradiction(self) -> Any:
        """Statuses without any id that could name a message."""
        return {"messageId": self.dice.choice(([], {}, None, True, "")), "status": "Delivered"}

    def odd(self) -> Any:
        """An inbound text from nowhere, or of nothing."""
        sender = self.dice.choice(("", "Bank", "+", "00", "12", "\x00", self.text(1, 30)))
        return {"from": sender, "text": self.text(0, 60), "to": self.text(0, 20)}

    def value(self) -> Any:
        """No object at all."""
        return self.dice.choice((None, 0, 1e308, 10**30, "x", [], [[[]]], {}, {"": {}}, True))

    def text(self, least: int, most: int) -> str:
        """Characters that like to break things; digits that begin no Greek mobile."""
        letters = string.ascii_letters + "\x00\x01\x7f\ud800\udfff\u202eΑΩ💥'\"\\%;--{}[]<>&=\n\t"
        return "".join(self.dice.choices(letters, k=self.dice.randint(least, most)))

    def spoilt(self) -> bytes:
        """A receipt about nobody's message, cut, flipped or blown up."""
        whole = json.dumps(self.ghost()).encode()
        match self.dice.randrange(6):
            case 0:
                return whole[: self.dice.randrange(len(whole))]
            case 1:
                at = self.dice.randrange(len(whole))
                return whole[:at] + self.dice.randbytes(3) + whole[at + 1 :]
            case 2:
                return self.dice.randbytes(self.dice.randint(0, 200))
            case 3:
                return b"[" * self.dice.randint(1, 3000) + whole
            case 4:
                return b"&".join([b"id=%ff%00", b"status=Delivered", b"a" * 10] * 9)
            case _:
                return b'--x\r\nContent-Disposition: form-data; name="id"\r\n\r\n' + whole
