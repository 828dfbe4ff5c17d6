"""One effect a key. The POST under test creates an own list."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from astronote import clock
from astronote.api.idempotency import Idempotency

PATH = "/api/lists"


def post(api, key, name="Regulars", **headers):
    return api.post(PATH, json={"name": name}, headers={"Idempotency-Key": key, **headers})


def test_a_repeated_key_gets_the_first_answer_again(shop_api):
    first, again = post(shop_api, "k1"), post(shop_api, "k1")
    assert first.status_code == 201
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers


def test_the_same_key_with_another_body_is_refused(shop_api):
    post(shop_api, "k1")
    answer = post(shop_api, "k1", name="Others")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")


def test_a_refusal_can_be_tried_again(shop_api):
    assert post(shop_api, "k1", name="").status_code == 422
    assert post(shop_api, "k1", name="Now it is right").status_code == 201


def test_keys_belong_to_one_shop(api, two_shops):
    answers = [post(api, "same", **shop.headers) for shop in two_shops]
    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]


def test_a_key_that_is_still_running_says_so_and_is_freed_after_a_minute(shop_api, shop):
    import hashlib

    from astronote.db import transaction
    from astronote.services import idempotency

    body = b'{"name": "Slow"}'
    with transaction(shop.id) as session:
        idempotency.begin(session, shop.id, f"POST {PATH}", "slow", hashlib.sha256(body).digest())
    headers = {"Idempotency-Key": "slow", "Content-Type": "application/json"}
    answer = shop_api.post(PATH, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_progress")
    clock.shift(timedelta(seconds=61))
    assert shop_api.post(PATH, content=body, headers=headers).status_code == 201


def test_keys_are_forgotten_after_three_days(shop_api):
    first = post(shop_api, "k1", name="One")
    clock.shift(timedelta(hours=73))
    second = post(shop_api, "k1", name="Two")
    assert second.status_code == 201
    assert second.json()["id"] != first.json()["id"]


def test_a_hundred_at_once_have_one_effect(shop_api):
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: post(shop_api, "k1"), range(100)))
    assert {a.status_code for a in answers} <= {201, 409}
    refused = {a.json()["code"] for a in answers if a.status_code == 409}
    assert refused <= {"idempotency_in_progress"}
    assert len({a.json()["id"] for a in answers if a.status_code == 201}) == 1
    own = [one for one in shop_api.get(PATH).json()["items"] if one["kind"] == "own"]
    assert [one["name"] for one in own] == ["Regulars"]


def test_a_body_that_breaks_off_is_not_carried_out(shop):
    reached = []
    arriving = iter(
        (
            {"type": "http.request", "body": b'{"name": "Ha', "more_body": True},
            {"type": "http.disconnect"},
        )
    )

    async def app(scope, receive, send):
        reached.append(scope)

    async def receive():
        return next(arriving)

    async def send(message):
        answered.append(message)

    answered = []
    scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "headers": [(b"idempotency-key", b"k1")],
        "state": {"identity": shop.owner},
    }
    asyncio.run(Idempotency(app)(scope, receive, send))
    assert reached == []
    assert answered[0]["status"] == 400
