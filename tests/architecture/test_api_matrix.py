"""Every route of the API meets nobody's session and another shop's ids.

The routes come from the router. A new one without a place here fails the test: say in
``PUBLIC`` why it answers strangers, or give it what it needs in ``BODIES``.
"""

import re

import pytest
from starlette.routing import BaseRoute, Route

from tests.architecture.neighbour import MARK, fingerprint, furnish
from tests.support.api import ApiClient
from tests.support.pages import origin

PUBLIC = {
    "/healthz": "the load balancer asks",
    "/readyz": "the load balancer asks",
    "/metrics": "loopback or a token of its own",
    "/api/auth/register": "nobody is registered yet",
    "/api/auth/login": "nobody is signed in yet",
    "/api/unsubscribe": "the token in the link proves who it is",
    "/api/unsubscribe/{token}": "the token in the link proves who it is",
    "/api/contacts/unsubscribe": "the token in the link proves who it is",
    "/api/contacts/unsubscribe/{token}": "the token in the link proves who it is",
    "/api/contacts/resubscribe": "the token in the link proves who it is",
    "/api/contacts/preferences/{page_token}": "the token in the link proves who it is",
    "/tracking/offer/{tracking_id}": "the unguessable id is in the shopper's message",
    "/tracking/redeem/{tracking_id}": "the unguessable id is in the shopper's message",
    "/tracking/redeem-public/{tracking_id}": "the shopper redeems, where the shop allows",
}
"""Routes that answer strangers, and why they may."""

BODIES: dict[tuple[str, str], dict[str, object]] = {
    ("POST", "/tracking/redeem"): {"trackingId": "neighbourtracking"},
    ("POST", "/api/lists/{list_id}/contacts"): {"contactIds": [1]},
    ("DELETE", "/api/lists/{list_id}/contacts"): {"contactIds": [1]},
    ("PUT", "/api/lists/{list_id}"): {"name": "Renamed"},
    ("PUT", "/api/team/{user_id}"): {"role": "staff"},
    ("PUT", "/api/join-links/{link_id}"): {"name": "Renamed", "replaceToken": True},
    ("PUT", "/api/contacts/{contact_id}"): {"firstName": "Changed"},
    ("PUT", "/api/campaigns/{campaign_id}"): {"name": "Changed"},
    ("POST", "/api/inbox/{contact_id}"): {"text": "Hello"},
    ("PUT", "/api/automations/{type}"): {"isActive": True},
    ("POST", "/api/campaigns/{campaign_id}/schedule"): {"localTime": "2099-01-01T12:00"},
    ("POST", "/api/campaigns/{campaign_id}/test-send"): {"phone": "+306912345678"},
}
"""What a route needs to get as far as looking for the object."""


def _routes(routes: list[BaseRoute]) -> list[tuple[str, str]]:
    found = []
    for route in routes:
        if hasattr(route, "original_router"):
            found += _routes(route.original_router.routes)
        else:
            assert isinstance(route, Route), f"{route!r} hides its routes from this test"
            found += [(m, route.path) for m in sorted(route.methods or ()) if m != "HEAD"]
    return found


def _plain(path: str) -> str:
    return re.sub(r":\w+}", "}", path)


# The pages (signing in, unsubscribing) are for strangers by nature; under these prefixes
# nothing is unless PUBLIC says so.
GUARDED = ("/api", "/tracking", "/healthz", "/readyz", "/metrics")
API_ROUTES = [
    (method, _plain(path))
    for method, path in _routes(list(origin().routes))
    if path.startswith(GUARDED)
]
PRIVATE = [(method, path) for method, path in API_ROUTES if path not in PUBLIC]
WITH_IDS = [(method, path) for method, path in PRIVATE if "{" in path]
WITHOUT_IDS = [(method, path) for method, path in PRIVATE if "{" not in path]


@pytest.fixture
def strict_api(database):
    with ApiClient(origin()) as client:
        yield client


def test_there_are_routes_to_test():
    assert len(PRIVATE) > 30
    stale = set(PUBLIC) - {path for _, path in API_ROUTES} - {"/metrics"}
    assert not stale, f"public routes that are gone: {stale}"


@pytest.mark.parametrize(("method", "path"), PRIVATE)
def test_nobody_is_let_in(strict_api, method, path):
    address = re.sub(r"{\w+}", "1", path)
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Cookie": "astronote_session=x"}):
        answer = strict_api.request(method, address, headers=headers, content=b"{broken")
        assert answer.status_code == 401, f"{method} {path}: {answer.status_code}"
        assert answer.json()["code"] == "unauthenticated"


@pytest.mark.parametrize(("method", "path"), WITH_IDS)
def test_another_shops_objects_do_not_exist(strict_api, database, two_shops, method, path):
    mine, other = two_shops
    neighbour = furnish(other, database.superuser_url)
    before = fingerprint(database.superuser_url, other.id)
    places = re.findall(r"{(\w+)}", path)
    unknown = [p for p in places if p not in neighbour.ids and p != "type"]
    assert not unknown, f"{path}: give neighbour.furnish one of {unknown}"
    address = path.format(**neighbour.ids, type="no_such_type")
    answer = strict_api.request(
        method, address, headers=mine.headers, json=BODIES.get((method, path), {})
    )
    assert answer.status_code == 404, f"{method} {path}: {answer.status_code} {answer.text}"
    assert answer.json()["code"] == "not_found"
    assert MARK not in answer.text
    assert fingerprint(database.superuser_url, other.id) == before


@pytest.mark.parametrize(("method", "path"), WITH_IDS)
def test_impossible_ids_are_as_unknown_as_others(strict_api, shop, method, path):
    for impossible in ("0", "-1", str(2**63), "9" * 40, "abc", "1.5", "%F0%9F%92%A9"):
        address = re.sub(r"{\w+}", impossible, path)
        answer = strict_api.request(
            method, address, headers=shop.headers, json=BODIES.get((method, path), {})
        )
        assert answer.status_code == 404, f"{method} {address}: {answer.status_code} {answer.text}"


@pytest.mark.parametrize(("method", "path"), WITHOUT_IDS)
def test_what_needs_no_id_shows_and_changes_nothing_of_another_shop(
    strict_api, database, two_shops, method, path
):
    mine, other = two_shops
    neighbour = furnish(other, database.superuser_url)
    before = fingerprint(database.superuser_url, other.id)
    body = BODIES.get((method, path), {})
    answer = strict_api.request(method, path, headers=mine.headers, json=body)
    assert answer.status_code < 500, f"{method} {path}: {answer.text}"
    assert MARK not in answer.text
    assert fingerprint(database.superuser_url, neighbour.shop.id) == before
