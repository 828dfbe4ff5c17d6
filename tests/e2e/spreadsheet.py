"""A messy customer list, as shops really have them, and what should come of it."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from openpyxl import Workbook

HEADERS = ("Κινητό", "Όνομα", "Επώνυμο", "Email", "Φύλο", "Γενέθλια", "Εγγεγραμμένος", "Σημείωση")
_FIRST = ("Μαρία", "Γιώργος", "Ελένη", "Νίκος", "Emma", "Oliver", "Σοφία", "Thomas")
_LAST = ("Παπαδοπούλου", "Οικονόμου", "Clarke", "Γεωργίου", "O'Brien", "Ζαφειρίου")
_GENDERS = ("άνδρας", "Γυναίκα", "male", "F", "θ", "α", "other", "")
_YES = ("ναι", "Ναι", "yes", "1", "true", 1, True)
_NO = ("όχι", "no", "0", "false", 0, False)


@dataclass
class Expected:
    """What an import of the file should report, and whom a campaign should reach."""

    created: int = 0
    skipped: int = 0
    rejected: int = 0
    subscribed: int = 0
    minors: int = 0
    phones: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows that count; empty ones do not."""
        return self.created + self.skipped + self.rejected

    @property
    def audience(self) -> int:
        """Whom a campaign to everybody reaches: subscribed, and not known to be minors."""
        return self.subscribed - self.minors


def write(path: Path, today: date, good: int = 2_000, first: int = 0) -> Expected:
    """Write a workbook with ``good`` people, and the mess around them.

    Their phones count from ``first``, so that tests of one product can tell theirs.
    """
    rng = random.Random(11)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADERS)
    expected = Expected()
    for number in range(good):
        sheet.append(_person(rng, number, first, today, expected))
        if number % 40 == 7:
            sheet.append(_again(rng, expected))
        if number % 50 == 9:
            sheet.append(_wrong(rng, number, expected))
        if number % 100 == 3:
            sheet.append([None] * len(HEADERS))
    book.save(path)
    return expected


def _person(
    rng: random.Random, number: int, first: int, today: date, expected: Expected
) -> list[object]:
    national = f"69{40_000_000 + first + number:08d}"
    expected.phones.append(f"+30{national}")
    minor = number % 20 == 11
    subscribed = number % 10 != 4
    years = 16 if minor else rng.randint(19, 80)
    birthday = today - timedelta(days=years * 365 + rng.randint(30, 300))
    expected.created += 1
    expected.subscribed += subscribed
    expected.minors += minor and subscribed
    has_birthday = minor or rng.random() < 0.7
    return [
        _written_phone(number, national),
        rng.choice(_FIRST),
        rng.choice(_LAST),
        f"person{number}@example.com" if number % 3 else None,
        rng.choice(_GENDERS),
        _written_birthday(number, birthday) if has_birthday else None,
        rng.choice(_YES if subscribed else _NO),
        "=1+1" if number == 5 else "πελάτης",
    ]


def _written_phone(number: int, national: str) -> object:
    forms: tuple[object, ...] = (
        national,
        int(national),
        f"+30{national}",
        f"0030 {national[:3]} {national[3:6]} {national[6:]}",
        f"{national[:4]}-{national[4:]}",
    )
    return forms[number % len(forms)]


def _written_birthday(number: int, birthday: date) -> object:
    forms: tuple[object, ...] = (
        datetime(birthday.year, birthday.month, birthday.day),
        birthday.isoformat(),
        f"{birthday:%d/%m/%Y}",
        f"{birthday:%d.%m.%Y}",
    )
    return forms[number % len(forms)]


def _again(rng: random.Random, expected: Expected) -> list[object]:
    expected.skipped += 1
    return [rng.choice(expected.phones), "Διπλός", "", None, "", None, "ναι", ""]


def _wrong(rng: random.Random, number: int, expected: Expected) -> list[object]:
    expected.rejected += 1
    rows: tuple[list[object], ...] = (
        ["2101234567", "Σταθερό", "", None, "", None, "ναι", ""],
        ["12345", "Short", "", None, "", None, "ναι", ""],
        [None, "Χωρίς", "Κινητό", None, "", None, "ναι", ""],
        [f"69{50_000_000 + number}", "Bad", "Mail", "not-an-email", "", None, "ναι", ""],
        [f"69{60_000_000 + number}", "Bad", "Date", None, "", "31/02/1990", "ναι", ""],
        [f"69{70_000_000 + number}", "Bad", "Gender", None, "robot", None, "ναι", ""],
        ["ΤΗΛΕΦΩΝΟ", "Letters", "", None, "", "2999-01-01", "ναι", ""],
    )
    return rows[number // 50 % len(rows)]
