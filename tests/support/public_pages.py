"""Every public page in each of its states, with what must be there for it to show.

Tests walk them; the screenshots are made of them. A new page belongs here.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from astronote import clock
from astronote.db import enter_shop, system_transaction, transaction
from astronote.models import UserAccount
from astronote.security import sign
from astronote.services import (
    accounts,
    confirmations,
    consent,
    invitations,
    join_confirmations,
    join_links,
    offers,
    shops,
    team,
    unsubscribe_tokens,
    unsubscribing,
)
from tests.support.messages import SentMessage, add_message
from tests.support.shops import ShopUnderTest, make_shop


@dataclass(frozen=True)
class PublicPage:
    """A page by its path; ``by_staff`` ones are looked at by somebody signed in."""

    name: str
    path: str
    by_staff: bool = False


OFFER: dict[str, Any] = {
    "enabled": True,
    "title": "−20% σε όλα τα παπούτσια",
    "description": "Για αγορές άνω των 30 €. Δεν συνδυάζεται με άλλες προσφορές.",
    "code": "SHOES20",
    "expiresAt": (clock.now() + timedelta(days=30)).isoformat(),
    "maxRedemptions": 1,
}


def public_pages(shop: ShopUnderTest) -> list[PublicPage]:
    """All of them, for ``shop``, which gets the contacts and messages that they need."""
    with transaction(shop.id) as session:
        shops.change(
            session,
            shop.id,
            shop.owner,
            {
                "support_contact": "210 123 4567",
                "legal_name": "Παπουτσής και Υιοί Ο.Ε.",
                "vat_number": "EL123456789",
                "address": "Ερμού 12, 105 63 Αθήνα",
                "privacy_url": "https://shop.example/privacy",
            },
        )
    other = make_shop(name="Καφέ Λιμάνι")
    with system_transaction() as session:
        enter_shop(session, other.id)
        team.add(session, other.id, other.owner, shop.email, "staff")
    return [*_joining(shop), *_leaving(shop), *_offers(shop), *_invitations(shop), *_other()]


def _joining(shop: ShopUnderTest) -> list[PublicPage]:
    with transaction(shop.id) as session:
        join, nfc = (
            join_links.create(session, shop.id, shop.owner, kind, "The till").token
            for kind in ("join", "nfc")
        )
    asked = add_message(shop, phone="+306912000001", subscribed=False)
    with transaction(shop.id) as session:
        consent.mark_pending(
            session,
            shop.id,
            asked.contact_id,
            source="join",
            actor="person",
            proof=consent.Evidence("Συμφωνώ να λαμβάνω με SMS νέα και προσφορές.", "1"),
        )
    token = join_confirmations.make(asked.contact_id, asked.phone)
    known = add_message(shop, phone="+306912000002")
    confirmed = join_confirmations.make(known.contact_id, known.phone)
    return [
        PublicPage("join", f"/join/{join}"),
        PublicPage("nfc", f"/nfc/{nfc}"),
        PublicPage("join-confirm", f"/c/{token}"),
        PublicPage("join-confirmed", f"/c/{confirmed}"),
    ]


def _leaving(shop: ShopUnderTest) -> list[PublicPage]:
    here, gone = add_message(shop, phone="+306912000003"), add_message(shop, phone="+306912000004")
    staying, left = (_token(message) for message in (here, gone))
    with transaction(shop.id) as session:
        unsubscribing.unsubscribe(
            session, unsubscribe_tokens.read(left), unsubscribing.Visit("127.0.0.1", "tests")
        )
    expired = sign("unsubscribe", {"storeId": shop.id, "contact": here.contact_id, "exp": 1})
    return [
        PublicPage("unsubscribe", f"/unsubscribe/{staying}"),
        PublicPage("already-unsubscribed", f"/unsubscribe?token={left}"),
        PublicPage("resubscribe", f"/resubscribe?token={left}"),
        PublicPage("already-subscribed", f"/resubscribe?token={staying}"),
        PublicPage("preferences", f"/preferences/{_preferences(staying)}"),
        PublicPage("preferences-off", f"/preferences/{_preferences(left)}"),
        PublicPage("erase", f"/e/{confirmations.make('erase', here.contact_id, here.phone)}"),
        PublicPage("link-expired", f"/unsubscribe/{expired}"),
        PublicPage("link-invalid", "/unsubscribe/v1.a.b.c"),
    ]


def _offers(shop: ShopUnderTest) -> list[PublicPage]:
    past = (clock.now() - timedelta(days=1)).isoformat()
    active = add_message(shop, phone="+306912000005", offer=OFFER)
    taken = add_message(shop, phone="+306912000006", offer=OFFER)
    over = add_message(shop, phone="+306912000007", offer=OFFER | {"expiresAt": past})
    with transaction(shop.id) as session:
        offers.redeem(session, shop.id, shop.owner, tracking_id=taken.tracking_id)
    return [
        PublicPage("offer", f"/tracking/offer/{active.tracking_id}"),
        PublicPage("offer-redeemed", f"/tracking/offer/{taken.tracking_id}"),
        PublicPage("offer-expired", f"/tracking/offer/{over.tracking_id}"),
        PublicPage("offer-unknown", "/tracking/offer/nobody"),
        PublicPage("redeem", f"/tracking/redeem/{active.tracking_id}"),
        PublicPage("redeem-staff", f"/tracking/redeem/{active.tracking_id}", by_staff=True),
        PublicPage("redeem-already", f"/tracking/redeem/{taken.tracking_id}", by_staff=True),
        PublicPage("redeem-expired", f"/tracking/redeem/{over.tracking_id}", by_staff=True),
    ]


def _invitations(shop: ShopUnderTest) -> list[PublicPage]:
    with system_transaction() as session:
        enter_shop(session, shop.id)
        new, gone = (
            team.add(session, shop.id, shop.owner, f"{name}@shop.example", "staff")
            for name in ("eleni", "petros")
        )
        team.remove(session, shop.id, shop.owner, gone.member.user_id)
        eleni = session.get_one(UserAccount, new.member.user_id)
        me = session.get_one(UserAccount, shop.owner.user_id)
        known, used = (invitations.url(me, shop.id, sets_password=p) for p in (False, True))
        elsewhere = invitations.url(eleni, shop.id, sets_password=False)
        over = {"u": eleni.id, "s": shop.id, "e": 1, "p": accounts.trace(eleni)}
    pages = [
        PublicPage(name, urlsplit(url).path)
        for name, url in (
            ("invitation", new.invitation_url),
            ("invitation-known", known),
            ("invitation-used", used),
            ("invitation-elsewhere", elsewhere),
            ("invitation-expired", f"/invitation/{sign('invitation', over)}"),
            ("invitation-withdrawn", gone.invitation_url),
            ("invitation-broken", "/invitation/v1.a.b.c"),
        )
    ]
    return [
        *pages,
        PublicPage("invitation-here", pages[1].path, by_staff=True),
        PublicPage("invitation-of-another", pages[0].path, by_staff=True),
    ]


def _other() -> list[PublicPage]:
    return [
        PublicPage("link-not-available", "/link-not-available"),
        PublicPage("sign-in", "/login"),
        PublicPage("register", "/register"),
        PublicPage("forgot", "/forgot"),
        PublicPage("reset", "/reset/v1.a.b.c"),
        PublicPage("nothing-here", "/nothing/here"),
        PublicPage("sign-out", "/logout", by_staff=True),
        PublicPage("my-shops", "/shops", by_staff=True),
    ]


def _token(message: SentMessage) -> str:
    return unsubscribe_tokens.make(
        message.shop_id,
        contact_id=message.contact_id,
        campaign_id=message.campaign_id,
        message_id=message.id,
    )


def _preferences(token: str) -> str:
    return unsubscribing.preferences_token(unsubscribe_tokens.read(token))
