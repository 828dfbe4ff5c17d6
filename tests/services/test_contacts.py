"""Contacts: making, changing, deleting, finding, many at once, two shops apart."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session

from astronote import clock
from astronote.db import transaction
from astronote.errors import AstronoteError, BadRequest, Conflict, Invalid, NotFound
from astronote.services import consent, contact_bulk, contact_search, contact_words, contacts, lists
from astronote.services.contact_search import ContactFilter, Selection
from astronote.services.contacts import ContactRow
from tests.support.shops import ShopUnderTest

Add = Callable[..., ContactRow]


@pytest.fixture
def session(shop: ShopUnderTest) -> Iterator[Session]:
    with transaction(shop.id) as opened:
        yield opened


@pytest.fixture
def add(session: Session, shop: ShopUnderTest) -> Add:
    """Makes contacts; a number for the phone, fields by name."""

    def make(number: int, **values: Any) -> ContactRow:
        given: Any = {"phone": f"69{number:08d}", **values}
        return contacts.create(session, shop.id, given, source="form", actor="user:1")

    return make


def ids(rows: Any) -> list[int]:
    return [r.id for r in rows]


def test_a_contact_is_stored_clean_and_not_subscribed(add: Add) -> None:
    made = add(
        1,
        email=" Maria@Shop.GR ",
        first_name="  Μαρία\t Α. ",
        last_name="",
        gender="female",
        birthday="1990-02-28",
        tags=["vip", " vip ", "new  shop"],
    )
    assert made.phone == "+306900000001"
    assert (made.email, made.first_name, made.last_name) == ("maria@shop.gr", "Μαρία Α.", None)
    assert (made.birthday, made.tags) == (date(1990, 2, 28), ("vip", "new shop"))
    assert not made.is_subscribed and made.sms_consent_status == "unknown"


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"phone": "210 1234567"}, "invalid_phone", "phone"),
        ({"phone": None}, "invalid_phone", "phone"),
        ({"email": "maria@"}, "invalid_email", "email"),
        ({"birthday": "31/12/1990"}, "invalid_birthday", "birthday"),
        ({"birthday": "1990-02-30"}, "invalid_birthday", "birthday"),
        ({"birthday": "2999-01-01"}, "invalid_birthday", "birthday"),
        ({"gender": "m"}, "invalid", "gender"),
        ({"first_name": "x" * 101}, "invalid", "firstName"),
        ({"tags": ["x" * 51]}, "invalid", "tags"),
    ],
)
def test_a_wrong_field_is_refused_by_name(
    add: Add, values: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        add(1, **values)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_every_wrong_field_is_named(add: Add) -> None:
    with pytest.raises(Invalid) as refused:
        add(1, phone="12", email="x", birthday="x")
    assert [e["field"] for e in refused.value.errors] == ["phone", "email", "birthday"]


def test_a_phone_belongs_to_one_contact_of_a_shop(
    session: Session, shop: ShopUnderTest, add: Add
) -> None:
    first, second = add(1), add(2)
    with pytest.raises(Conflict) as refused:
        add(3, phone="0030 690 000 0001")
    assert refused.value.code == "duplicate_phone"
    with pytest.raises(Conflict) as refused:
        contacts.change(
            session, shop.id, second.id, {"phone": first.phone}, source="form", actor="user:1"
        )
    assert refused.value.code == "duplicate_phone"
    # The refusal undid itself alone: the work goes on.
    assert contacts.get(session, shop.id, second.id).phone == second.phone


def test_only_what_is_given_changes(session: Session, shop: ShopUnderTest, add: Add) -> None:
    made = add(1, first_name="Maria", email="m@shop.gr", is_subscribed=True)
    changed = contacts.change(
        session, shop.id, made.id, {"email": None, "tags": ["a"]}, source="form", actor="user:1"
    )
    assert (changed.email, changed.first_name, changed.tags) == (None, "Maria", ("a",))
    assert changed.is_subscribed


def test_a_subscription_is_changed_through_consent(
    session: Session, shop: ShopUnderTest, add: Add
) -> None:
    made = add(1, is_subscribed=True)
    for wanted in (False, False, True, True):
        contacts.change(
            session, shop.id, made.id, {"is_subscribed": wanted}, source="form", actor="user:1"
        )
    actions = [e.action for e in consent.history(session, shop.id, made.id)]
    assert actions == ["opted_in", "opted_out", "opted_in"]


def test_deleting_keeps_a_persons_opt_out_and_nobody_elses(
    session: Session, shop: ShopUnderTest, add: Add
) -> None:
    person, merchant = add(1, is_subscribed=True), add(2, is_subscribed=True)
    consent.unsubscribe(session, shop.id, person.id, source="preferences", actor="person")
    consent.unsubscribe(session, shop.id, merchant.id, source="merchant", actor="user:1")
    contacts.delete(session, shop.id, person.id)
    contacts.delete(session, shop.id, merchant.id)
    with pytest.raises(Conflict) as refused:
        add(1, is_subscribed=True)
    assert refused.value.code == "opted_out_by_person"
    assert add(2, is_subscribed=True).is_subscribed


def test_a_subscribed_contact_cannot_take_a_suppressed_phone(
    session: Session, shop: ShopUnderTest, add: Add
) -> None:
    gone = add(1, is_subscribed=True)
    consent.unsubscribe(session, shop.id, gone.id, source="unsubscribe_link", actor="person")
    contacts.delete(session, shop.id, gone.id)
    other, silent = add(2, is_subscribed=True), add(3)
    change: Any = {"phone": gone.phone}
    with pytest.raises(Conflict):
        contacts.change(session, shop.id, other.id, change, source="form", actor="user:1")
    contacts.change(session, shop.id, silent.id, change, source="form", actor="user:1")
    with pytest.raises(Conflict):
        contacts.change(
            session, shop.id, silent.id, {"is_subscribed": True}, source="form", actor="user:1"
        )


@pytest.mark.parametrize(
    "q", ["μαρι", "ΜΑΡΊΑ", "παπαδο", "Maria@", "690 000", "0030690", "+306900000001", "0001", "ς π"]
)
def test_a_search_takes_any_part_of_name_phone_or_email(
    session: Session, shop: ShopUnderTest, add: Add, q: str
) -> None:
    maria = add(1, first_name="Μαρίας", last_name="Παπαδοπούλου", email="maria@shop.gr")
    add(21, phone="6981111119", first_name="Νίκος", email="nikos@shop.gr")
    page = contact_search.search(session, shop.id, ContactFilter(q=q))
    assert ids(page.items) == [maria.id]
    assert (page.total, page.total_is_exact) == (1, True)


@pytest.mark.parametrize("q", ["%", "_", "\\", "zz", "' OR 1=1", "😀"])
def test_a_search_for_nothing_there_finds_nothing(
    session: Session, shop: ShopUnderTest, add: Add, q: str
) -> None:
    add(1, first_name="Maria")
    assert contact_search.search(session, shop.id, ContactFilter(q=q)).total == 0


def test_filters_go_together(session: Session, shop: ShopUnderTest, add: Add) -> None:
    wanted = add(1, gender="female", birthday="1990-01-01", tags=["vip"], is_subscribed=True)
    add(2, gender="male", birthday="1990-01-01", tags=["vip"], is_subscribed=True)
    add(3, gender="female", birthday="1990-01-01", tags=["vip"])
    add(4, gender="female", tags=["vip"], is_subscribed=True)
    add(5, gender="female", birthday="1990-01-01", is_subscribed=True)
    found = contact_search.search(
        session,
        shop.id,
        ContactFilter(gender="female", subscribed=True, tag="vip", age_min=18, age_max=80),
    )
    assert ids(found.items) == [wanted.id]


def test_an_age_is_counted_on_the_shops_own_day(new_shop: Callable[..., ShopUnderTest]) -> None:
    east = new_shop(timezone="Pacific/Kiritimati")
    west = new_shop(timezone="Pacific/Niue")
    today = clock.today("Pacific/Kiritimati")
    born = today.replace(year=today.year - 18, day=min(today.day, 28))
    later = clock.today("Pacific/Niue") < born.replace(year=today.year)
    for shop, adult in ((east, True), (west, not later)):
        with transaction(shop.id) as session:
            values: Any = {"phone": "6912345678", "birthday": born}
            contacts.create(session, shop.id, values, source="form", actor="user:1")
            found = contact_search.search(session, shop.id, ContactFilter(age_min=18))
            assert (found.total == 1) is adult


@pytest.mark.parametrize("sort", ["-createdAt", "createdAt", "lastName", "-lastName"])
def test_pages_show_everybody_once_in_every_order(
    session: Session, shop: ShopUnderTest, add: Add, sort: Any
) -> None:
    names = ["Ωμέγα", "alpha", None, "Ύψιλον", "beta", "alpha", "Zeta"]
    made = [add(n, last_name=name).id for n, name in enumerate(names)]
    seen: list[int] = []
    cursor = None
    while True:
        page = contact_search.search(session, shop.id, sort=sort, limit=2, cursor=cursor)
        seen += ids(page.items)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(made) and len(seen) == len(set(seen))
    if sort == "createdAt":
        assert seen == made
    if sort == "lastName":
        listed = [contacts.get(session, shop.id, n).last_name for n in seen]
        assert listed == [None, "alpha", "alpha", "beta", "Zeta", "Ύψιλον", "Ωμέγα"]


def test_a_cursor_of_another_order_or_hand_is_refused(
    session: Session, shop: ShopUnderTest, add: Add
) -> None:
    add(1), add(2)
    good = contact_search.search(session, shop.id, limit=1).next_cursor
    for cursor in (good, "AAAA", "WzEsMiwzXQ", "x" * 400):
        with pytest.raises(BadRequest):
            contact_search.search(session, shop.id, sort="lastName", cursor=cursor)


def test_a_long_search_walks_beyond_the_nearest_rows(
    session: Session, shop: ShopUnderTest, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact_words, "NEAREST", 2)
    old = add(1, first_name="Maria")
    for n in range(2, 8):
        add(n, first_name="Nikos")
    for most in (contact_words.MOST_HITS, 1):
        monkeypatch.setattr(contact_words, "MOST_HITS", most)
        found = contact_search.search(session, shop.id, ContactFilter(q="mar ria"))
        assert ids(found.items) == [old.id]


def test_words_too_short_for_the_index_are_found_where_a_name_begins(
    session: Session, shop: ShopUnderTest, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact_words, "NEAREST", 2)
    wanted = [add(1, first_name="Zoe"), add(2, first_name="Anna", last_name="Zorba")]
    add(3, first_name="Lizzo")
    for n in range(4, 8):
        add(n, first_name="Nikos")
    found = contact_search.search(session, shop.id, ContactFilter(q="ζ")).items
    assert found == []
    found = contact_search.search(session, shop.id, ContactFilter(q="zo")).items
    assert ids(found) == [wanted[1].id, wanted[0].id]


@pytest.mark.parametrize("nearest", [2, 5_000])
@pytest.mark.parametrize("q", ["mar", "m", "mar ria", "690000"])
def test_every_page_of_a_search_tells_the_same_total(
    session: Session,
    shop: ShopUnderTest,
    add: Add,
    monkeypatch: pytest.MonkeyPatch,
    nearest: int,
    q: str,
) -> None:
    monkeypatch.setattr(contact_words, "NEAREST", nearest)
    made = [add(n, first_name="Maria").id for n in range(7)]
    seen: list[int] = []
    cursor = None
    while True:
        page = contact_search.search(session, shop.id, ContactFilter(q=q), limit=3, cursor=cursor)
        assert (page.total, page.total_is_exact) == (7, True)
        seen += ids(page.items)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == made[::-1]


def test_many_are_subscribed_by_the_same_rules_as_one(
    session: Session, shop: ShopUnderTest, add: Add
) -> None:
    plain, merchant, person, already = add(1), add(2), add(3), add(4, is_subscribed=True)
    consent.unsubscribe(session, shop.id, merchant.id, source="merchant", actor="user:1")
    consent.unsubscribe(session, shop.id, person.id, source="unsubscribe_link", actor="person")
    everyone = Selection(filter=ContactFilter())
    proof = consent.Evidence(text="Signed at the till", text_version="2")
    done = contact_bulk.subscribe(
        session, shop.id, everyone, source="merchant", actor="user:1", proof=proof
    )
    assert (done.changed, done.refused) == (2, 1)
    one, many = add(5), contacts.get(session, shop.id, plain.id)
    consent.subscribe(
        session,
        shop.id,
        one.id,
        source="merchant",
        actor="user:1",
        proof=consent.Evidence("Signed at the till", "2"),
    )
    one = contacts.get(session, shop.id, one.id)
    same = ("is_subscribed", "sms_consent_status", "sms_consent_source", "gdpr_consent_source")
    same += ("gdpr_consent_version", "consent_evidence", "opted_out_by", "unsubscribed_at")
    assert all(getattr(one, name) == getattr(many, name) for name in same)
    events = [consent.history(session, shop.id, c.id)[0] for c in (one, many)]
    assert events[0].text == events[1].text and events[0].action == events[1].action

    done = contact_bulk.unsubscribe(session, shop.id, everyone, source="merchant", actor="user:1")
    assert done.changed == 4
    assert contacts.get(session, shop.id, person.id).opted_out_by == "person"
    assert contacts.get(session, shop.id, already.id).opted_out_by == "merchant"


def test_many_are_tagged_and_deleted(session: Session, shop: ShopUnderTest, add: Add) -> None:
    first, second, third = add(1, tags=["a"]), add(2), add(3)
    both = Selection(ids=(first.id, second.id, 10**12))
    assert contact_bulk.tag(session, shop.id, both, ["b", "a"]).changed == 2
    assert contacts.get(session, shop.id, first.id).tags == ("a", "b")
    assert contacts.get(session, shop.id, second.id).tags == ("b", "a")
    assert contact_bulk.untag(session, shop.id, both, ["a"]).changed == 2
    consent.unsubscribe(session, shop.id, first.id, source="keyword", actor="person")
    assert contact_bulk.delete(session, shop.id, both).changed == 2
    assert ids(contact_search.search(session, shop.id).items) == [third.id]
    assert consent.is_suppressed(session, shop.id, first.phone)
    assert not consent.is_suppressed(session, shop.id, second.phone)


def test_lists_count_what_they_hold(session: Session, shop: ShopUnderTest, add: Add) -> None:
    today = clock.today("Europe/Athens")
    add(1, gender="male", birthday=today.replace(year=today.year - 30, day=1))
    add(2, gender="female", birthday=today.replace(year=today.year - 70, day=1))
    add(3)
    counts = {item.key: item.count for item in lists.everything(session, shop.id)}
    assert counts == {
        "all": 3,
        "male": 1,
        "female": 1,
        "other": 0,
        "age_18_24": 0,
        "age_25_39": 1,
        "age_40_59": 0,
        "age_60_plus": 1,
    }
    assert lists.get(session, shop.id, "male").count == 1


def test_own_lists_take_contacts_by_ids_and_by_filter(
    session: Session, shop: ShopUnderTest, add: Add
) -> None:
    first, second = add(1, first_name="Maria"), add(2, first_name="Nikos")
    made = lists.create(session, shop.id, " Best  customers ")
    assert (made.name, made.count) == ("Best customers", 0)
    assert made.id is not None
    assert lists.add(session, shop.id, made.id, Selection(ids=(first.id, first.id))) == 1
    assert lists.add(session, shop.id, made.id, Selection(filter=ContactFilter())) == 1
    assert lists.get(session, shop.id, made.id).count == 2
    named = ContactFilter(list=made.id, q="maria")
    assert ids(contact_search.search(session, shop.id, named).items) == [first.id]
    assert lists.remove(session, shop.id, made.id, Selection(filter=named)) == 1
    contacts.delete(session, shop.id, second.id)
    assert lists.get(session, shop.id, str(made.id)).count == 0
    assert lists.rename(session, shop.id, made.id, "best Customers").name == "best Customers"
    lists.delete(session, shop.id, made.id)
    with pytest.raises(NotFound):
        lists.get(session, shop.id, made.id)


def test_a_list_name_is_used_once_and_system_lists_stay(
    session: Session, shop: ShopUnderTest
) -> None:
    with pytest.raises(Conflict) as refused:
        lists.rename(session, shop.id, "all", "Mine")
    assert refused.value.code == "system_list"
    with pytest.raises(Invalid):
        lists.create(session, shop.id, "   ")
    lists.create(session, shop.id, "Best")
    with pytest.raises(Conflict) as refused:
        lists.create(session, shop.id, "BEST")
    assert refused.value.code == "duplicate_name"
    session.rollback()


def test_pages_of_lists_show_each_once(session: Session, shop: ShopUnderTest) -> None:
    for n in range(5):
        lists.create(session, shop.id, f"List {n}")
    for limit in (1, 3, 8, 9, 13, 50):
        names, cursor = [], None
        while True:
            page = lists.page(session, shop.id, limit=limit, cursor=cursor)
            assert len(page.items) <= limit and page.total == 13
            names += [item.name for item in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert len(names) == len(set(names)) == 13


def test_another_shop_sees_and_changes_nothing(
    two_shops: tuple[ShopUnderTest, ShopUnderTest],
) -> None:
    here, there = two_shops
    with transaction(here.id) as session:
        values: Any = {"phone": "6912345678", "first_name": "Maria"}
        made = contacts.create(session, here.id, values, source="form", actor="user:1")
        own = lists.create(session, here.id, "Best")
    assert own.id is not None
    theirs: list[Callable[[Session], object]] = [
        lambda s: contacts.get(s, there.id, made.id),
        lambda s: contacts.delete(s, there.id, made.id),
        lambda s: contacts.change(
            s, there.id, made.id, {"first_name": "X"}, source="form", actor="x"
        ),
        lambda s: lists.get(s, there.id, own.id or 0),
        lambda s: lists.add(s, there.id, own.id or 0, Selection(ids=(made.id,))),
        lambda s: contact_search.search(s, there.id, ContactFilter(list=own.id)),
    ]
    for attempt in theirs:
        with pytest.raises(AstronoteError) as refused, transaction(there.id) as session:
            attempt(session)
        assert isinstance(refused.value, NotFound)
    with transaction(there.id) as session:
        assert contact_search.search(session, there.id, ContactFilter(q="maria")).total == 0
        assert contact_bulk.delete(session, there.id, Selection(ids=(made.id,))).changed == 0
        # The same phone is another person's business in another shop.
        contacts.create(session, there.id, values, source="form", actor="user:2")
    with transaction(here.id) as session:
        assert contacts.get(session, here.id, made.id).first_name == "Maria"
