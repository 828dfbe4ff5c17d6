"""The front end is built when its sources changed, and only then."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from astronote import frontend
from rxconfig import PLACEHOLDER, Inter, SameOrigin, state_redis


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {
        "rxconfig.py": "config = 1",
        "assets/a.css": "a",
        "astronote/pages/contacts.py": "page",
        "astronote/api/contacts.py": "api",
        "reflex.lock/package.json": '{"a": 1, "b": 2}',
        "reflex.lock/package-lock.json": "{}",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.fixture
def exports(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Stands for Reflex's export: notes each one, and reorders the lock as a cold one does."""
    done: list[str] = []

    def export(root: Path, log: Path) -> None:
        done.append(log.name)
        client = root / ".web/build/client"
        shutil.rmtree(client, ignore_errors=True)
        client.mkdir(parents=True)
        (client / "index.html").write_text(f"build {len(done)}")
        (root / "reflex.lock/package.json").write_text('{"b":2,"a":1}')

    monkeypatch.setattr(frontend, "_export", export)
    yield done


def test_nothing_changed_nothing_built(root: Path, exports: list[str]) -> None:
    first = frontend.build(root)
    assert frontend.build(root) == first
    assert len(exports) == 1
    assert (first / "build/client/index.html").read_text() == "build 1"


@pytest.mark.parametrize(
    "name",
    ["rxconfig.py", "assets/a.css", "astronote/pages/contacts.py", "reflex.lock/package-lock.json"],
)
def test_a_changed_source_builds_again_and_back_again_does_not(
    root: Path, exports: list[str], name: str
) -> None:
    first = frontend.build(root)
    before = (root / name).read_text()
    (root / name).write_text('{"other": 1}')
    second = frontend.build(root)
    assert second != first
    assert (first / "build/client/index.html").is_file(), "a server may still read from it"
    (root / name).write_text(before)
    assert frontend.build(root) == first
    assert len(exports) == 2


def test_what_never_reaches_the_browser_does_not_count(root: Path, exports: list[str]) -> None:
    frontend.build(root)
    (root / "astronote/api/contacts.py").write_text("another api")
    frontend.build(root)
    assert len(exports) == 1


def test_a_new_file_counts(root: Path, exports: list[str]) -> None:
    frontend.build(root)
    (root / "astronote/pages/new.py").write_text("")
    frontend.build(root)
    assert len(exports) == 2


def test_the_lock_files_keep_their_spelling(root: Path, exports: list[str]) -> None:
    frontend.build(root)
    assert (root / "reflex.lock/package.json").read_text() == '{"a": 1, "b": 2}'


def test_a_lock_that_really_changed_is_kept(
    root: Path, exports: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    export = frontend._export

    def upgrade(root: Path, log: Path) -> None:
        export(root, log)
        (root / "reflex.lock/package.json").write_text('{"a":1,"b":3}')

    monkeypatch.setattr(frontend, "_export", upgrade)
    built = frontend.build(root)
    assert json.loads((root / "reflex.lock/package.json").read_text())["b"] == 3
    assert frontend.build(root) == built


def test_old_copies_go(root: Path, exports: list[str]) -> None:
    for number in range(6):
        (root / "rxconfig.py").write_text(f"config = {number}")
        served = frontend.build(root)
        os.utime(served, (number, number))
    kept = [path for path in (root / ".build/web").iterdir() if path.is_dir()]
    assert len(kept) <= 4
    assert served in kept


def test_a_failed_export_says_why(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontend.sys, "executable", shutil.which("false"))
    with pytest.raises(frontend.BuildFailed, match="could not be built"):
        frontend.build(root)
    assert [p for p in (root / ".build/web").iterdir() if p.is_dir()] == []


def test_a_build_knows_nothing_of_where_it_will_run() -> None:
    env = frontend._build_env({"DATABASE_URL": "x", "REDIS_URL": "y", "HOME": "/h", "PATH": "/b"})
    assert "DATABASE_URL" not in env
    assert "REDIS_URL" not in env
    assert env["HOME"] == "/h"
    assert env["REFLEX_USE_NPM"] == "1"


def test_reflex_still_has_the_names_we_start_it_by() -> None:
    from reflex_base.environment import environment

    names = {
        environment.REFLEX_SKIP_COMPILE.name,
        environment.REFLEX_MOUNT_FRONTEND_COMPILED_APP.name,
        environment.REFLEX_WEB_WORKDIR.name,
        environment.REFLEX_ENV_MODE.name,
        environment.REFLEX_CHECK_LATEST_VERSION.name,
    }
    assert names <= set(frontend.serve_env(Path("/served")))


def test_serving_names_the_copy_and_redis() -> None:
    env = frontend.serve_env(Path("/served"), "redis://h:1")
    assert env["REFLEX_WEB_WORKDIR"] == "/served"
    assert env["REDIS_URL"] == "redis://h:1"
    assert "REDIS_URL" not in frontend.serve_env(Path("/served"))


def test_granian_is_told_where_to_listen() -> None:
    command = frontend.granian_command("127.0.0.1", 4000, 2)
    assert " ".join(command).endswith("astronote.astronote:serve")
    for pair in ("--host 127.0.0.1", "--port 4000", "--workers 2"):
        assert pair in " ".join(command)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", ""),
        ("redis://localhost:6379", "redis://localhost:6379/1"),
        ("redis://u:p@localhost:6379/0?x=1", "redis://u:p@localhost:6379/1?x=1"),
        ("rediss://h/5", "rediss://h/1"),
        ("unix:///tmp/v.sock", "unix:///tmp/v.sock?db=1"),
        ("unix:///tmp/v.sock?db=0", "unix:///tmp/v.sock?db=1"),
    ],
)
def test_states_have_a_database_of_their_own(given: str, expected: str) -> None:
    assert state_redis(given) == expected


def _built(tmp_path: Path, script: str) -> Any:
    (tmp_path / "env.js").write_text(script)
    SameOrigin().post_build(static_dir=tmp_path)
    return (tmp_path / "env.js").read_text()


def test_addresses_in_the_bundle_become_the_pages_own_origin(tmp_path: Path) -> None:
    text = _built(tmp_path, f'a={{P:"http://{PLACEHOLDER}/ping",E:`ws://{PLACEHOLDER}/_event`}}')
    assert text == 'a={P:location.origin+"/ping",E:location.origin.replace(/^http/,`ws`)+`/_event`}'


@pytest.mark.parametrize("script", ["no address at all", f"'x http://{PLACEHOLDER}'"])
def test_a_bundle_that_cannot_be_rewritten_is_refused(tmp_path: Path, script: str) -> None:
    with pytest.raises(RuntimeError, match="address"):
        _built(tmp_path, script)


def test_every_copy_of_the_font_sheet_names_built_files(tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    (assets / "inter-greek-wght-normal-Ab_1.woff2").write_bytes(b"font")
    sheet = assets / "styles.css"
    sheet.write_text("@font-face{src:url(./files/inter-greek-wght-normal.woff2)format('woff2')}")
    Inter().post_build(static_dir=tmp_path)
    assert "url(/assets/inter-greek-wght-normal-Ab_1.woff2)" in sheet.read_text()
    sheet.write_text("url(./files/inter-latin-wght-normal.woff2)")
    with pytest.raises(RuntimeError, match="inter-latin"):
        Inter().post_build(static_dir=tmp_path)
