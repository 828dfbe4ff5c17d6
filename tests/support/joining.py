"""Joining as a shopper does, and what a test needs around it."""

import re

import httpx
import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.security import phone_hmac
from astronote.services import join_links, shops
from tests.support.api import ApiClient
from tests.support.forms import first_form
from tests.support.messages import rows
from tests.support.shops import ShopUnderTest


def link(shop: ShopUnderTest, kind: str = "join") -> str:
    """A new address of the shop; its token."""
    with transaction(shop.id) as session:
        return join_links.create(session, shop.id, shop.owner, kind, "The till").token


def fill(site: ApiClient, path: str, **fields: str) -> httpx.Response:
    """Open the form, type ``fields``, tick the box, send."""
    page = site.get(path)
    assert page.status_code == 200, page.text
    action, hidden = first_form(page)
    return site.post(action, data={**hidden, "consent": "yes", **fields})


def confirmation(shop: ShopUnderTest) -> str:
    """The path of the link in the newest confirmation SMS."""
    texts = [m["text"] for m in rows(shop, "message") if m["kind"] == "confirmation"]
    found = re.search(r"/c/[\w-]+$", texts[-1])
    assert found, texts
    return found.group()


def stop_everywhere(phone: str) -> None:
    """As an inbound STOP leaves it."""
    with system_transaction() as session:
        session.execute(
            sa.text("INSERT INTO global_suppression VALUES (:hash, 'keyword', :now)"),
            {"hash": phone_hmac(phone), "now": clock.now()},
        )


def set_up(shop: ShopUnderTest, **changes: object) -> None:
    """Change the shop's settings."""
    with transaction(shop.id) as session:
        shops.change(session, shop.id, shop.owner, changes)
