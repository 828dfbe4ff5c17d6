"""One effect a key. The POST under test creates an own list."""

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from starlette.responses import Response

from astronote import clock
from astronote.api.idempotency import Idempotency
from astronote.db import in_first_commit, transaction
from astronote.errors import Conflict
from astronote.services import idempotency, lists

PATH = "/api/lists"


def post(api, key, name="Regulars", **headers):
    return api.post(PATH, json={"name": name}, headers={"Idempotency-Key": key, **headers})


async def call(app, shop, body, key, whole=True):
    arriving = iter(
        (
            {"type": "http.request", "body": body, "more_body": not whole},
            {"type": "http.disconnect"},
        )
    )
    answered = []

    async def receive():
        return next(arriving)

    async def send(message):
        answered.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "headers": [(b"idempotency-key", key.encode())],
        "state": {"identity": shop.owner},
    }
    await Idempotency(app)(scope, receive, send)
    return answered


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


BODY = b'{"name": "Slow"}'


def take(shop):
    with transaction(shop.id) as session:
        return idempotency.begin(
            session, shop.id, f"POST {PATH}", "slow", hashlib.sha256(BODY).digest()
        )


def carry_out(shop, lock, name="Slow"):
    settle = partial(idempotency.settle, lock=lock)
    with in_first_commit(settle), transaction(shop.id) as session:
        lists.create(session, shop.id, name)


def ask_again(api):
    headers = {"Idempotency-Key": "slow", "Content-Type": "application/json"}
    answer = api.post(PATH, content=BODY, headers=headers)
    return answer.status_code, answer.json().get("code")


def own_lists(api):
    return [one["name"] for one in api.get(PATH).json()["items"] if one["kind"] == "own"]


def test_a_key_that_is_still_running_says_so_and_is_freed_after_a_minute(shop_api, shop):
    take(shop)
    assert ask_again(shop_api) == (409, "idempotency_in_progress")
    clock.shift(timedelta(seconds=61))
    assert ask_again(shop_api) == (201, None)


def test_what_took_effect_and_died_before_its_answer_is_not_done_again(shop_api, shop):
    carry_out(shop, take(shop))
    assert ask_again(shop_api) == (409, "idempotency_in_progress")
    clock.shift(timedelta(seconds=61))
    assert ask_again(shop_api) == (409, "idempotency_answer_lost")
    assert own_lists(shop_api) == ["Slow"]


def test_who_was_taken_over_has_no_effect_any_more(shop_api, shop):
    lock = take(shop)
    clock.shift(timedelta(seconds=61))
    assert ask_again(shop_api) == (201, None)
    with pytest.raises(Conflict, match="taken over"):
        carry_out(shop, lock, "Second")
    assert own_lists(shop_api) == ["Slow"]


@pytest.mark.parametrize(
    ("effect", "status", "again"),
    [(True, 500, 409), (False, 500, 201), (True, 422, 201), (False, 422, 201)],
)
def test_a_failure_frees_the_key_unless_there_was_an_effect(shop_api, shop, effect, status, again):
    async def app(scope, receive, send):
        if effect:
            with transaction(shop.id) as session:
                lists.create(session, shop.id, "Before the failure")
        await Response("no", status_code=status)(scope, receive, send)

    asyncio.run(call(app, shop, BODY, "slow"))
    clock.shift(timedelta(seconds=61))
    assert ask_again(shop_api)[0] == again


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

    async def app(scope, receive, send):
        reached.append(scope)

    answered = asyncio.run(call(app, shop, b'{"name": "Ha', "k1", whole=False))
    assert reached == []
    assert answered[0]["status"] == 400
