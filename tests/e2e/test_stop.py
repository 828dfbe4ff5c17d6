"""STOP typed on the simulator's phone reaches every shop of the running product."""

import httpx
import pytest

from tests.support.product import Product
from tests.support.shops import PASSWORD
from tests.support.waiting import wait_until

pytestmark = pytest.mark.e2e

PHONE = "+306912300045"


def shop(product: Product, name: str) -> httpx.Client:
    email = f"{name.lower()}@stop.gr"
    product.create_shop(name, email, credits=10)
    with product.client() as stranger:
        answer = stranger.post("/api/auth/login", json={"email": email, "password": PASSWORD})
    client = product.client(answer.json()["accessToken"])
    client.put("/api/shop", json={"quietHours": None, "senderName": name}).raise_for_status()
    contact = {"phone": PHONE, "isSubscribed": True, "consent": {"source": "form", "text": "Yes"}}
    client.post("/api/contacts", json=contact).raise_for_status()
    return client


def send(client: httpx.Client) -> httpx.Response:
    draft = {"name": "Offer", "messageText": "Hello"}
    made = client.post("/api/campaigns", json=draft).raise_for_status().json()
    return client.post(f"/api/campaigns/{made['id']}/enqueue")


def is_subscribed(client: httpx.Client) -> bool:
    found = client.get("/api/contacts", params={"q": PHONE}).raise_for_status().json()
    subscribed: bool = found["items"][0]["isSubscribed"]
    return subscribed


def reply(product: Product, to: str, text: str) -> None:
    answer = httpx.post(
        f"{product.simulator.url}/phones/{PHONE.lstrip('+')}/reply",
        data={"to": to, "text": text},
        timeout=120,
    )
    assert answer.status_code == 303


def test_stop_and_start_on_the_phone(product: Product) -> None:
    one, two = shop(product, "Alpha"), shop(product, "Beta")
    assert send(one).status_code == 202
    wait_until(lambda: [m for m in product.simulator.messages() if m["sender"] == "Alpha"])
    reply(product, "Alpha", "ΣΤΟΠ")
    wait_until(lambda: not is_subscribed(one) and not is_subscribed(two))
    assert send(one).json()["code"] == "empty_audience"
    reply(product, "Alpha", "START")
    wait_until(lambda: is_subscribed(one))
    assert send(one).status_code == 202
    wait_until(
        lambda: len([m for m in product.simulator.messages() if m["sender"] == "Alpha"]) == 2
    )
