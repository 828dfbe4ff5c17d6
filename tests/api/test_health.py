"""What monitoring asks: is all there, and how is it doing."""

import logging
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from astronote import counters, logs
from astronote.integrations import mitto
from astronote.integrations.mitto_results import Outgoing
from astronote.services import gauges
from astronote.services.heartbeat import Heartbeat
from astronote.settings import settings
from tests.support import outbox
from tests.support.api import ApiClient
from tests.support.pages import origin
from tests.support.shops import ShopUnderTest
from tests.support.simulator import Simulator

Numbers = dict[str, dict[tuple[str, ...], float]]


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    counters.take()
    gauges.forget()
    yield
    counters.take()
    settings.cache_clear()


def read(api: ApiClient) -> Numbers:
    """The metrics by name and by the values of their labels."""
    answer = api.get("/metrics")
    assert answer.status_code == 200
    found: Numbers = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation != family.name, f"{family.name} lacks its help"
        for sample in family.samples:
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


def test_what_waits_is_counted(api: ApiClient, shop: ShopUnderTest) -> None:
    outbox.campaign(shop.id, 5, batch=2)
    outbox.single(shop.id)
    found = read(api)
    assert found["astronote_messages"]["campaign", "queued"] == 5
    assert found["astronote_messages"]["single", "queued"] == 1
    assert found["astronote_batches"]["waiting",] == 4
    assert found["astronote_campaigns"]["sending",] == 1
    assert found["astronote_reserved_credits"][()] == 6
    assert found["astronote_reservations"][()] == 2
    assert found["astronote_queue_oldest_seconds"][()] > 0
    assert found["astronote_jobs_waiting"]["sms",] == 0


def test_receipts_that_wait_and_are_parked_are_counted(api: ApiClient, database: object) -> None:
    secret = {"X-Webhook-Secret": settings().webhook_secret.get_secret_value()}
    receipt = {"messageId": "nobody-knows", "deliveryStatus": "Delivered"}
    api.post("/webhooks/mitto/dlr", json=receipt, headers=secret)
    found = read(api)
    assert found["astronote_receipts_open"][()] == 1
    assert found["astronote_receipts_lag_seconds"][()] > 0
    assert found["astronote_receipts_parked"][()] == 0


def test_workers_hand_on_how_the_provider_does(api: ApiClient, simulator: Simulator) -> None:
    mitto.close()
    simulator.behave(receipts="off")
    worker, other = Heartbeat("worker"), Heartbeat("worker")
    for beating in (worker, other):
        mitto.send([Outgoing("+306912345678", "Shop", "Secret words", "reference")])
        beating.beat()
    mitto.close()
    found = read(api)
    assert found["astronote_provider_messages_total"]["Accepted",] == 2
    assert found["astronote_provider_request_seconds_count"]["send", "Accepted"] == 2
    assert found["astronote_provider_request_seconds_bucket"]["send", "+Inf", "Accepted"] == 2
    assert found["astronote_processes"] == {("web",): 0, ("worker",): 2, ("scheduler",): 0}


def test_a_database_that_was_away_loses_no_count(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from astronote import db

    beating, address = Heartbeat("worker"), settings().database_url
    counters.count("astronote_provider_messages", 3, outcome="Accepted")
    for url in (address.replace("host=", "host=/nowhere"), address):
        db.dispose()
        monkeypatch.setenv("DATABASE_URL", url)
        settings.cache_clear()
        beating.beat()
    assert read(api)["astronote_provider_messages_total"]["Accepted",] == 3


def test_requests_are_counted_by_pattern(api: ApiClient, database: object) -> None:
    api.get("/api/unsubscribe/v1.token-of-somebody")
    api.get("/no-such-place/+306912345678")
    Heartbeat("web").beat()
    counted = read(api)["astronote_http_request_seconds_count"]
    assert counted["GET", "/api/unsubscribe/{token}", "4xx"] == 1
    assert counted["GET", "other", "4xx"] == 1


def test_nothing_personal_is_shown(api: ApiClient, shop: ShopUnderTest) -> None:
    made = outbox.campaign(shop.id, 3)
    api.get("/api/contacts", params={"q": "+306912345678"}, headers=shop.headers)
    api.get(f"/public/o/{made.messages()[0].short_code}")
    Heartbeat("web").beat()
    text = api.get("/metrics").text
    (first, *_) = made.messages()
    personal = {shop.name, shop.email, shop.token, first.text, first.short_code, first.phone}
    assert not [value for value in (*personal, "912345678") if value in text]
    assert "astronote_http_request_seconds_count" in text


@pytest.mark.parametrize(
    ("peer", "hops", "headers", "status"),
    [
        ("127.0.0.1", 0, {}, 200),
        ("::1", 0, {}, 200),
        ("::ffff:127.0.0.1", 0, {}, 200),
        ("10.0.0.7", 0, {}, 401),
        ("not an address", 0, {}, 401),
        ("10.0.0.7", 0, {"X-Forwarded-For": "127.0.0.1"}, 401),
        ("127.0.0.1", 0, {"X-Forwarded-For": "127.0.0.1"}, 401),
        ("127.0.0.1", 1, {}, 401),
        ("127.0.0.1", 1, {"Authorization": "Bearer wrong"}, 401),
        ("127.0.0.1", 1, {"Authorization": "Bearer of-monitoring"}, 200),
        ("10.0.0.7", 0, {"Authorization": "Bearer of-monitoring"}, 200),
    ],
)
def test_only_this_machine_or_the_token_reads_them(
    database: object,
    monkeypatch: pytest.MonkeyPatch,
    peer: str,
    hops: int,
    headers: dict[str, str],
    status: int,
) -> None:
    monkeypatch.setenv("TRUSTED_PROXY_HOPS", str(hops))
    monkeypatch.setenv("METRICS_TOKEN", "of-monitoring")
    settings.cache_clear()
    with ApiClient(origin()) as client:
        client._client._transport = httpx.ASGITransport(app=client.app, client=(peer, 1))
        assert client.get("/metrics", headers=headers).status_code == status


def test_without_a_token_none_is_right(database: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXY_HOPS", "1")
    settings.cache_clear()
    with ApiClient(origin(), {"Authorization": "Bearer "}) as client:
        assert client.get("/metrics").status_code == 401


def test_a_web_process_alone_is_ready_and_tells_who_lives(api: ApiClient) -> None:
    Heartbeat("scheduler").beat()
    answer = api.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": {"database": "ok", "redis": "ok"},
        "processes": {"worker": 0, "scheduler": 1},
    }


def test_the_whole_is_ready_when_every_part_of_this_start_lives(
    api: ApiClient, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    Heartbeat("worker").beat()
    monkeypatch.delenv("MITTO_API_KEY")
    monkeypatch.setenv("ASTRONOTE_RUN", "this-start")
    settings.cache_clear()
    parts = [Heartbeat("scheduler"), Heartbeat("worker")]
    seen = []
    for part in parts:
        seen.append(api.get("/readyz"))
        part.beat()
    seen.append(api.get("/readyz"))
    assert [answer.status_code for answer in seen] == [503, 503, 200]
    assert seen[1].json()["checks"] == {
        "database": "ok",
        "redis": "ok",
        "worker": "not heard of",
        "scheduler": "ok",
        "simulator": "ok",
    }
    parts[1].stop()
    assert api.get("/readyz").status_code == 503


def test_readiness_names_what_is_missing(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    settings.cache_clear()
    answer = api.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["redis"]) == (503, "unreachable")


def test_access_logs_have_the_request_and_no_secret(
    api: ApiClient, database: object, caplog: pytest.LogCaptureFixture
) -> None:
    secret = settings().webhook_secret.get_secret_value()
    with caplog.at_level(logging.INFO, "astronote.access"):
        for path in (
            f"/webhooks/mitto/dlr/{secret}?messageId=1&status=Delivered",
            f"/webhooks/mitto/dlr?secret={secret}&messageId=1&status=Delivered",
            f"/webhooks/mitto/nothing/{secret}",
            f"/webhooks/mitto/dlr/{secret}/more?x=%00",
        ):
            answer = api.get(path)
            assert "x-request-id" in answer.headers
    lines = [logs.JsonFormatter().format(record) for record in caplog.records]
    access = [line for line in lines if "astronote.access" in line]
    assert len(access) == 4
    assert not [line for line in lines if secret in line]
    assert '"message": "GET /webhooks/mitto/dlr/… 200' in access[0]
