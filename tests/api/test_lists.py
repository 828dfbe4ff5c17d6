"""The API of lists, as ``spec/api.md`` states it."""

from typing import Any

import pytest

from tests.support.api import ApiClient
from tests.support.contacts_api import create


def test_lists_are_kept_and_counted(shop_api: ApiClient) -> None:
    made = create(shop_api, gender="male", firstName="Nikos")
    own = shop_api.post("/api/lists", json={"name": "Best"})
    assert own.status_code == 201
    path = f"/api/lists/{own.json()['id']}"
    assert own.json() == {**own.json(), "key": None, "name": "Best", "kind": "own", "count": 0}
    ids = {"contactIds": [made["id"]]}
    assert shop_api.post(f"{path}/contacts", json=ids).json() == {"changed": 1}
    assert shop_api.post(f"{path}/contacts", json=ids).json() == {"changed": 0}
    by_filter = {"filter": {"q": "nikos", "gender": "male", "ageMin": None}}
    assert shop_api.request("DELETE", f"{path}/contacts", json=by_filter).json() == {"changed": 1}
    assert shop_api.post(f"{path}/contacts", json={"filter": {}}).json() == {"changed": 1}
    everything = shop_api.get("/api/lists").json()
    counts = {i["key"] or i["name"]: i["count"] for i in everything["items"]}
    assert counts["all"] == counts["male"] == counts["Best"] == 1 and counts["female"] == 0
    assert everything["total"] == 9
    assert shop_api.get("/api/lists/male").json()["kind"] == "system"
    assert shop_api.put(path, json={"name": "Very best"}).json()["name"] == "Very best"
    assert shop_api.delete(path).status_code == 204
    assert shop_api.get(path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/api/lists", {"name": " "}, 422, "invalid"),
        ("POST", "/api/lists", {"name": "a", "x": 1}, 422, "invalid"),
        ("PUT", "/api/lists/all", {"name": "a"}, 409, "system_list"),
        ("DELETE", "/api/lists/female", None, 409, "system_list"),
        ("POST", "/api/lists/all/contacts", {"contactIds": [1]}, 409, "system_list"),
        ("GET", "/api/lists/x", None, 404, "not_found"),
        ("GET", "/api/lists/99999999999999999999999", None, 404, "not_found"),
        ("GET", "/api/contacts/x", None, 404, "not_found"),
        ("GET", "/api/contacts/99999999999999999999999", None, 404, "not_found"),
    ],
)
def test_wrong_lists_are_refused(
    shop_api: ApiClient, method: str, path: str, body: Any, status: int, code: str
) -> None:
    answer = shop_api.request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_a_selection_must_say_which(shop_api: ApiClient) -> None:
    own = shop_api.post("/api/lists", json={"name": "Best"}).json()
    for body in ({}, {"contactIds": ["x"]}, {"filter": {"surprise": 1}}, {"contactIds": [2**70]}):
        answer = shop_api.post(f"/api/lists/{own['id']}/contacts", json=body)
        assert answer.status_code == 422, body
