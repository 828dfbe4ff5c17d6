"""The lane of the busiest routes: the same answers as the API's, and nothing but those routes."""

import logging
from collections.abc import Iterator
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import TimeoutError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from astronote import counters, public
from astronote.api import webhooks
from astronote.errors import Unavailable
from astronote.lane import Lane
from astronote.settings import settings
from tests.support.api import ApiClient
from tests.support.cluster import WorkerDatabase
from tests.support.messages import add_message, rows
from tests.support.pages import origin
from tests.support.shops import ShopUnderTest

DLR = "/webhooks/mitto/dlr"
BEYOND = {"type": "http.response.start", "status": 204, "headers": [(b"beyond", b"yes")]}


async def beyond(_scope: Any, _receive: Any, send: Any) -> None:
    """What lies behind the lane, in place of the whole app."""
    await send(BEYOND | {"headers": list(cast("list[Any]", BEYOND["headers"]))})
    await send({"type": "http.response.body", "body": b""})


def client(behind: Any) -> ApiClient:
    """A client of the lane before ``behind``."""
    lane = Lane(behind, [*webhooks.lane, *public.lane])
    return ApiClient(cast("FastAPI", lane), {"Accept": "text/html"})


@pytest.fixture
def lane(database: WorkerDatabase) -> Iterator[ApiClient]:
    """The lane by itself."""
    with client(beyond) as made:
        yield made


@pytest.fixture
def whole(database: WorkerDatabase) -> Iterator[ApiClient]:
    """The origin without the lane."""
    with ApiClient(origin(), {"Accept": "text/html"}) as made:
        yield made


def secret() -> str:
    return settings().webhook_secret.get_secret_value()


def told(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    """What an answer says, but for the request's own id and the caching that Front adds."""
    own = {"x-request-id", "cache-control"}
    headers = {name: value for name, value in answer.headers.items() if name not in own}
    return answer.status_code, headers, answer.content


ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", f"{DLR}/SECRET", {"json": {"messageId": "m-1", "status": "Delivered"}}),
    ("POST", f"{DLR}/SECRET", {"json": [1, {"messageId": "m-2"}]}),
    ("POST", f"{DLR}/SECRET", {"content": b"{"}),
    ("POST", f"{DLR}/SECRET", {"content": b" " * 300_000}),
    ("POST", f"{DLR}/SECRET", {"content": b"{}"}),
    ("POST", DLR, {"json": {"messageId": "m-3"}, "headers": {"X-Webhook-Secret": "SECRET"}}),
    ("POST", DLR, {"json": {"messageId": "m-4"}}),
    ("GET", f"{DLR}/wrong?messageId=m-5", {}),
    ("GET", f"{DLR}/SECRET?messageId=%00", {}),
    ("GET", f"{DLR}?messageId=m-6&secret=SECRET", {}),
    ("GET", "/o/nobody", {}),
    ("GET", "/o/%00", {}),
    ("GET", "/s/nobody?debug=1", {}),
]


@pytest.mark.parametrize(("method", "path", "options"), ASKED)
def test_the_lane_answers_as_the_api_does(
    lane: ApiClient, whole: ApiClient, method: str, path: str, options: dict[str, Any]
) -> None:
    path = path.replace("SECRET", secret())
    if "headers" in options:
        options = options | {"headers": {"X-Webhook-Secret": secret()}}
    here = lane.request(method, path, **options)
    there = whole.request(method, path.replace("m-", "again-"), **_again(options))
    assert told(here) == told(there)
    assert "beyond" not in here.headers
    assert "x-request-id" in here.headers


def _again(options: dict[str, Any]) -> dict[str, Any]:
    """The same of other messages: what came before would be a duplicate."""
    item = options.get("json")
    if isinstance(item, dict):
        return options | {"json": item | {"messageId": f"again-{item['messageId']}"}}
    if isinstance(item, list):
        return options | {"json": [item[0], {"messageId": "again"}]}
    return options


def test_a_tap_is_led_on_and_counted(lane: ApiClient, shop: ShopUnderTest) -> None:
    message = add_message(shop)
    answer = lane.get(f"/o/{message.code}")
    assert (answer.status_code, answer.headers["location"]) == (
        302,
        f"/tracking/offer/{message.tracking_id}",
    )
    assert answer.headers["cache-control"] == "no-store"
    assert [row["link"] for row in rows(shop, "link_click")] == ["offer"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("HEAD", DLR),
        ("PUT", DLR),
        ("HEAD", "/o/code"),
        ("POST", "/o/code"),
        ("GET", "/o/"),
        ("GET", "/o/a/b"),
        ("GET", f"{DLR}/a/b"),
        ("POST", "/webhooks/mitto/inbound"),
        ("GET", "/app/"),
        ("GET", "/api/contacts"),
    ],
)
def test_all_else_goes_on_to_the_app(lane: ApiClient, method: str, path: str) -> None:
    answer = lane.request(method, path)
    assert (answer.status_code, answer.headers["beyond"]) == (204, "yes")


def test_what_goes_well_is_counted_and_what_fails_is_logged_without_the_secret(
    lane: ApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    counters.take()
    with caplog.at_level(logging.INFO, "astronote.access"):
        assert lane.get(f"{DLR}/{secret()}?messageId=m-1").status_code == 200
        assert lane.get(f"{DLR}/not-the-secret?messageId=m-1").status_code == 401
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 1
    assert lines[0].startswith(f"GET {DLR}/{{secret}} 401 ")
    counted = {
        dict(sample.labels)["status"]: dict(sample.labels)["route"]
        for sample in counters.take()
        if sample.name == "astronote_http_request_seconds_sum"
    }
    assert counted == {"2xx": f"{DLR}/{{secret}}", "4xx": f"{DLR}/{{secret}}"}


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (Unavailable(code="database_unavailable"), 503, "database_unavailable"),
        (TimeoutError("the pool is empty"), 503, "database_unavailable"),
        (KeyError("nobody expected this"), 500, "internal_error"),
    ],
)
def test_what_an_endpoint_raises_is_told_as_a_problem(
    raised: Exception, status: int, code: str
) -> None:
    async def broken(_request: Request) -> Response:
        raise raised

    lane = Lane(beyond, [Route("/o/{code}", broken)])
    with ApiClient(cast("FastAPI", lane)) as made:
        answer = made.get("/o/any")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
