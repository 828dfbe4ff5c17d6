"""The import actors: the upload rings, a lost ring is found, left-over files go."""

import os
import time

import pytest

from astronote import clock
from astronote.db import transaction
from astronote.services import import_files, imports
from tests.support.shops import ShopUnderTest
from tests.support.spreadsheet_files import comma_separated
from workers import actors
from workers import imports as import_actors

pytestmark = pytest.mark.usefixtures("uploads")


def accept(shop: ShopUnderTest) -> int:
    path = import_files.reserve()
    path.write_bytes(comma_separated([("6900000001",)], ["Phone"]))
    examined = imports.examine(path, "people.csv")
    with transaction(shop.id) as session:
        return imports.start(session, shop.id, examined, imports.ImportOptions()).id


def status(shop: ShopUnderTest, job_id: int) -> str:
    with transaction(shop.id) as session:
        return imports.get(session, shop.id, job_id).status


def test_the_actor_brings_an_import_to_its_end(shop: ShopUnderTest) -> None:
    job_id = accept(shop)
    actors.run("imports.import_contacts", job_id)
    assert status(shop, job_id) == "completed"


def test_the_look_round_rings_only_for_what_nobody_is_at(
    shop: ShopUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = accept(shop)
    rung: list[object] = []
    monkeypatch.setattr(import_actors, "ring_or_run", lambda *asked: rung.append(asked))
    import_actors.resume()
    assert rung == []
    clock.shift(imports.STALE * 2)
    import_actors.resume()
    assert rung == [("imports.import_contacts", job_id)]


def test_left_over_files_go_and_those_in_use_stay(shop: ShopUnderTest) -> None:
    accept(shop)
    lost, fresh = import_files.reserve(), import_files.reserve()
    long_ago = time.time() - 2 * import_files.ABANDONED.total_seconds()
    in_use = next(p for p in import_files.directory().iterdir() if p.stat().st_size)
    for path in (lost, in_use):
        os.utime(path, (long_ago, long_ago))
    import_actors.resume()
    assert not lost.exists() and fresh.exists() and in_use.exists()
    import_files.discard(fresh)
