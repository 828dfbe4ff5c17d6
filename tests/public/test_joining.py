"""Joining from a poster or an NFC tag, and confirming it."""

import pytest

from astronote.db import transaction
from astronote.services import join_links, rate_limits
from astronote.settings import settings
from tests.support.api import ApiClient
from tests.support.forms import first_form
from tests.support.joining import confirmation, fill, link, set_up, stop_everywhere
from tests.support.messages import rows
from tests.support.people import add_contact, new_phone
from tests.support.shops import ShopUnderTest

ENGLISH = {"Accept-Language": "en"}


@pytest.mark.parametrize("path", ["/join/{}", "/retail/join/{}"])
def test_a_new_phone_joins_with_the_wording_it_was_shown(
    site: ApiClient, shop: ShopUnderTest, path: str
) -> None:
    set_up(shop, legal_name="Shop Ltd", privacy_url="https://shop.example/privacy")
    address = path.format(link(shop))
    page = site.get(address, headers=ENGLISH)
    assert "Shop Ltd" in page.text and "https://shop.example/privacy" in page.text
    assert "checked" not in page.text
    phone = new_phone()
    thanks = fill(site, address, phone=phone, firstName="Μαρία", birthday="1990-02-03")
    assert thanks.status_code == 200
    (contact,) = rows(shop, "contact")
    assert (contact["phone"], contact["first_name"]) == (phone, "Μαρία")
    assert contact["is_subscribed"] and contact["sms_consent_source"] == "join"
    (event,) = rows(shop, "consent_event")
    assert (event["action"], event["source"], event["actor"]) == ("opted_in", "join", "person")
    assert shop.name in event["text"] and event["text"] in site.get(address).text
    assert event["text_version"] == "default-el"
    assert event["ip"] == "127.0.0.1" and "Pixel" in event["user_agent"]
    (signup,) = rows(shop, "public_signup_event")
    assert (signup["outcome"], signup["contact_id"]) == ("joined", contact["id"])
    assert rows(shop, "message") == []


@pytest.mark.parametrize("path", ["/nfc/{}", "/retail/nfc/{}"])
def test_an_nfc_tag_counts_its_openings_and_asks_for_little(
    site: ApiClient, program: ApiClient, shop: ShopUnderTest, path: str
) -> None:
    address = path.format(link(shop, "nfc"))
    assert "birthday" not in site.get(address).text
    program.get(address)
    assert [scan["is_bot"] for scan in rows(shop, "nfc_scan")] == [False, True]
    assert fill(site, address, phone=new_phone()).status_code == 200
    assert rows(shop, "consent_event")[0]["source"] == "nfc"


def test_without_the_tick_or_with_a_wrong_phone_nobody_joins(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    address = f"/join/{link(shop)}"
    bare = site.post(address, data={"phone": new_phone(), "firstName": "Ann"}, headers=ENGLISH)
    assert bare.status_code == 422 and "Tick the box" in bare.text and "Ann" in bare.text
    for language in ("en", "el"):
        data = {"phone": "12", "consent": "yes", "birthday": "3000-01-01"}
        wrong = site.post(address, data=data, headers={"Accept-Language": language})
        assert wrong.status_code == 422 and wrong.text.count('class="error"') == 2
    assert rows(shop, "contact") == rows(shop, "public_signup_event") == []


def test_a_wording_that_changes_while_the_form_is_open_is_not_what_was_agreed_to(
    site: ApiClient, program: ApiClient, shop: ShopUnderTest
) -> None:
    address = f"/join/{link(shop)}"
    program.put("/api/consent-wording", json={"text": "First."}, headers=shop.headers)
    page = site.get(address)
    program.put("/api/consent-wording", json={"text": "Second."}, headers=shop.headers)
    action, hidden = first_form(page)
    site.post(action, data={**hidden, "consent": "yes", "phone": new_phone()})
    program.post(f"/public{address}", json={"phone": new_phone(), "consent": True})
    events = rows(shop, "consent_event")
    assert [(e["text_version"], e["text"]) for e in events] == [("1", "First."), ("2", "Second.")]


def test_programs_get_one_answer_for_new_known_and_suppressed_phones(
    program: ApiClient, shop: ShopUnderTest
) -> None:
    address = f"/public/join/{link(shop)}"
    shown = program.get(address, headers=ENGLISH).json()
    assert shown["shop"]["name"] == shop.name and shop.name in shown["consentText"]
    assert shown["fields"][0] == {"name": "phone", "required": True}
    new, known, gone, suppressed = (new_phone() for _ in range(4))
    add_contact(shop.id, phone=known, first_name="Known")
    add_contact(shop.id, phone=gone, subscribed=False)
    stop_everywhere(suppressed)
    answers = [
        program.post(address, json={"phone": phone, "firstName": "New", "consent": True})
        for phone in (new, known, gone, suppressed)
    ]
    assert {(a.status_code, a.text) for a in answers} == {(201, '{"status":"joined"}')}
    contacts = {c["phone"]: c for c in rows(shop, "contact")}
    assert contacts[known]["first_name"] == "Known"
    assert contacts[gone]["first_name"] is None
    standing = {p: (c["is_subscribed"], c["sms_consent_status"]) for p, c in contacts.items()}
    assert standing == {
        new: (True, "opted_in"),
        known: (True, "opted_in"),
        gone: (False, "pending"),
        suppressed: (False, "pending"),
    }
    asked = [m["phone"] for m in rows(shop, "message")]
    assert asked == [gone, suppressed]
    outcomes = [e["outcome"] for e in rows(shop, "public_signup_event")]
    assert outcomes == ["joined", "known", "pending", "pending"]


def test_the_nfc_form_of_programs(program: ApiClient, shop: ShopUnderTest) -> None:
    address = f"/public/nfc/{link(shop, 'nfc')}"
    assert [f["name"] for f in program.get(address).json()["fields"]] == ["phone", "firstName"]
    assert len(rows(shop, "nfc_scan")) == 1
    joined = program.post(f"{address}/submit", json={"phone": new_phone(), "consent": True})
    assert (joined.status_code, joined.json()) == (201, {"status": "joined"})


def test_what_a_program_sends_is_kept(program: ApiClient, shop: ShopUnderTest) -> None:
    phone, short = new_phone(), new_phone()
    person = {
        "firstName": "Ζωή",
        "lastName": "Πάλλη",
        "email": "zoe@example.com",
        "gender": "female",
        "birthday": "1990-02-28",
    }
    for path, body in (
        (f"/public/join/{link(shop)}", {"phone": phone, **person, "consent": True}),
        (
            f"/public/nfc/{link(shop, 'nfc')}/submit",
            {"phone": short, "firstName": "Ζωή", "consent": True},
        ),
    ):
        assert program.post(path, json=body).status_code == 201
    found = program.get("/api/contacts?sort=createdAt", headers=shop.headers).json()["items"]
    assert [c["phone"] for c in found] == [phone, short]
    assert {name: found[0][name] for name in person} == person
    assert found[1]["firstName"] == "Ζωή"


def test_programs_are_told_what_is_wrong(program: ApiClient, shop: ShopUnderTest) -> None:
    token = link(shop)
    for body, code in (
        ({"phone": "12", "consent": True}, "invalid_phone"),
        ({"phone": new_phone(), "consent": False}, "consent_required"),
        ({"phone": new_phone(), "email": "nobody", "consent": True}, "invalid_email"),
        ({"phone": new_phone(), "birthday": "1", "consent": True}, "invalid_birthday"),
        ({"phone": new_phone()}, "invalid"),
        ({"phone": new_phone(), "consent": True, "isSubscribed": True}, "invalid"),
    ):
        refused = program.post(f"/public/join/{token}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert rows(shop, "contact") == []


def test_unknown_revoked_and_mistaken_addresses_lead_nowhere(
    site: ApiClient, program: ApiClient, shop: ShopUnderTest
) -> None:
    token = link(shop)
    with transaction(shop.id) as session:
        other = join_links.create(session, shop.id, shop.owner, "join", "Door")
        join_links.revoke(session, shop.id, shop.owner, other.id)
    for path in ("/join/nobody", f"/join/{other.token}", f"/nfc/{token}"):
        assert site.get(path).status_code == 404
        missing = program.get(f"/public{path}")
        assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


def test_joining_is_limited_and_refuses_politely_without_its_limiter(
    site: ApiClient, program: ApiClient, shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    from astronote.services import rate_limits
    from astronote.settings import settings

    address = f"/public/join/{link(shop)}"
    body = {"phone": new_phone(), "consent": True}
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    settings.cache_clear()
    rate_limits.client.cache_clear()
    try:
        assert site.get(address.removeprefix("/public")).status_code == 200
        refused = program.post(address, json=body)
        assert (refused.status_code, refused.json()["code"]) == (503, "limiter_unavailable")
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        rate_limits.client.cache_clear()
    statuses = [program.post(address, json=body).status_code for _ in range(40)]
    assert statuses[0] == 201 and statuses[-1] == 429


def test_pages_are_small_strict_and_change_nothing_when_opened(
    site: ApiClient, shop: ShopUnderTest
) -> None:
    set_up(shop, double_opt_in=True)
    address = f"/join/{link(shop)}"
    fill(site, address, phone=new_phone())
    path = confirmation(shop)
    before = rows(shop, "contact"), rows(shop, "consent_event")
    for opened in (address, path, f"/nfc/{link(shop, 'nfc')}"):
        for method in ("GET", "HEAD", "OPTIONS"):
            assert site.request(method, opened).status_code in (200, 405)
        page = site.get(opened)
        assert len(page.content) < 30_000
        assert "<script" not in page.text and "style=" not in page.text
        assert "unsafe" not in page.headers["content-security-policy"]
    assert (rows(shop, "contact"), rows(shop, "consent_event")) == before


def test_a_form_of_another_site_is_refused(site: ApiClient, shop: ShopUnderTest) -> None:
    data = {"phone": new_phone(), "consent": "yes"}
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert site.post(f"/join/{link(shop)}", data=data, headers=headers).status_code == 403
    assert rows(shop, "contact") == []


def test_joining_refuses_politely_while_nothing_can_count(
    site: ApiClient, shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/join/{link(shop)}"
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    settings.cache_clear()
    rate_limits.client.cache_clear()
    try:
        refused = fill(site, address, phone=new_phone())
        assert refused.status_code == 503 and "Retry-After" in refused.headers
        assert "<h1>" in refused.text
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        rate_limits.client.cache_clear()
    assert rows(shop, "contact") == []
    assert fill(site, address, phone=new_phone()).status_code == 200
