"""What the cells of an import mean, in English and Greek.

Each function returns the value of a cell that is not empty, or raises ``Invalid`` with a
sentence. What a field may hold in the end is ``contact_fields``' rule, here as anywhere.
"""

import re
from datetime import date, timedelta
from typing import Final, TypeVar

from astronote.errors import Invalid
from astronote.services import contact_fields
from astronote.services.cells import Cell
from astronote.services.folding import fold

_Meaning = TypeVar("_Meaning")


def _folded(words: dict[str, _Meaning]) -> dict[str, _Meaning]:
    return {fold(word): meaning for word, meaning in words.items()}


_GENDERS: Final = _folded(
    {
        **dict.fromkeys(
            ("male", "m", "man", "boy", "άνδρας", "άντρας", "άρρεν", "αρσενικό"), "male"
        ),
        **dict.fromkeys(("α", "αγόρι"), "male"),
        **dict.fromkeys(("female", "f", "woman", "girl", "γυναίκα", "θήλυ", "θηλυκό"), "female"),
        **dict.fromkeys(("θ", "γ", "κορίτσι"), "female"),
        **dict.fromkeys(("other", "o", "x", "diverse", "non-binary", "άλλο", "άλλη"), "other"),
    }
)
_ANSWERS: Final = _folded(
    {
        **dict.fromkeys(("yes", "y", "true", "t", "1", "on", "ναι", "ν", "αληθές", "nai"), True),
        **dict.fromkeys(("no", "n", "false", "f", "0", "off", "όχι", "ο", "ψευδές", "oxi"), False),
    }
)
_DAY: Final = re.compile(
    r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})(?:[T ][0-9:.]+Z?)?"
    r"|(?P<d2>[0-9]{1,2})(?P<sep>[/.])(?P<m2>[0-9]{1,2})(?P=sep)(?P<y2>[0-9]{4})"
)
_LANGUAGES: Final = _folded(
    {
        **dict.fromkeys(("el", "gr", "greek", "ελληνικά", "ελ"), "el"),
        **dict.fromkeys(("en", "english", "αγγλικά"), "en"),
    }
)
# Day 1 of Excel's calendar is 1 January 1900; it counts a 29 February 1900 as day 60.
_EXCEL_EPOCH: Final = date(1899, 12, 30)
_LAST_EXCEL_DAY: Final = 2_958_465
_PLAIN_EMAIL: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9_+-]{0,30}(?:\.[A-Za-z0-9_+-]{1,15})?"
    r"@(?:[A-Za-z0-9]{1,30}(?:-[A-Za-z0-9]{1,20})?\.){1,3}"
    r"(?!(?i:arpa|invalid|local|localhost|onion|test)$)[A-Za-z]{2,12}",
    re.ASCII,
)


def read_gender(cell: Cell) -> str:
    """Return ``male``, ``female`` or ``other``."""
    gender = _GENDERS.get(fold(str(cell).strip()))
    if gender is None:
        raise Invalid("The gender is male, female or other.", field="gender")
    return gender


def read_answer(cell: Cell) -> bool:
    """Return what a yes or no says; spreadsheets' TRUE and 1 too."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    answer = _ANSWERS.get(fold(str(cell).strip()))
    if answer is None:
        raise Invalid("Subscribed is yes or no.", field="subscribed")
    return answer


def read_email(cell: Cell) -> str | None:
    """Return an address in lower case, as ``contact_fields.check_email`` would."""
    text = str(cell).strip()
    if _PLAIN_EMAIL.fullmatch(text):
        return text.lower()
    if len(text) > 254:
        raise Invalid(
            "This does not look like an e-mail address.", code="invalid_email", field="email"
        )
    return contact_fields.check_email(text)


def read_birthday(cell: Cell, today: date) -> date | None:
    """Return a day written as YYYY-MM-DD, DD/MM/YYYY, DD.MM.YYYY or as Excel's number."""
    if isinstance(cell, str):
        day = _written_day(cell.strip())
    elif isinstance(cell, bool) or not 1 <= cell <= _LAST_EXCEL_DAY:
        raise _unreadable_day()
    else:
        # Below day 60 Excel's calendar is a day off.
        day = _EXCEL_EPOCH + timedelta(days=int(cell) + (1 if cell < 60 else 0))
    return contact_fields.check_birthday(day, today)


def read_tags(cell: Cell) -> tuple[str, ...]:
    """Return the labels of a cell, separated by comma, semicolon or bar."""
    return tuple(contact_fields.check_tags(re.split(r"[,;|]", str(cell))))


def read_locale(cell: Cell) -> str:
    """Return ``el`` or ``en``."""
    language = _LANGUAGES.get(fold(str(cell).strip()).partition("-")[0])
    if language is None:
        raise Invalid("The language is el or en.", field="locale")
    return language


def _written_day(text: str) -> date:
    match = _DAY.fullmatch(text)
    if not match:
        raise _unreadable_day()
    parts = match.group("y", "m", "d") if match["y"] else match.group("y2", "m2", "d2")
    year, month, day = map(int, parts)
    try:
        return date(year, month, day)
    except ValueError:
        raise Invalid(
            "There is no such day in the calendar.", code="invalid_birthday", field="birthday"
        ) from None


def _unreadable_day() -> Invalid:
    return Invalid(
        "Write a birthday as 1990-12-31, 31/12/1990 or 31.12.1990.",
        code="invalid_birthday",
        field="birthday",
    )
