"""Finding contacts, slowly: one after another, with contacts and questions of every kind."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlmodel import Session

from astronote.models import Contact, ListMembership
from astronote.security import phone_hmac
from astronote.services.contact_search import ContactFilter
from astronote.services.folding import fold
from tests.support.audience_reference import full_years
from tests.support.people import new_phone

SORTS = ("-createdAt", "createdAt", "lastName", "-lastName")

_NAMES = (None, "Μαρία", "Mario", "Marina", "ΆΝΝΑ", "Anna-Maria", "Ζωή", "O'Neil", "%", "a_b")
_EMAILS = (None, "maria@shop.gr", "anna@shop.gr", "info@example.com")
_WORDS = (
    *("μαρ", "μαρι", "ΜΑΡΊΑ", "mar", "rio", "shop.gr", "@shop", "o'n", "a_b", "+306", "zzzz"),
    *("νν", "α", "ma", "ζω", "qx", "69", "@", "!!!", "'", "%", "_", "maria@shop.gr"),
)
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Person:
    """What the reference knows of a contact."""

    first_name: str | None
    last_name: str | None
    email: str | None
    gender: str | None
    birthday: date | None
    tags: list[str]
    is_subscribed: bool
    created_at: datetime
    listed: bool
    phone: str = ""
    id: int = 0

    @property
    def text(self) -> str:
        """Where words are looked for."""
        parts = (self.first_name or "", self.last_name or "", self.email or "", self.phone)
        return fold(" ".join(parts))


people = st.lists(
    st.builds(
        Person,
        st.sampled_from(_NAMES),
        st.sampled_from(_NAMES),
        st.sampled_from(_EMAILS),
        st.sampled_from((None, "female", "male")),
        st.sampled_from((None, date(1980, 2, 29), date(2015, 6, 1))),
        st.sampled_from(([], ["vip"], ["vip", "new"])),
        st.booleans(),
        # Few moments, so that many were added at the same one.
        st.integers(0, 3).map(lambda n: _BEGAN + timedelta(seconds=n)),
        st.booleans(),
    ),
    max_size=25,
)


def questions(list_id: int) -> st.SearchStrategy[ContactFilter]:
    """Searches, most of them with words, some with filters."""
    return st.builds(
        ContactFilter,
        q=st.lists(st.sampled_from(_WORDS), max_size=3).map(" ".join),
        list=st.sampled_from((None, None, None, "female", "age_40_59", list_id)),
        gender=st.sampled_from((None, None, None, "female")),
        subscribed=st.sampled_from((None, None, True, False)),
        tag=st.sampled_from((None, None, None, "vip")),
        age_min=st.sampled_from((None, None, None, 18)),
        age_max=st.sampled_from((None, None, None, 60)),
    )


def store(session: Session, shop_id: int, persons: list[Person], list_id: int) -> None:
    """Write them down; gives each its phone and id."""
    for person in persons:
        person.phone = new_phone()
        values: Any = {k: v for k, v in vars(person).items() if k not in {"listed", "id"}}
        made = Contact(shop_id=shop_id, phone_hash=phone_hmac(person.phone), **values)
        session.add(made)
        session.flush()
        person.id = made.id or 0
        if person.listed:
            member = ListMembership(shop_id=shop_id, list_id=list_id, contact_id=person.id)
            session.add(member)
    session.flush()


def found(persons: list[Person], wanted: ContactFilter, sort: str, today: date) -> list[Person]:
    """Those of ``persons`` that ``wanted`` names, in order."""

    def place(person: Person) -> tuple[Any, int]:
        if "createdAt" in sort:
            return person.created_at, person.id
        name = f"{person.last_name or ''} {person.first_name or ''}"
        return fold(name).encode(), person.id

    chosen = [p for p in persons if _passes(p, wanted, today) and has_words(p, wanted.q)]
    return sorted(chosen, key=place, reverse=sort.startswith("-"))


def has_words(person: Person, q: str) -> bool:
    """Whether all words are somewhere in the person; digits alone are one phone number."""
    if _digits(q):
        return q.replace(" ", "") in person.text
    return all(word in person.text for word in fold(q).split())


def _digits(q: str) -> bool:
    return q.replace(" ", "").removeprefix("+").isdigit()


def begins_with_short_words(person: Person, q: str) -> bool:
    """Whether a search must find it in a list of any length: unless a word has three letters,
    a name or an address begins with every word."""
    words = q.replace(" ", "") if _digits(q) else fold(q)
    short = [] if any(len(word) > 2 for word in words.split()) else words.split()
    return all(f" {word}" in f" {person.text}" for word in short)


def _passes(person: Person, wanted: ContactFilter, today: date) -> bool:
    years = full_years(person.birthday, today) if person.birthday else None
    in_list = {
        None: True,
        "female": person.gender == "female",
        "age_40_59": years is not None and 40 <= years <= 59,
    }.get(wanted.list if not isinstance(wanted.list, int) else "own", person.listed)  # fmt: skip
    low, high = wanted.age_min, wanted.age_max
    aged = low is None and high is None
    if years is not None:
        aged = (low or 0) <= years <= (200 if high is None else high)
    return (
        in_list
        and aged
        and wanted.gender in {None, person.gender}
        and wanted.subscribed in {None, person.is_subscribed}
        and (not wanted.tag or wanted.tag in person.tags)
    )
