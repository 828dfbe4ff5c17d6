"""The preferences page: what one may say of oneself, and being forgotten."""

import re
from datetime import timedelta

import pytest

from astronote import clock
from astronote.db import transaction
from astronote.security import phone_hmac
from astronote.services import confirmations, consent, unsubscribe_tokens, unsubscribing
from tests.support.api import ApiClient
from tests.support.forms import press
from tests.support.messages import SentMessage, add_message, rows
from tests.support.shops import ShopUnderTest

ENGLISH = {"Accept-Language": "en"}


def preferences(message: SentMessage) -> str:
    holder = unsubscribe_tokens.Holder(
        message.shop_id, message.contact_id, message.campaign_id, message.id
    )
    return f"/preferences/{unsubscribing.preferences_token(holder)}"


def confirmation(shop: ShopUnderTest) -> str:
    """The path of the link in the newest SMS that asks whether to erase."""
    texts = [m["text"] for m in rows(shop, "message") if m["occasion"] == "erase"]
    found = re.search(r"/e/[\w-]+$", texts[-1])
    assert found, texts
    return found.group()


def test_what_is_given_is_kept_and_what_is_known_is_not_shown(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    path = preferences(add_message(shop))
    given = {"firstName": "Ελένη", "birthday": "1990-02-03", "locale": "en"}
    saved = site.post(path, data=given, headers=ENGLISH)
    assert saved.status_code == 200 and "Saved" in saved.text
    (contact,) = rows(shop, "contact")
    assert (contact["first_name"], contact["last_name"]) == ("Ελένη", "Παπαδοπούλου")
    assert (str(contact["birthday"]), contact["locale"]) == ("1990-02-03", "en")
    for page in (saved, site.get(path)):
        for known in ("Ελένη", "Παπαδοπούλου", "1990-02-03", contact["phone"]):
            assert known not in page.text
    assert "Saved" not in site.post(path, data={"firstName": " "}, headers=ENGLISH).text
    assert rows(shop, "contact")[0]["first_name"] == "Ελένη"


@pytest.mark.parametrize(
    "given", [{"birthday": "31/12/1990"}, {"locale": "fr"}, {"firstName": "x" * 101}]
)
def test_what_cannot_be_is_refused_and_stays_in_the_form(
    site: ApiClient, shop: ShopUnderTest, given: dict[str, str]
) -> None:
    before = rows(shop, "contact")
    path = preferences(add_message(shop))
    before = rows(shop, "contact")
    refused = site.post(path, data=given | {"lastName": "Typed"})
    assert refused.status_code == 422 and "Typed" in refused.text
    assert rows(shop, "contact") == before


def test_erasing_is_confirmed_by_one_sms(site: ApiClient, shop: ShopUnderTest) -> None:
    message = add_message(shop)
    path = preferences(message)
    for _ in range(2):
        asked = site.post(f"{path}/erase", headers=ENGLISH)
        assert asked.status_code == 200 and "at most one a day" in asked.text
    assert [m["kind"] for m in rows(shop, "message")] == ["campaign", "confirmation"]
    link = confirmation(shop)
    page = site.get(link, headers=ENGLISH)
    assert message.phone[-3:] in page.text and message.phone not in page.text
    for method in ("GET", "HEAD", "OPTIONS"):
        site.request(method, link)
    assert len(rows(shop, "contact")) == 1
    done = press(site, page, **ENGLISH)
    assert done.status_code == 200 and "erased" in done.text
    assert rows(shop, "contact") == []
    assert {(m["phone"], m["text"]) for m in rows(shop, "message")} == {("", "")}
    (event,) = [e for e in rows(shop, "consent_event") if e["action"] == "erased"]
    assert (event["source"], event["actor"]) == ("preferences", "person")
    with transaction(shop.id) as session:
        assert consent.is_suppressed(session, shop.id, phone_hmac(message.phone))
    assert site.get(link).status_code == press(site, page).status_code == 400


def test_an_old_link_erases_nothing(site: ApiClient, shop: ShopUnderTest) -> None:
    message = add_message(shop)
    link = f"/e/{confirmations.make('erase', message.contact_id, message.phone)}"
    page = site.get(link)
    clock.shift(timedelta(days=confirmations.LIFE_DAYS + 1))
    assert site.get(link).status_code == 410
    assert press(site, page).status_code == 410
    assert len(rows(shop, "contact")) == 1


def test_a_link_to_join_erases_nothing(site: ApiClient, shop: ShopUnderTest) -> None:
    message = add_message(shop)
    joins = confirmations.make("join", message.contact_id, message.phone)
    erases = confirmations.make("erase", message.contact_id, message.phone)
    assert site.get(f"/e/{joins}").status_code == 400
    assert site.post(f"/e/{joins}").status_code == 400
    assert site.get(f"/c/{erases}").status_code == 400
    assert len(rows(shop, "contact")) == 1


def test_a_shop_that_may_not_send_has_to_be_asked(site: ApiClient, new_shop: type) -> None:
    shop = new_shop(active=False)
    asked = site.post(f"{preferences(add_message(shop))}/erase", headers=ENGLISH)
    assert asked.status_code == 200 and f"Ask {shop.name}" in asked.text
    assert len(rows(shop, "message")) == 1


def test_another_site_can_ask_for_nothing(site: ApiClient, shop: ShopUnderTest) -> None:
    path = preferences(add_message(shop))
    foreign = {"Sec-Fetch-Site": "cross-site"}
    for address in (path, f"{path}/erase"):
        assert site.post(address, data={"firstName": "x"}, headers=foreign).status_code == 403
    assert len(rows(shop, "message")) == 1
