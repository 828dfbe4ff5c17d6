"""Every Reflex event handler meets another shop's ids and values of the wrong type.

The handlers come from Reflex's registry, so a new one is tested by being there. That
nobody's session reaches any of them is tested in ``tests/state/test_gate.py``.
"""

import asyncio
import inspect
import logging

import pytest
from reflex_base.registry import RegistrationContext

from tests.architecture.neighbour import MARK, Neighbour, fingerprint, furnish
from tests.support.events import browsing, handlers, is_background

OURS = [name for name in handlers() if name.startswith("reflex___state____state.astronote")]
LONG = "x" * 10_001


def _arguments(name: str) -> list[str]:
    handler = RegistrationContext.get().event_handlers[name].handler
    return [p for p in inspect.signature(handler.fn).parameters if p != "self"]


def _payloads(name: str, neighbour: Neighbour) -> list[dict[str, object]]:
    """The same value for every argument: foreign ids, and what no handler expects."""
    ids = sorted({value for value in neighbour.ids.values() if isinstance(value, int)})
    form = dict.fromkeys(
        ("id", "contactId", "listId", "campaignId", "phone", "name", "list", "q"),
        neighbour.ids["contact_id"],
    )
    keys = [f"c{neighbour.ids['contact_id']}", f"t{neighbour.ids['conversation_message_id']}"]
    values: list[object] = [*ids, *map(str, ids), form, {}, [], None, -1, 2**70, 1.5, True]
    values += [*keys, "welcome_message"]
    values += [LONG, "\x00", "'; drop table contact; --", [ids], {"a": {"b": [None]}}]
    arguments = _arguments(name)
    return [dict.fromkeys(arguments, value) for value in values] if arguments else [{}]


def _paths(neighbour: Neighbour) -> list[tuple[str, dict[str, str]]]:
    campaign, contact, job = (
        str(neighbour.ids[k]) for k in ("campaign_id", "contact_id", "job_id")
    )
    query = {"job": job, "list": str(neighbour.ids["list_id"]), "step": "review", "cursor": "x"}
    return [
        ("/app", {}),
        ("/app/campaigns/[campaign_id]", {"campaign_id": campaign, **query}),
        ("/app/contacts/[contact_id]", {"contact_id": contact, **query}),
        ("/app/inbox", {"with": f"c{contact}"}),
        ("/app/billing", {"payment": str(neighbour.ids["payment_id"]), "kind": "purchase"}),
    ]


def test_our_handlers_are_registered():
    assert len(OURS) > 10


@pytest.mark.parametrize("name", OURS)
def test_another_shops_ids_and_wrong_types_lead_nowhere(name, database, two_shops, caplog):
    mine, other = two_shops
    neighbour = furnish(other, database.superuser_url)
    before = fingerprint(database.superuser_url, other.id)

    # Enough for a look; what goes on looking would go on for ever.
    within = 1.0 if is_background(name) else None

    async def try_all() -> list[str]:
        leaks = []
        async with browsing() as browser:
            for path, query in _paths(neighbour):
                tab = browser.tab(mine.token)
                tab.path, tab.query = path, query
                for payload in _payloads(name, neighbour):
                    answer = await tab.send(name, payload, within)
                    if MARK in f"{answer.delta} {answer.said}":
                        leaks.append(f"{path} {payload}")
        return leaks

    with caplog.at_level(logging.ERROR):
        assert asyncio.run(try_all()) == []
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []
    assert fingerprint(database.superuser_url, other.id) == before
