"""The demo shop: an invented delicatessen with a past, made through the services."""

import csv
import json
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlmodel import select

from astronote import clock, security
from astronote.db import system_transaction, transaction
from astronote.models import Shop, UserAccount
from astronote.security import Identity
from astronote.services import (
    accounts,
    billing,
    campaigns,
    demo_everyday,
    import_files,
    import_run,
    imports,
    launching,
    schedule,
    shops,
)
from astronote.services import wallet as wallets
from astronote.services.contact_fields import ContactValues
from astronote.services.demo_history import Taste, at, play
from astronote.services.demo_people import people
from astronote.settings import settings

EMAIL = "demo@astronote.example"
ZONE = "Europe/Athens"
_COLUMNS = (
    "phone",
    "first_name",
    "last_name",
    "gender",
    "birthday",
    "email",
    "tags",
    "subscribed",
)
_EVERYDAY = 31
"""Days of automations' history; before them only the campaigns were sent."""

_WORDING = "Συμφωνώ να λαμβάνω προσφορές με SMS από το κατάστημα Ελαία."


@dataclass(frozen=True)
class SignIn:
    """How to sign in to the demo shop."""

    email: str
    password: str


@dataclass(frozen=True)
class _Past:
    """A campaign that has been: when, what, to whom, and how it was liked."""

    days_ago: int
    hour: int
    name: str
    text: str
    title: str
    taste: Taste
    audience: dict[str, object]
    encoding: str = "auto"


_PASTS = (
    _Past(
        38,
        11,
        "Καλωσόρισμα φθινοπώρου",
        "{{first_name|Καλημέρα}}, το φρέσκο ελαιόλαδο έφτασε! -15% σε όλα έως Κυριακή.",
        "-15% στο νέο ελαιόλαδο",
        Taste(viewed=0.31, redeemed=0.094, left=0.012),
        {},
        "gsm",
    ),
    _Past(
        21,
        18,
        "Wine evening for regulars",
        "Dear {{first_name|friend}}, taste six new wines with us this Friday at 19:00. "
        "Show this at the door for a free glass.",
        "A free glass of wine",
        Taste(viewed=0.36, redeemed=0.121, left=0.007),
        {"ageMin": 25, "ageMax": 64},
    ),
    _Past(
        6,
        12,
        "Σαββατοκύριακο τυριών",
        "{{first_name|Γεια}}, αυτό το Σαββατοκύριακο 2+1 σε όλα τα τυριά στο {{shop_name}}.",
        "2+1 σε όλα τα τυριά",
        Taste(viewed=0.27, redeemed=0.071, left=0.009),
        {},
        "gsm",
    ),
)


def sign_in() -> SignIn | None:
    """How to sign in to the demo shop; None where there is none."""
    try:
        return SignIn(**json.loads(_note().read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def seed() -> SignIn:
    """Make the demo shop unless it is there; its password is made up here."""
    known = sign_in()
    with system_transaction() as session:
        exists = session.exec(select(UserAccount.id).where(UserAccount.email == EMAIL)).first()
    if exists is not None and known is not None:
        return known
    made = SignIn(EMAIL, "-".join(security.new_token(4).strip("-_") for _ in range(3)))
    if exists is None:
        _write_history(_open_shop(made))
    else:
        _set_password(exists, made.password)
    _note().touch(mode=0o600)
    _note().write_text(json.dumps({"email": made.email, "password": made.password}))
    return made


def _note() -> Path:
    return settings().astronote_data_dir / "demo.json"


def _set_password(user_id: int, password: str) -> None:
    with system_transaction() as session:
        user = session.get_one(UserAccount, user_id)
        user.password_hash = security.hash_password(password)
        session.add(user)


def _open_shop(credentials: SignIn) -> Identity:
    with at(_ago(45, 10)), system_transaction() as session:
        who = accounts.register(
            session,
            shop_name="Ελαία",
            email=credentials.email,
            password=credentials.password,
            locale="el",
        )
        shop = session.get_one(Shop, who.shop_id)
        shop.is_demo = True
        session.add(shop)
        shops.change(
            session,
            who.shop_id,
            who,
            {
                "sender_name": "Elaia",
                "support_contact": "210 555 0134",
                "legal_name": "Ελαία Παντοπωλείο Ι.Κ.Ε.",
                "vat_number": "EL000000000",
                "address": "Αιόλου 1, 105 51 Αθήνα",
                "quiet_hours": None,
            },
        )
    return who


def _write_history(who: Identity) -> None:
    _fund(who)
    rng = random.Random(20)  # noqa: S311
    today = clock.today(ZONE)
    newcomers = people(rng, 2_700, today)
    with at(_ago(44, 8)):
        demo_everyday.switch_on(who)
    for days_ago, count in ((44, 1_450), (33, 260), (24, 280), (15, 240), (9, 190), (2, 180)):
        with at(_ago(days_ago, 9)):
            _add(who, [next(newcomers) for _ in range(count)], days_ago)
        for day in range(days_ago - 1, _next_day(days_ago), -1):
            for number, past in enumerate(_PASTS):
                if past.days_ago == day:
                    _replay(who, past, number)
            if day % 3 == 0 and 0 < day < _EVERYDAY:
                demo_everyday.live(who, _ago(day, 9), newcomers, seed=100 + day * 2)
    demo_everyday.hear(who, clock.now())
    _plan_ahead(who)


def _next_day(days_ago: int) -> int:
    days = (44, 33, 24, 15, 9, 2, -1)
    return days[days.index(days_ago) + 1]


def _fund(who: Identity) -> None:
    with at(_ago(20, 9)), transaction(who.shop_id) as session:
        billing.activate(session, who.shop_id, "monthly", included=False)
    with at(_ago(45, 11)), transaction(who.shop_id) as session:
        wallets.grant(
            session, who.shop_id, 500, kind="included", settles="demo", note="Monthly plan"
        )
        wallets.grant(
            session, who.shop_id, 12_000, kind="purchase", settles="demo", note="Pack of 12,000"
        )


def _add(who: Identity, newcomers: list[ContactValues], number: int) -> None:
    """Import a file of the till's customers, as the shop would."""
    path = import_files.reserve()
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, _COLUMNS, extrasaction="ignore")
        table.writeheader()
        for person in newcomers:
            yes = "yes" if person.get("is_subscribed") else "no"
            tags = ", ".join(person.get("tags") or ())
            table.writerow({**person, "tags": tags, "subscribed": yes})
    upload = imports.examine(path, f"customers-{number}.csv")
    stated = imports.ImportOptions(consent_source="paper form", consent_text=_WORDING)
    with transaction(who.shop_id) as session:
        job = imports.start(session, who.shop_id, upload, stated, user_id=who.user_id)
    import_run.run(job.id)


def _replay(who: Identity, past: _Past, number: int) -> None:
    started = _ago(past.days_ago, past.hour)
    with at(started), transaction(who.shop_id) as session:
        made = campaigns.create(session, who.shop_id, _draft(past), created_by=who.user_id)
        launching.enqueue(session, who.shop_id, made.id)
    play(who, made.id, started, past.taste, seed=number)


def _draft(past: _Past) -> dict[str, object]:
    ends = _ago(past.days_ago - 30, 21)
    return {
        "name": past.name,
        "message_text": past.text,
        "encoding": past.encoding,
        "audience": past.audience,
        "offer": {
            "title": past.title,
            "description": "Δείξτε το στο ταμείο. Μία χρήση ανά πελάτη.",
            "expiresAt": ends.isoformat(),
        },
    }


def _plan_ahead(who: Identity) -> None:
    soon = clock.now().astimezone(ZoneInfo(ZONE)) + timedelta(days=5)
    with transaction(who.shop_id) as session:
        coming = campaigns.create(
            session,
            who.shop_id,
            {
                "name": "Black Friday: κελάρι -25%",
                "message_text": "{{first_name|Γεια}}, Black Friday στην {{shop_name}}: "
                "-25% σε όλα τα κρασιά, μόνο αύριο!",
                "encoding": "gsm",
                "offer": {"title": "-25% σε όλα τα κρασιά"},
            },
            created_by=who.user_id,
        )
        schedule.schedule(session, who.shop_id, coming.id, f"{soon:%Y-%m-%dT}11:00")
        campaigns.create(
            session,
            who.shop_id,
            {
                "name": "Ευχές Χριστουγέννων",
                "message_text": "{{first_name|Αγαπητέ πελάτη}}, χρόνια πολλά από όλους μας!",
                "offer": {"enabled": False},
            },
            created_by=who.user_id,
        )


def _ago(days: int, hour: int) -> datetime:
    """A local hour so many days back (or ahead), by the real clock."""
    local = datetime.now(ZoneInfo(ZONE)) - timedelta(days=days)
    return local.replace(hour=hour, minute=0, second=0, microsecond=0)
