"""A phone that once said no is asked by SMS, and answers with one button."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from astronote import clock
from astronote.db import transaction
from astronote.services import automations, billing, consent, welcomes
from tests.support.api import ApiClient
from tests.support.forms import press
from tests.support.joining import confirmation, fill, link, set_up, stop_everywhere
from tests.support.messages import rows
from tests.support.people import new_phone
from tests.support.shops import ShopUnderTest


def is_suppressed(shop: ShopUnderTest, phone: str) -> bool:
    with transaction(shop.id) as session:
        return consent.is_suppressed(session, shop.id, phone)


def test_who_opted_out_comes_back_by_the_link_in_one_sms(
    site: ApiClient, two_shops: tuple[ShopUnderTest, ShopUnderTest]
) -> None:
    shop, other = two_shops
    phone = new_phone()
    stop_everywhere(phone)
    address = f"/join/{link(shop)}"
    for _ in range(2):
        fill(site, address, phone=phone)
    assert len(rows(shop, "message")) == 1, "one SMS a day"
    path = confirmation(shop)
    page = site.get(path)
    assert phone not in page.text and phone[-3:] in page.text
    assert is_suppressed(shop, phone)
    assert press(site, page).status_code == 200
    assert not is_suppressed(shop, phone) and is_suppressed(other, phone)
    assert rows(shop, "contact")[0]["is_subscribed"]
    event = rows(shop, "consent_event")[-1]
    assert (event["action"], event["source"]) == ("opted_in", "join")
    assert shop.name in event["text"]
    assert event["message_id"] == rows(shop, "message")[0]["id"]
    assert "<form" not in site.get(path).text


def test_the_next_day_the_phone_is_asked_again(site: ApiClient, shop: ShopUnderTest) -> None:
    set_up(shop, double_opt_in=True)
    address, phone = f"/join/{link(shop)}", new_phone()
    fill(site, address, phone=phone)
    assert not rows(shop, "contact")[0]["is_subscribed"]
    clock.shift(timedelta(hours=25))
    fill(site, address, phone=phone)
    messages = rows(shop, "message")
    assert [m["kind"] for m in messages] == ["confirmation"] * 2
    assert {(m["encoding"], m["parts"], m["purpose"]) for m in messages} == {
        ("GSM-7", 1, "service")
    }


def test_a_confirmation_ends_by_time_by_leaving_and_with_another_phone(
    site: ApiClient, program: ApiClient, shop: ShopUnderTest
) -> None:
    set_up(shop, double_opt_in=True)
    fill(site, f"/join/{link(shop)}", phone=new_phone())
    path = confirmation(shop)
    clock.shift(timedelta(days=9))
    assert site.get(path).status_code == site.post(path).status_code == 410
    clock.shift(timedelta())
    assert press(site, site.get(path)).status_code == 200
    (contact,) = rows(shop, "contact")
    with transaction(shop.id) as session:
        consent.unsubscribe(
            session, shop.id, contact["id"], source="unsubscribe_link", actor="person"
        )
    assert site.post(path).status_code == 410, "it works once"
    changed = {"phone": new_phone()}
    program.put(f"/api/contacts/{contact['id']}", json=changed, headers=shop.headers)
    assert site.get(path).status_code == 400
    assert not rows(shop, "contact")[0]["is_subscribed"]


def test_no_mutation_of_a_confirmation_is_accepted(site: ApiClient, shop: ShopUnderTest) -> None:
    set_up(shop, double_opt_in=True)
    fill(site, f"/join/{link(shop)}", phone=new_phone())
    path = confirmation(shop)
    token = path.removeprefix("/c/")
    for at in range(len(token)):
        swapped = "A" if token[at] != "A" else "B"
        for mutant in (token[:at] + swapped + token[at + 1 :], token[:at] + token[at + 1 :]):
            if mutant != token:
                assert site.get(f"/c/{mutant}").status_code == 400
    for odd in ("é", "%FF", "A" * 500, token + "=", token + "."):
        assert site.get(f"/c/{odd}").status_code == 400


def test_a_shop_that_may_not_send_asks_nobody_and_says_the_same(
    program: ApiClient, new_shop: type
) -> None:
    shop = new_shop(active=False)
    set_up(shop, double_opt_in=True)
    answer = program.post(
        f"/public/join/{link(shop)}", json={"phone": new_phone(), "consent": True}
    )
    assert (answer.status_code, answer.json()) == (201, {"status": "joined"})
    assert rows(shop, "message") == rows(shop, "message_batch") == []
    assert rows(shop, "contact")[0]["sms_consent_status"] == "pending"
    with transaction(shop.id) as session:
        assert billing.blocked_reason(session, shop.id)


def test_two_forms_at_once_make_one_contact_and_one_sms(
    program: ApiClient, shop: ShopUnderTest
) -> None:
    set_up(shop, double_opt_in=True)
    address, body = f"/public/join/{link(shop)}", {"phone": new_phone(), "consent": True}
    with ThreadPoolExecutor(6) as pool:
        sent = [pool.submit(program.post, address, json=body) for _ in range(6)]
        assert {s.result().status_code for s in sent} == {201}
    assert len(rows(shop, "contact")) == len(rows(shop, "message")) == 1
    assert len(rows(shop, "consent_event")) == 1
    assert len(rows(shop, "public_signup_event")) == 6


def test_who_confirms_is_welcomed(site: ApiClient, shop: ShopUnderTest) -> None:
    set_up(shop, double_opt_in=True)
    with transaction(shop.id) as session:
        automations.change(session, shop.id, automations.WELCOME, {"is_active": True})
    fill(site, f"/join/{link(shop)}", phone=new_phone())
    contact_id = rows(shop, "contact")[0]["id"]
    with transaction(shop.id) as session:
        assert welcomes.send_welcome(session, shop.id, contact_id) == "not_due"
    press(site, site.get(confirmation(shop)))
    with transaction(shop.id) as session:
        assert welcomes.send_welcome(session, shop.id, contact_id) == "queued"
    assert [m["kind"] for m in rows(shop, "message")] == ["confirmation", "welcome"]
