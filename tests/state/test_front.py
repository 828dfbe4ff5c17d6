"""The wrapper before everything: page loads, sockets, caching, policies."""

import asyncio
import base64
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import Message, Receive, Scope, Send

from astronote import clock
from astronote.front import Bundle, Front, page_policy
from astronote.security import SessionClaims, session_token
from astronote.state.identity import SESSION_HEADER

COOKIE = "astronote_session"


class Behind:
    """What the wrapper wraps: notes the scope it is called with, answers 200."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"page"})

    @property
    def headers(self) -> dict[str, str]:
        """The headers it saw last."""
        return {k.decode(): v.decode() for k, v in self.scopes[-1]["headers"]}


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def token() -> str:
    return session_token(SessionClaims(4, 5, 6), clock.now() + timedelta(hours=1))


def get(
    behind: Behind, path: str, token: str | None = None, wrapper: type[Front | Bundle] = Front
) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=ExceptionMiddleware(wrapper(behind)))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
            sent = {"cookie": f"a=b; {COOKIE}={token}"} if token else {}
            return await client.get(path, headers=sent)

    return asyncio.run(ask())


def connect(behind: Behind, headers: list[tuple[bytes, bytes]]) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    scope: dict[str, Any] = {"type": "websocket", "path": "/_event/", "headers": headers}
    asyncio.run(Front(behind)(scope, receive, send))
    return sent


def test_a_stranger_is_sent_to_sign_in_and_back(behind: Behind) -> None:
    answer = get(behind, "/app/contacts?q=ann%20a&list=3")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/app/contacts%3Fq%3Dann%2520a%26list%3D3"
    assert answer.headers["cache-control"] == "no-store"
    assert behind.scopes == []


@pytest.mark.parametrize("bad", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_a_token_that_is_not_ours_is_no_sign_in(behind: Behind, bad: str) -> None:
    assert get(behind, "/app", bad or " ").status_code == 303
    assert behind.scopes == []


def test_an_expired_token_is_no_sign_in(behind: Behind) -> None:
    old = session_token(SessionClaims(4, 5, 6), clock.now() - timedelta(seconds=5))
    assert get(behind, "/app", old).status_code == 303


@pytest.mark.parametrize("path", ["/app", "/app/contacts", "/app/contacts/import/"])
def test_pages_get_their_slash_inside(behind: Behind, token: str, path: str) -> None:
    answer = get(behind, path, token)
    assert answer.status_code == 200
    assert behind.scopes[-1]["path"] == path.rstrip("/") + "/"
    assert answer.headers["cache-control"] == "no-store"


def test_the_root_leads_to_the_app(behind: Behind) -> None:
    answer = get(behind, "/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/app")


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/assets/root-C9HPn23Q.js", "public, max-age=31536000, immutable"),
        ("/api/contacts", "no-store"),
        ("/mark.svg", "no-cache"),
        ("/join/abc", "no-cache"),
    ],
)
def test_caching(behind: Behind, path: str, rule: str) -> None:
    assert get(behind, path).headers["cache-control"] == rule


@pytest.mark.parametrize(
    "path", ["/_upload", "/_upload/x", "/_all_routes", "/_event/?token=1", "/wp-admin", "/app.html"]
)
def test_reflex_answers_nothing_but_pages_and_files(behind: Behind, token: str, path: str) -> None:
    answer = get(behind, path, token, Bundle)
    assert answer.status_code == 404
    assert "<script" not in answer.text
    assert behind.scopes == []


def test_the_bundles_own_files_are_served(
    behind: Behind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "build/client/assets").mkdir(parents=True)
    (tmp_path / "build/client/assets/a-1.js").write_text("")
    monkeypatch.setenv("REFLEX_WEB_WORKDIR", str(tmp_path))
    assert get(behind, "/assets/a-1.js", None, Bundle).text == "page"
    assert get(behind, "/assets/b-2.js", None, Bundle).status_code == 404


def test_only_pages_of_the_app_may_evaluate_scripts(behind: Behind, token: str) -> None:
    assert "unsafe-eval" in get(behind, "/app", token).headers["content-security-policy"]
    for path in ("/join/abc", "/api/contacts", "/apple"):
        assert "content-security-policy" not in get(behind, path).headers


def test_a_page_may_run_just_the_scripts_written_in_it() -> None:
    policy = page_policy(
        '<script>let a</script><script src="/x.js"></script><script async>b</script>'
    )
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    for text in ("let a", "b"):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in scripts
    assert scripts.count("sha256") == 2
    assert "unsafe-inline" not in scripts


def test_policies_come_from_the_build(
    behind: Behind, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = tmp_path / "build/client"
    (pages / "app").mkdir(parents=True)
    (pages / "app/index.html").write_text("<script>one</script>")
    (pages / "404.html").write_text("<script>two</script>")
    monkeypatch.setenv("REFLEX_WEB_WORKDIR", str(tmp_path))
    assert get(behind, "/app", token).headers["content-security-policy"] == page_policy(
        "<script>one</script>"
    )
    assert get(behind, "/app/campaigns/7", token).headers["content-security-policy"] == page_policy(
        "<script>two</script>"
    )


def test_a_stranger_gets_no_socket(behind: Behind) -> None:
    sent = connect(behind, [(b"cookie", b"other=1")])
    assert [m["type"] for m in sent] == ["websocket.close"]
    assert behind.scopes == []


def test_a_socket_carries_claims_in_place_of_the_cookie(behind: Behind, token: str) -> None:
    cookie = f"x=y; {COOKIE}={token}".encode()
    connect(behind, [(b"cookie", cookie), (b"authorization", b"Bearer z"), (b"host", b"h")])
    assert behind.headers == {"host": "h", SESSION_HEADER: "4.5.6"}
    assert token not in str(behind.scopes[-1]["headers"])


def test_claims_are_not_taken_from_outside(behind: Behind, token: str) -> None:
    forged = (SESSION_HEADER.encode(), b"1.1.1")
    assert connect(behind, [forged])[0]["type"] == "websocket.close"
    connect(behind, [forged, (b"cookie", f"{COOKIE}={token}".encode())])
    assert behind.scopes[-1]["headers"] == [(SESSION_HEADER.encode(), b"4.5.6")]
