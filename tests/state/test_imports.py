"""The import page's state: previews, columns, choices."""

import json
from pathlib import Path

import pytest

from astronote import db
from astronote.services import automations, lists
from astronote.state.imports import ImportState
from tests.support.events import Answer, Tab
from tests.support.import_pages import STATE, begin, in_tab, mapped, uploaded
from tests.support.shops import ShopUnderTest


def test_a_preview_shows_columns_and_some_of_their_cells(shop: ShopUnderTest) -> None:
    answer = in_tab(shop, mapped)
    assert answer.var("step", ImportState) == "map"
    assert answer.var("rows_words") == "2 rows"
    columns = answer.var("columns", ImportState)
    assert [(c.header, c.field, c.samples) for c in columns] == [
        ("Κινητό", "phone", ["6970000001", "6970000002"]),
        ("Όνομα", "firstName", ["Μαρία", "Anna"]),
        ("Notes", "", ["likes red"]),
    ]


def test_a_refused_file_says_why_and_can_be_chosen_again(shop: ShopUnderTest) -> None:
    async def choose(tab: Tab) -> Answer:
        await tab.send(f"{STATE}.load")
        refusal = {"detail": "This file is encrypted.", "code": "unsupported_file"}
        return await tab.send(f"{STATE}.previewed", uploaded(415, refusal))

    answer = in_tab(shop, choose)
    assert answer.var("problem", ImportState) == "This file is encrypted."
    assert "step" not in str(answer.delta.get(STATE, {}).keys())


@pytest.mark.parametrize(
    "result",
    [
        uploaded(200, {"columns": "x"}),
        uploaded(200, {}),
        {"result": None},
        {"result": {"status": "x"}},
        {"result": [1]},
    ],
)
def test_an_answer_that_is_none_is_refused_calmly(
    shop: ShopUnderTest, result: dict[str, object]
) -> None:
    answer = in_tab(shop, lambda tab: tab.send(f"{STATE}.previewed", result))
    assert "Try again" in answer.said


def test_a_field_comes_from_one_column(shop: ShopUnderTest) -> None:
    async def choose(tab: Tab) -> Answer:
        await mapped(tab)
        return await tab.send(f"{STATE}.map_column", {"index": 2, "field": "firstName"})

    columns = in_tab(shop, choose).var("columns", ImportState)
    assert [c.field for c in columns] == ["phone", "", "firstName"]


@pytest.mark.parametrize("payload", [(9, "phone"), (-1, "phone"), (0, "shop_id"), (None, "phone")])
def test_columns_and_fields_that_do_not_exist_are_refused(
    shop: ShopUnderTest, payload: tuple[object, object]
) -> None:
    async def choose(tab: Tab) -> Answer:
        await mapped(tab)
        index, field = payload
        return await tab.send(f"{STATE}.map_column", {"index": index, "field": field})

    answer = in_tab(shop, choose)
    assert answer.events
    assert "columns" not in str(answer.delta.get(STATE, {}).keys())


def test_the_welcome_can_be_ticked_where_it_is_on_and_says_what_it_may_cost(
    shop: ShopUnderTest,
) -> None:
    assert in_tab(shop, mapped).var("welcome_cost", ImportState)
    with db.transaction(shop.id) as session:
        automations.change(session, shop.id, automations.WELCOME, {"is_active": True})

    async def start(tab: Tab) -> tuple[Answer, Answer]:
        preview = await mapped(tab)
        form = {"sendWelcome": "on", "keepColumns": "on"}
        return preview, await tab.send(f"{STATE}.start", {"form": form})

    preview, sent = in_tab(shop, start)
    assert preview.var("welcome_is_on", ImportState) is True
    words = preview.var("welcome_cost", ImportState)
    assert "At most 2 messages" in words and "You have 1,000 credits." in words
    fields = _sent_fields(sent)
    assert (fields["sendWelcome"], fields["keepColumns"]) == ("true", "true")


def _sent_fields(answer: Answer) -> dict[str, str]:
    (script,) = answer.scripts
    start, end = script.index("{"), script.rindex("}") + 1
    fields: dict[str, str] = json.loads(script[start:end])
    return fields


def test_starting_sends_the_file_with_columns_and_choices(shop: ShopUnderTest) -> None:
    async def start(tab: Tab) -> Answer:
        await mapped(tab)
        await tab.send(f"{STATE}.map_column", {"index": 2, "field": "tags"})
        chosen = {
            "onDuplicate": "update",
            "listId": "7",
            "everyoneAgreed": "on",
            "consentSource": "Paper form",
            "consentText": 'I "agree"</script>',
            "consentDate": "2026-01-02",
        }
        return await tab.send(f"{STATE}.start", {"form": chosen})

    assert _sent_fields(in_tab(shop, start)) == {
        "mapping": '["phone", "firstName", "tags"]',
        "onDuplicate": "update",
        "listId": "7",
        "consentSource": "Paper form",
        "consentText": 'I "agree"</script>',
        "consentDate": "2026-01-02",
    }


def test_a_new_list_is_made_once_and_an_old_one_is_known_by_its_name(shop: ShopUnderTest) -> None:
    async def start(tab: Tab) -> list[Answer]:
        with db.transaction(shop.id) as session:
            lists.create(session, shop.id, "Φίλοι")
        await mapped(tab)
        names = ("Άνοιξη", "ΑΝΟΙΞΗ", "φίλοι", "x" * 81)
        return [await tab.send(f"{STATE}.start", {"form": {"newList": n}}) for n in names]

    *sent, refused = in_tab(shop, start)
    new, again, old = (int(_sent_fields(answer)["listId"]) for answer in sent)
    with db.transaction(shop.id) as session:
        own = {row.id: row.name for row in lists.everything(session, shop.id) if row.id}
    assert own == {old: "Φίλοι", new: "Άνοιξη"}
    assert again == new
    assert "80" in refused.var("errors", ImportState)["newList"]


def test_nobody_is_said_to_have_agreed_unless_the_merchant_says_so(shop: ShopUnderTest) -> None:
    async def start(tab: Tab) -> Answer:
        await mapped(tab)
        chosen = {"onDuplicate": "skip", "consentSource": "Paper form"}
        return await tab.send(f"{STATE}.start", {"form": chosen})

    assert _sent_fields(in_tab(shop, start)).keys() == {"mapping", "onDuplicate"}


@pytest.mark.parametrize(
    ("field", "form", "named"),
    [
        ("", {}, "mapping"),
        ("phone", {"everyoneAgreed": "on"}, "consentSource"),
        ("phone", {"everyoneAgreed": "on", "consentSource": "made up"}, "consentSource"),
    ],
)
def test_what_is_missing_is_said_before_the_file_is_sent(
    shop: ShopUnderTest, field: str, form: dict[str, str], named: str
) -> None:
    async def start(tab: Tab) -> Answer:
        await mapped(tab)
        await tab.send(f"{STATE}.map_column", {"index": 0, "field": field})
        return await tab.send(f"{STATE}.start", {"form": form})

    answer = in_tab(shop, start)
    assert named in answer.var("errors", ImportState)
    assert answer.scripts == []


def test_an_accepted_file_gives_the_page_its_address(shop: ShopUnderTest, tmp_path: Path) -> None:
    job = begin(shop, tmp_path)

    async def accept(tab: Tab) -> Answer:
        await mapped(tab)
        return await tab.send(f"{STATE}.started", uploaded(202, {"jobId": job}))

    answer = in_tab(shop, accept)
    assert f"/app/contacts/import?job={job}" in answer.said


def test_a_refused_import_keeps_everything_that_was_chosen(shop: ShopUnderTest) -> None:
    async def refuse(tab: Tab) -> Answer:
        await mapped(tab)
        refusal = {"detail": "No column holds the phone numbers."}
        return await tab.send(f"{STATE}.started", uploaded(422, refusal))

    answer = in_tab(shop, refuse)
    assert "phone numbers" in answer.var("problem", ImportState)
    assert "step" not in answer.delta.get(STATE, {})
