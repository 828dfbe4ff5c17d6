"""Which column of a file is which field of a contact."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

from astronote.errors import Invalid
from astronote.services.cells import Cell
from astronote.services.folding import fold
from astronote.words import say

Field = Literal[
    "phone",
    "email",
    "firstName",
    "lastName",
    "gender",
    "birthday",
    "subscribed",
    "tags",
    "locale",
    "fullName",
    "fullNameReversed",
]
FIELDS: Final[tuple[Field, ...]] = get_args(Field)

# Folded, without spaces and punctuation; the better name stands first.
_NAMES: Final[dict[Field, tuple[str, ...]]] = {
    "phone": (
        *("mobile", "mobilephone", "mobilenumber", "cell", "cellphone", "κινητο"),
        *("κινητοτηλεφωνο", "αριθμοσκινητου", "τηλκινητο", "kinito", "msisdn", "sms"),
        *("phone", "phonenumber", "telephone", "tel", "τηλεφωνο", "αριθμοστηλεφωνου"),
        *("τηλ", "tilefono", "αριθμοσ", "number", "gsm", "viber", "whatsapp"),
        *("κινητοτηλ", "τηλκιν", "κιν", "mob"),
    ),
    "email": (
        *("email", "emailaddress", "mail", "ηλεκτρονικοταχυδρομειο", "διευθυνσηemail"),
        *("ηλεκτρονικηδιευθυνση", "ημειλ", "ιμειλ"),
    ),
    "firstName": (
        *("firstname", "givenname", "forename", "first", "fname", "ονομα", "μικροονομα"),
        *("onoma", "name", "ονομαπελατη", "customername"),
    ),
    "lastName": (
        *("lastname", "surname", "familyname", "last", "lname", "επωνυμο", "επιθετο"),
        *("eponymo", "epitheto", "επωνυμοπελατη"),
    ),
    "gender": ("gender", "sex", "φυλο", "fylo", "γενοσ"),
    "birthday": (
        *("birthday", "birthdate", "dateofbirth", "dob", "born", "γενεθλια"),
        *("ημερομηνιαγεννησησ", "ημερομηνιαγεννησεωσ", "ημνιαγεννησησ", "ημγεννησησ"),
        *("ημεργεννησησ", "γεννηση", "genethlia"),
    ),
    "subscribed": (
        *("subscribed", "issubscribed", "subscription", "optin", "optedin", "consent"),
        *("smsconsent", "smsoptin", "newsletter", "εγγεγραμμενοσ", "εγγεγραμμενη"),
        *("εγγραφη", "συγκαταθεση", "συναινεση", "συνδρομη", "αποδοχη", "αποδοχηsms"),
        "sms",
    ),
    "tags": ("tags", "tag", "labels", "label", "ετικετεσ", "ετικετα", "groups", "ομαδεσ"),
    "locale": ("locale", "language", "lang", "γλωσσα"),
    "fullName": (
        *("fullname", "ονοματεπωνυμο", "ονομαεπωνυμο", "ονομακαιεπωνυμο", "namesurname"),
        *("nameandsurname", "ονοματεπωνυμοπελατη", "πελατησ", "customer", "client"),
    ),
    "fullNameReversed": ("επωνυμοονομα", "επωνυμοκαιονομα", "επιθετοονομα", "surnamename"),
}
# Words that settle it inside a longer header, where no header matched whole.
_WORDS: Final[dict[Field, tuple[str, ...]]] = {
    "phone": ("mobile", "κινητ", "phone", "τηλεφων"),
    "email": ("email", "mail"),
    "birthday": ("birth", "γενεθλ", "γεννησ"),
    "fullName": ("ονοματεπων", "fullname"),
}
_NAMES_OF_PERSONS: Final = frozenset({"firstName", "lastName", "fullName", "fullNameReversed"})
_PHONE_LIKE: Final = re.compile(r"\+?[0-9][0-9 ()./-]{6,24}")
_POSSIBLE: Final[dict[Field, re.Pattern[str]]] = {
    "phone": re.compile(r"(?:[0-9][^0-9a-zα-ω]*){6}"),
    "email": re.compile("@"),
    "birthday": re.compile("[0-9]"),
    "subscribed": re.compile(r"^[^0-9]{1,12}$|^[01](?:\.0)?$"),
}
"""What some cell of a column must look like for it to be the field."""
_TELLING: Final[dict[Field, re.Pattern[str]]] = {
    "phone": re.compile(
        r"(?:(?:\+|00)[0-9](?:[ ()./-]*[0-9]){7}|[0-9](?:[ ()./-]*[0-9]){9})"
        r"(?:[ ()./-]*[0-9]){0,5}"
    ),
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
}
"""What nearly all cells of a column look like, for it to be the field whatever its header."""
_ASIDE: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]")


def guess_mapping(
    headers: Sequence[str], rows: Sequence[Sequence[Cell]] = ()
) -> list[Field | None]:
    """Return for each column the field its header means in English or Greek, or None.

    No field is given twice: of several candidates the best name wins, a mobile before
    any phone. ``rows`` are some of the file's: a column whose cells could all not be the
    field comes last ("SMS" with yes and no below it is no phone where another column is),
    and a column of phones or addresses without a telling header is known by its cells.
    """
    keys = [_key(header) for header in headers]
    cells = [
        [str(row[i]) for row in rows if i < len(row) and row[i] != ""] for i in range(len(keys))
    ]
    mapping: list[Field | None] = [None] * len(keys)
    _assign(mapping, keys, cells)
    # A header that says "Phone" means it, even if all that stands below it is wrong.
    _assign(mapping, keys, [[] for _ in keys])
    return mapping


def _assign(mapping: list[Field | None], keys: list[str], cells: list[list[str]]) -> None:
    """Give the fields that no column has yet to columns that have none."""
    for field, names in _NAMES.items():
        ranked = sorted(
            (names.index(keys[i]), i) for i in _open(mapping, field, cells) if keys[i] in names
        )
        if ranked:
            mapping[ranked[0][1]] = field
    for field, words in _WORDS.items():
        free = [i for i in _open(mapping, field, cells) if keys[i]]
        found = [i for word in words for i in free if word in keys[i]]
        if found:
            mapping[found[0]] = field
    for field, pattern in _TELLING.items():
        telling = [i for i in _open(mapping, field, cells) if _all_are(pattern, cells[i])]
        if telling:
            mapping[telling[0]] = field


def _open(mapping: list[Field | None], field: Field, cells: list[list[str]]) -> list[int]:
    """The columns that may still become the field: none where it, or its like, is taken."""
    if field in mapping:
        return []
    if field.startswith("fullName") and not _NAMES_OF_PERSONS.isdisjoint(mapping):
        return []
    possible = _POSSIBLE.get(field)
    return [
        i
        for i, taken in enumerate(mapping)
        if taken is None
        and (not possible or not cells[i] or any(possible.search(cell) for cell in cells[i]))
    ]


def _all_are(pattern: re.Pattern[str], cells: list[str]) -> bool:
    """Whether nearly all cells are so; files are messy."""
    return bool(cells) and sum(bool(pattern.fullmatch(cell)) for cell in cells) > 0.7 * len(cells)


def apply_mapping(
    headers: Sequence[str], given: object = None, rows: Sequence[Sequence[Cell]] = ()
) -> list[Field | None]:
    """Return the mapping to use: the guess, corrected by what the merchant gave.

    ``given`` is a list of a field or None for each column, or an object that maps
    headers to fields (or None), or fields to headers or column numbers from 0. ``rows``
    are some of the file's, for the guess.

    Raises ``Invalid``: ``invalid_mapping`` for names that do not exist or a field given
    to two columns, ``missing_phone_column`` where no column is the phone.
    """
    mapping = _applied(list(headers), given, rows)
    if any(_PHONE_LIKE.fullmatch(header) for header in headers):
        raise Invalid(
            "The first row holds a contact, not the names of the columns. "
            "Add a row with the names above it.",
            code="missing_phone_column",
            field="mapping",
        )
    used = [field for field in mapping if field]
    if len(set(used)) < len(used):
        raise _invalid("Each field can be taken from one column only.")
    if "phone" not in used:
        raise Invalid(
            "No column holds the phone numbers. Name one of them Phone, or choose it.",
            code="missing_phone_column",
            field="mapping",
        )
    return mapping


def _applied(
    headers: list[str], given: object, rows: Sequence[Sequence[Cell]]
) -> list[Field | None]:
    if given is None:
        return guess_mapping(headers, rows)
    if isinstance(given, Mapping):
        return _corrected(headers, given, guess_mapping(headers, rows))
    if isinstance(given, Sequence) and not isinstance(given, str):
        if len(given) > len(headers):
            raise _invalid("The mapping has more columns than the file.")
        return [_field(name) for name in given] + [None] * (len(headers) - len(given))
    raise _invalid("The mapping is a list or an object.")


def _corrected(
    headers: list[str], given: Mapping[object, object], guess: list[Field | None]
) -> list[Field | None]:
    chosen: dict[int, Field | None] = {}
    for key, value in given.items():
        if key in headers and (value is None or value in FIELDS or value == ""):
            chosen[headers.index(key)] = _field(value)
        elif key in FIELDS and value in headers:
            chosen[headers.index(value)] = _field(key)
        elif key in FIELDS and type(value) is int and 0 <= value < len(headers):
            chosen[value] = _field(key)
        elif not (key in FIELDS and value is None):
            raise _invalid(say("The mapping names something that is not there: {name}.", name=key))
    taken = set(chosen.values())
    return [
        chosen[i] if i in chosen else None if guess[i] in taken else guess[i]
        for i in range(len(headers))
    ]


def _field(name: object) -> Field | None:
    if name is None or name == "":
        return None
    if name not in FIELDS:
        raise _invalid(
            say("There is no field {name}. Use {known}.", name=name, known=", ".join(FIELDS))
        )
    return name


def _key(header: str) -> str:
    return re.sub(r"[\W_]+", "", fold(_ASIDE.sub("", header)))


def _invalid(sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_mapping", field="mapping")
