"""One effect a key. The POST under test creates an own list."""

from datetime import timedelta

from astronote import clock

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
