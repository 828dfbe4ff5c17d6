"""The API of imports: uploads of every kind, refusals, progress, reports."""

import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from astronote.services import import_files, import_run, spreadsheets
from astronote.services.import_columns import guess_mapping
from tests.support.api import ApiClient
from tests.support.shops import ShopUnderTest
from tests.support.spreadsheet_files import comma_separated, xlsx

pytestmark = pytest.mark.usefixtures("uploads")


PATH = "/api/contacts/import"
GREEK = ["Κινητό", "Όνομα", "Επώνυμο"]
ROWS = [("+306900000001", "Μαρία", "Παππά"), ("12", "=cmd()", "x"), ("6900000001", "", "")]


def send(
    api: ApiClient, content: bytes, name: str = "people.csv", path: str = PATH, **fields: str
) -> httpx.Response:
    return api.post(path, files={"file": (name, content)}, data=fields)


def stored() -> set[Path]:
    return set(import_files.directory().iterdir())


def test_a_file_is_imported_and_followed(shop_api: ApiClient) -> None:
    own = shop_api.post("/api/lists", json={"name": "Best"}).json()
    answer = send(shop_api, comma_separated(ROWS, GREEK), listId=str(own["id"]))
    assert answer.status_code == 202, answer.text
    assert set(answer.json()) == {"jobId"}
    job = f"{PATH}/{answer.json()['jobId']}"
    waiting = shop_api.get(job).json()
    assert (waiting["status"], waiting["totalRows"], waiting["processedRows"]) == ("pending", 3, 0)
    assert len(stored()) == 1
    import_run.run(answer.json()["jobId"])
    done = shop_api.get(job).json()
    assert set(done) == {
        *("jobId", "status", "totalRows", "processedRows", "createdCount", "updatedCount"),
        *("skippedCount", "errorCount", "errors", "startedAt", "finishedAt", "failure"),
    }
    assert (done["status"], done["processedRows"], done["failure"]) == ("completed", 3, None)
    assert (done["createdCount"], done["skippedCount"], done["errorCount"]) == (1, 1, 1)
    assert done["errors"] == [{**done["errors"][0], "row": 3, "field": "phone", "value": "12"}]
    assert shop_api.get(f"/api/contacts?list={own['id']}").json()["total"] == 1
    assert stored() == set()


def test_the_rejected_rows_come_back_with_their_reasons(shop_api: ApiClient) -> None:
    job_id = send(shop_api, comma_separated(ROWS, GREEK)).json()["jobId"]
    import_run.run(job_id)
    answer = shop_api.get(f"{PATH}/{job_id}/rejects")
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    header, line = list(sheet.iter_rows(values_only=True))
    assert header == ("Reasons", "Row", *GREEK)
    assert line[1] == 3 and "too short" in str(line[0])
    assert [str(cell) for cell in line[2:]] == ["12", "'=cmd()", "x"]


def test_a_preview_keeps_nothing(shop_api: ApiClient) -> None:
    content = xlsx([(6900000001, "Μαρία", None), (None, "x", 5)], ["Mobile", "Name", "Shoes"])
    answer = send(shop_api, content, "people.xlsx", f"{PATH}/preview")
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert seen["columns"] == [
        {"header": "Mobile", "field": "phone"},
        {"header": "Name", "field": "firstName"},
        {"header": "Shoes", "field": None},
    ]
    assert seen["totalRows"] == 2 and seen["rows"][0][:2] == [6900000001, "Μαρία"]
    assert stored() == set()


def test_a_raw_body_is_taken_as_well(shop_api: ApiClient) -> None:
    content = comma_separated([("6900000001",)], ["Number"])
    answer = shop_api.post(
        f"{PATH}?onDuplicate=update",
        content=content,
        headers={"X-File-Name": "%CE%B1.csv", "content-type": "application/octet-stream"},
    )
    assert answer.status_code == 202, answer.text
    import_run.run(answer.json()["jobId"])
    assert shop_api.get("/api/contacts").json()["total"] == 1


@pytest.mark.parametrize(
    "mapping", [["phone", "firstName", None], {"A": "phone", "B": "firstName"}, {"phone": "A"}]
)
def test_a_mapping_corrects_the_guess(shop_api: ApiClient, mapping: Any) -> None:
    content = comma_separated([("6900000001", "Maria", "x")], ["A", "B", "C"])
    refused = send(shop_api, comma_separated([("later", "Maria", "x")], ["A", "B", "C"]))
    assert (refused.status_code, refused.json()["code"]) == (422, "missing_phone_column")
    answer = send(shop_api, content, mapping=json.dumps(mapping))
    assert answer.status_code == 202, answer.text
    import_run.run(answer.json()["jobId"])
    assert shop_api.get("/api/contacts").json()["total"] == 1


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"", "people.csv", 422, "empty_file"),
        (b"%PDF-1.7", "people.pdf", 415, "unsupported_file"),
        (b"PK\x03\x04" + b"\x00" * 50, "people.xlsx", 415, "unsupported_file"),
        (b"Phone\n6900000001\n", "people.xlsx", 415, "unsupported_file"),
        (b"Name,City\nMaria,Athens\n", "people.csv", 422, "missing_phone_column"),
        (b"\x00" * 1000, "people.csv", 415, "unsupported_file"),
    ],
)
def test_a_wrong_file_starts_nothing_and_leaves_nothing(
    shop_api: ApiClient, content: bytes, name: str, status: int, code: str
) -> None:
    for path in (PATH, f"{PATH}/preview"):
        if code == "missing_phone_column" and path != PATH:
            continue
        answer = send(shop_api, content, name, path)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert answer.json()["detail"].endswith(".")
    assert stored() == set()


@pytest.mark.parametrize("raw", [True, False])
def test_a_file_over_20_mb_is_refused(shop_api: ApiClient, raw: bool) -> None:
    content = b"x" * (spreadsheets.MAX_BYTES + 1)
    if raw:
        answer = shop_api.post(PATH, content=content, headers={"X-File-Name": "a.csv"})
    else:
        answer = send(shop_api, content)
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    assert stored() == set()


@pytest.mark.parametrize(
    "fields",
    [
        {"mapping": "{"},
        {"mapping": "[" * 100_000},
        {"mapping": '"phone"'},
        {"mapping": '["phone", "phone"]'},
        {"mapping": '["nonsense"]'},
        {"onDuplicate": "replace"},
        {"listId": "abc"},
        {"listId": "0"},
        {"consentText": "wording without a source"},
        {"consentSource": "form", "consentDate": "yesterday"},
        {"surprise": "1"},
    ],
)
def test_wrong_options_are_refused(shop_api: ApiClient, fields: dict[str, str]) -> None:
    answer = send(shop_api, comma_separated([("6900000001",)], ["Phone"]), **fields)
    assert answer.status_code == 422, answer.text
    assert stored() == set()


def test_a_body_that_is_no_upload_is_refused(shop_api: ApiClient) -> None:
    for options, status in (
        ({"json": {"file": "x"}}, 415),
        ({"content": b"x"}, 415),
        ({"data": {"file": "text"}, "files": {"other": b"x"}}, 422),
        ({"files": {"other": b"x"}}, 422),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400),
        (
            {
                "content": b"--b\r\nno",
                "headers": {"content-type": "multipart/form-data; boundary=b"},
            },
            400,
        ),
    ):
        answer = shop_api.post(PATH, **options)
        assert answer.status_code in {status, 422}, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert stored() == set()


def test_strangers_and_other_shops_see_nothing(
    api: ApiClient, two_shops: tuple[ShopUnderTest, ShopUnderTest]
) -> None:
    here, there = two_shops
    content = comma_separated(ROWS, GREEK)
    files = {"file": ("a.csv", content)}
    assert api.post(PATH, files=files).status_code == 401
    job_id = api.post(PATH, files=files, headers=here.headers).json()["jobId"]
    for path in (f"{PATH}/{job_id}", f"{PATH}/{job_id}/rejects"):
        assert api.get(path, headers=here.headers).status_code == 200
        assert api.get(path, headers=there.headers).status_code == 404
        assert api.get(path).status_code == 401
    own = api.post("/api/lists", json={"name": "Mine"}, headers=here.headers).json()
    answer = api.post(PATH, files=files, data={"listId": own["id"]}, headers=there.headers)
    assert answer.status_code == 404
    import_run.run(job_id)


def test_the_template_can_be_filled_in_and_sent(shop_api: ApiClient) -> None:
    answer = shop_api.get(f"{PATH}/template")
    assert answer.status_code == 200
    book = load_workbook(io.BytesIO(answer.content))
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[1]]
    assert guess_mapping([str(name) for name in header]) == [
        *("phone", "email", "firstName", "lastName", "gender", "birthday", "subscribed", "tags")
    ]
    assert sheet["A1"].font.bold and len(sheet.data_validations.dataValidation) == 2
    assert len(book.worksheets) == 2
    job_id = send(shop_api, answer.content, "template.xlsx").json()["jobId"]
    import_run.run(job_id)
    done = shop_api.get(f"{PATH}/{job_id}").json()
    assert (done["createdCount"], done["errorCount"]) == (1, 0)
    assert shop_api.get("/api/contacts").json()["items"][0]["isSubscribed"] is False


def test_an_unknown_import_is_not_found(shop_api: ApiClient) -> None:
    for name in ("1", "x", "99999999999999999999"):
        assert shop_api.get(f"{PATH}/{name}").status_code == 404
    assert shop_api.get(f"{PATH}/1/rejects").status_code == 404
