"""Columns of a file, guessed and corrected."""

from typing import Any

import pytest

from astronote.errors import Invalid
from astronote.services.import_columns import FIELDS, apply_mapping, guess_mapping


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ("Phone,Email,First name,Last name,Gender,Birthday,Subscribed,Tags", FIELDS[:8]),
        ("Κινητό,Email,Όνομα,Επώνυμο,Φύλο,Γενέθλια,Συγκατάθεση,Ετικέτες", FIELDS[:8]),
        ("ΚΙΝΗΤΟ,E-MAIL,ΟΝΟΜΑ,ΕΠΙΘΕΤΟ,ΦΥΛΟ,ΗΜΕΡΟΜΗΝΙΑ ΓΕΝΝΗΣΗΣ", FIELDS[:6]),
        ("phone_number,e_mail,first_name,last_name,sex,date_of_birth,is_subscribed", FIELDS[:7]),
        ("Τηλέφωνο *,email (προαιρετικό)", ["phone", "email"]),
        ("Τηλέφωνο,Κινητό", [None, "phone"]),
        ("Mobile,Phone", ["phone", None]),
        ("Phone,Phone", ["phone", None]),
        ("Κινητό τηλέφωνο πελάτη,Ηλ. email", ["phone", "email"]),
        ("Τηλέφωνα επικοινωνίας,Ημ/νία γέννησης", ["phone", "birthday"]),
        ("Ονοματεπώνυμο,Κινητό", ["fullName", "phone"]),
        ("Points,,   ,Σχόλια", [None] * 4),
    ],
)
def test_headers_in_english_and_greek(headers: str, fields: list[str | None]) -> None:
    assert guess_mapping(headers.split(",")) == list(fields)


HEADERS = ["Tel", "E-mail", "X"]


@pytest.mark.parametrize(
    ("given", "mapping"),
    [
        (None, ["phone", "email", None]),
        ({}, ["phone", "email", None]),
        (["phone", None, "lastName"], ["phone", None, "lastName"]),
        (["phone"], ["phone", None, None]),
        ({"X": "phone"}, [None, "email", "phone"]),
        ({"X": "phone", "Tel": None}, [None, "email", "phone"]),
        ({"phone": "X"}, [None, "email", "phone"]),
        ({"phone": 2, "email": 1}, [None, "email", "phone"]),
        ({"E-mail": None, "X": ""}, ["phone", None, None]),
        ({"Tel": "phone", "lastName": None}, ["phone", "email", None]),
    ],
)
def test_the_merchant_corrects_the_guess(given: object, mapping: list[str | None]) -> None:
    assert apply_mapping(HEADERS, given) == mapping


@pytest.mark.parametrize(
    "given",
    [
        ["phone", "phone"],
        ["phone", "nope"],
        ["phone", None, None, None],
        {"Nope": "email"},
        {"X": "nope"},
        {"phone": "Nope"},
        {"phone": 3},
        {"phone": True},
        {"phone": ["Tel"]},
        {"X": {"a": 1}},
        {"Tel": "phone", "X": "phone"},
        "phone",
        5,
        [["phone"]],
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(given: object) -> None:
    with pytest.raises(Invalid) as refused:
        apply_mapping(HEADERS, given)
    assert (refused.value.code, refused.value.field) == ("invalid_mapping", "mapping")


@pytest.mark.parametrize("given", [None, [None, "email"], {"a": "email"}])
def test_a_file_without_phones_is_refused(given: object) -> None:
    with pytest.raises(Invalid) as refused:
        apply_mapping(["a", "b"], given)
    assert refused.value.code == "missing_phone_column"


@pytest.mark.parametrize("first", ["6912345678", "+30 691 234 5678", "0030-6912345678"])
@pytest.mark.parametrize("given", [None, ["phone", "firstName"]])
def test_a_first_row_that_is_a_contact_is_not_taken_for_names(first: str, given: object) -> None:
    with pytest.raises(Invalid) as refused:
        apply_mapping([first, "Maria"], given)
    assert refused.value.code == "missing_phone_column"
    assert "first row" in refused.value.detail


@pytest.mark.parametrize(
    ("headers", "rows", "mapping"),
    [
        (
            "Ονοματεπώνυμο,Κινητό τηλ.,SMS;,Ημ. Γέννησης",
            [
                ["Νίκος Παπάς", "6944 123 456", "ναι", "1985-03-04"],
                ["Ελένη", 6977123456, "όχι", ""],
            ],
            ["fullName", "phone", "subscribed", "birthday"],
        ),
        ("SMS,Name", [["6944123456", "Maria"]], ["phone", "firstName"]),
        ("SMS,Name", [["ναι", "Maria"]], ["subscribed", "firstName"]),
        # Whoever writes it means it: every row is then refused with its reason.
        ("Phone,Name", [["soon", "Maria"]], ["phone", "firstName"]),
        ("Α,Β", [["a@b.gr", "6944123456"], ["c@d.gr", "+357 99 123456"]], ["email", "phone"]),
        ("A,B", [["2020-01-02", "123456789"]], [None, None]),
        ("Phone,Mobile", [["6944123456", ""], ["6944123457", ""]], [None, "phone"]),
        ("First name,Ονοματεπώνυμο", [["Maria", "Maria Pappa"]], ["firstName", None]),
        ("Επώνυμο & όνομα", [["Παπάς Νίκος"]], ["fullNameReversed"]),
        ("Επώνυμο και όνομα", [["Παπάς Νίκος"]], ["fullNameReversed"]),
    ],
)
def test_the_cells_below_help_to_guess(
    headers: str, rows: list[list[Any]], mapping: list[str | None]
) -> None:
    assert guess_mapping(headers.split(","), rows) == mapping
