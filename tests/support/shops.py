"""Shops for tests, made through the services."""

import itertools
from dataclasses import dataclass

from astronote.db import enter_shop, system_transaction
from astronote.security import Identity
from astronote.services import accounts, billing, wallet

PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class ShopUnderTest:
    """A shop, its owner, and a session token of his."""

    name: str
    email: str
    password: str
    owner: Identity
    token: str

    @property
    def id(self) -> int:
        """The shop's id."""
        return self.owner.shop_id

    @property
    def headers(self) -> dict[str, str]:
        """What signs a request in as the owner."""
        return {"Authorization": f"Bearer {self.token}"}


def make_shop(
    *,
    name: str = "",
    active: bool = True,
    credits: int = 1_000,
    country: str = "GR",
    timezone: str = "Europe/Athens",
) -> ShopUnderTest:
    """A new shop with ``credits`` and, unless told otherwise, an active subscription."""
    number = next(_numbers)
    name = name or f"Shop {number}"
    email = f"owner{number}@example.com"
    with system_transaction() as session:
        who = accounts.register(
            session,
            shop_name=name,
            email=email,
            password=PASSWORD,
            country=country,
            timezone=timezone,
        )
        opened = accounts.open_session(session, who.user_id, who.shop_id, "tests")
        enter_shop(session, who.shop_id)
        if active:
            billing.activate(session, who.shop_id, included=False)
        if credits:
            wallet.grant(session, who.shop_id, credits, kind="grant", settles="test")
    return ShopUnderTest(name, email, PASSWORD, opened.identity, opened.token)
