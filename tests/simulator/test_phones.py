"""The page of phones, over HTTP and in Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from astronote.simulator.presentation import grouped, linked
from tests.simulator.calls import SEND, message, send_bulk
from tests.simulator.conftest import SECRET
from tests.simulator.receiver import Receiver
from tests.support.simulator import Simulator
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PHONE = "306900000001"
HOSTILE = "<script>alert(1)</script> \"'>& http://a.example/o/1?x=<b>"


def test_links_are_tappable_and_end_where_the_address_ends() -> None:
    html = linked("Go to http://127.0.0.1:3000/o/aB3. Or (https://x.gr/ά?b=1&c=2)!")
    assert 'href="http://127.0.0.1:3000/o/aB3"' in html
    assert 'href="https://x.gr/ά?b=1&amp;c=2"' in html
    assert html.count("<a ") == html.count('rel="noopener"') == html.count('target="_blank"') == 2
    assert "javascript" not in linked("javascript:alert(1)") or "<a" not in linked("javascript:1")


@pytest.mark.parametrize("number", ["+306912345678", "+35799123456", "+12025550123", "+9999999"])
def test_a_grouped_number_is_still_the_number(number: str) -> None:
    assert grouped(number).striptags().replace(" ", "") == number


def test_nothing_that_was_sent_becomes_markup(mitto: httpx.Client, provider: Simulator) -> None:
    mitto.post(SEND, json=message(1, text=HOSTILE)).raise_for_status()
    for path in ("/", f"/phones/{PHONE}", f"/phones/{PHONE}?q={HOSTILE}"):
        page = httpx.get(provider.url + path)
        assert "<script>alert" not in page.text
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def test_phones_are_listed_newest_first_and_searched(
    mitto: httpx.Client, provider: Simulator
) -> None:
    send_bulk(mitto, 60)
    mitto.post(SEND, json=message(5, text="Τελευταία ΕΥΚΑΙΡΙΑ"))
    page = httpx.get(provider.url + "/").text
    assert page.count('data-testid="phone-list-item"') == 50
    assert page.index("+306900000005") < page.index("+306900000059")
    assert "Show more phones" in page
    for sought, numbers in (("690 000 0042", 1), ("ευκαιρία", 1), ("TELEYTAIA", 0)):
        found = httpx.get(provider.url + "/", params={"q": sought}).text
        assert found.count('data-testid="phone-list-item"') == numbers, sought
    unknown = httpx.get(provider.url + "/", params={"q": "+447911123456"}).text
    assert 'href="/phones/447911123456"' in unknown


def page_of(provider: Simulator) -> str:
    """The phone's page as it is now."""
    return httpx.get(f"{provider.url}/phones/{PHONE}").text


def test_an_answer_reaches_the_webhook_without_any_script(
    mitto: httpx.Client, provider: Simulator, receiver: Receiver
) -> None:
    mitto.post(SEND, json=message(1))
    reply_url = f"{provider.url}/phones/{PHONE}/reply"
    written = httpx.post(reply_url, data={"text": " Ανοιχτά; 🌸 ", "to": "Bloom"})
    assert (written.status_code, written.headers["Location"]) == (303, f"/phones/{PHONE}#newest")
    httpx.post(reply_url, data={"text": "left in the box", "quick": "STOP", "to": "Bloom"})
    # The page waits for the webhook's answer, but not for ever.
    wait_until(lambda: len(receiver.inbound()) == 2)
    first, second = receiver.inbound()
    assert (first["from"], first["to"], first["text"]) == ("+" + PHONE, "Bloom", "Ανοιχτά; 🌸")
    assert second["text"] == "STOP"
    assert first["messageId"] != second["messageId"]
    assert first["timestamp"].endswith("Z")
    assert {secret for _, secret, body in receiver.requests if "from" in body} == {SECRET}
    wait_until(lambda: page_of(provider).count('data-status="received"') == 2)


def test_a_refused_answer_says_so(provider: Simulator, receiver: Receiver) -> None:
    receiver.answers += [401]
    httpx.post(f"{provider.url}/phones/{PHONE}/reply", data={"text": "hi", "to": "Bloom"})
    wait_until(lambda: "the webhook answered 401" in page_of(provider))


def test_an_empty_answer_or_a_strange_number_is_refused(provider: Simulator) -> None:
    reply_url = f"{provider.url}/phones/{PHONE}/reply"
    assert httpx.post(reply_url, data={"text": " ", "to": "Bloom"}).status_code == 400
    assert httpx.post(reply_url, data={"text": "hi", "to": ""}).status_code == 400
    assert httpx.get(provider.url + "/phones/abc").status_code == 404


def test_the_behaviour_form_works_without_any_script(provider: Simulator) -> None:
    form = {"failed_pct": "12.5", "silent_pct": "7", "receipts": "shuffled", "latency_ms": "50"}
    answer = httpx.post(provider.url + "/behaviour", data=form | {"back": PHONE})
    assert answer.headers["Location"] == f"/phones/{PHONE}#behaviour"
    now = provider.behaviour()
    assert (now["delivered_pct"], now["failed_pct"], now["silent_pct"]) == (80.5, 12.5, 7)
    assert (now["receipts"], now["latency_ms"]) == ("shuffled", 50)
    refused = httpx.post(provider.url + "/behaviour", data={"reject_pattern": "("})
    assert refused.status_code == 400
    assert "no regular expression" in refused.text
    assert httpx.post(provider.url + "/reset").headers["Location"] == "/"


@pytest.mark.e2e
def test_a_shopper_sees_a_text_arrive_and_answers_stop(
    mitto: httpx.Client, provider: Simulator, receiver: Receiver, browser: Browser
) -> None:
    with browser.new_context(base_url=provider.url, viewport={"width": 390, "height": 844}) as site:
        page = site.new_page()
        problems: list[str] = []
        page.on("console", lambda said: problems.append(said.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto("/")
        mitto.post(SEND, json=message(1, text="Δείτε http://127.0.0.1:9/o/aB3 " + "ά" * 300))
        page.get_by_test_id("phone-list-item").click()
        assert (
            page.get_by_test_id("bubble-link").get_attribute("href") == "http://127.0.0.1:9/o/aB3"
        )
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.get_by_test_id("reply-box").fill("Thanks")
        page.get_by_test_id("reply-send").click()
        page.get_by_test_id("bubble").nth(1).wait_for()
        page.get_by_test_id("reply-stop").click()
        page.get_by_test_id("bubble").nth(2).wait_for()
        assert page.get_by_test_id("reply-box").input_value() == ""
        mitto.post(SEND, json=message(1, text="You are out"))
        page.get_by_test_id("bubble").nth(3).wait_for()
        assert problems == []
    wait_until(lambda: [said["text"] for said in receiver.inbound()] == ["Thanks", "STOP"])


@pytest.mark.e2e
def test_forms_of_the_page_work_in_a_browser_without_scripts(
    mitto: httpx.Client, provider: Simulator, receiver: Receiver, browser: Browser
) -> None:
    mitto.post(SEND, json=message(1))
    with browser.new_context(base_url=provider.url, java_script_enabled=False) as site:
        page = site.new_page()
        page.goto(f"/phones/{PHONE}")
        page.get_by_test_id("reply-box").fill("Hello")
        page.get_by_test_id("reply-send").click()
        page.wait_for_url(f"/phones/{PHONE}#newest")
        page.get_by_text("Behaviour and faults").click()
        page.get_by_label("429 on every n-th call").fill("7")
        page.get_by_role("button", name="Apply").click()
        page.wait_for_url(f"/phones/{PHONE}#behaviour")
    wait_until(lambda: [said["text"] for said in receiver.inbound()] == ["Hello"])
    assert provider.behaviour()["throttle_every"] == 7
