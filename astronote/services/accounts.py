"""Registering, signing in and out, and who a token is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from astronote import clock, security
from astronote.errors import Conflict, Invalid, Unauthenticated
from astronote.models import Membership, Shop, Subscription, UserAccount, UserSession, Wallet
from astronote.security import Identity, Role, SessionClaims
from astronote.services import api_keys, sessions, shops
from astronote.services.credentials import check_email, check_password
from astronote.settings import settings
from astronote.words import Language

RESET_LIFE = timedelta(hours=2)
_BAD_CREDENTIALS = "The e-mail or the password is not right."


@dataclass(frozen=True)
class SignedIn:
    """A fresh session: its token, its life in seconds, and whose it is."""

    token: str
    expires_in: int
    identity: Identity
    shop: shops.ShopRow


def register(
    session: Session,
    *,
    shop_name: str,
    email: str,
    password: str,
    country: str = "GR",
    timezone: str = "Europe/Athens",
    locale: str | None = None,
    language: Language = "en",
) -> Identity:
    """Make a user, a shop that he owns, its wallet and its (inactive) subscription.

    Runs in a system transaction. ``locale`` is the shop's, of its messages and public pages
    (by country where it is None); ``language`` is the user's, of the app.

    Raises:
        Conflict: ``email_taken``.
        Invalid: ``weak_password``, or a refused field.
    """
    country = shops.check_country(country)
    locale = locale or ("el" if country in {"GR", "CY"} else "en")
    offer_label, unsubscribe_label = shops.LABELS[locale]
    user = UserAccount(
        email=check_email(email),
        password_hash=security.hash_password(check_password(password, email)),
        locale=language,
    )
    shop = Shop(
        name=shops.check_name(shop_name),
        country=country,
        timezone=shops.check_timezone(timezone),
        locale=locale,
        offer_label=offer_label,
        unsubscribe_label=unsubscribe_label,
    )
    session.add_all([user, shop])
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(
            "There is an account with this e-mail already.", code="email_taken", field="email"
        ) from error
    user_id, shop_id = cast("int", user.id), cast("int", shop.id)
    session.add(Membership(user_id=user_id, shop_id=shop_id, role="owner"))
    session.add(Wallet(shop_id=shop_id))
    session.add(Subscription(shop_id=shop_id))
    session.flush()
    return Identity(user_id, shop_id, None, "owner", user.email, shop.name, False, user.locale)


def sign_in(
    session: Session, email: str, password: str, user_agent: str = "", address: str = ""
) -> SignedIn:
    """Check the password and open a session, in a system transaction.

    Who works in several shops comes to the one that was entered last.

    Raises:
        Unauthenticated: ``bad_credentials``, in the same time for an unknown e-mail.
    """
    user = prove(session, email, password)
    membership = session.exec(
        select(Membership).where(Membership.user_id == user.id).order_by(_LAST_USED)
    ).first()
    if membership is None:
        raise Unauthenticated(_BAD_CREDENTIALS, code="bad_credentials")
    return open_session(session, cast("int", user.id), membership.shop_id, user_agent, address)


def prove(session: Session, email: str, password: str) -> UserAccount:
    """Whose e-mail and password these are.

    Raises:
        Unauthenticated: ``bad_credentials``, in the same time for an unknown e-mail.
    """
    user = session.exec(
        select(UserAccount).where(UserAccount.email == email.strip().lower())
    ).first()
    good = security.verify_password(password, user.password_hash if user else None)
    if user is None or not good:
        raise Unauthenticated(_BAD_CREDENTIALS, code="bad_credentials")
    return user


_LAST_USED = sa.text("""
    (SELECT max(us.id) FROM user_session us
     WHERE us.user_id = membership.user_id AND us.shop_id = membership.shop_id)
    DESC NULLS LAST, membership.id
""")


def open_session(
    session: Session, user_id: int, shop_id: int, user_agent: str = "", address: str = ""
) -> SignedIn:
    """A session row and its token for a user who has proved who he is."""
    life = timedelta(days=settings().session_days)
    opened = UserSession(
        user_id=user_id,
        shop_id=shop_id,
        user_agent=user_agent[:300],
        address=address[:60],
        last_seen_at=clock.now(),
        expires_at=clock.now() + life,
    )
    session.add(opened)
    session.flush()
    claims = SessionClaims(user_id, shop_id, cast("int", opened.id))
    return SignedIn(
        token=security.session_token(claims, opened.expires_at),
        expires_in=int(life.total_seconds()),
        identity=identify_session(session, claims),
        shop=shops.get(session, shop_id),
    )


def identify(session: Session, token: str) -> Identity:
    """Who a session token is, now; asked on every request and event.

    Raises:
        Unauthenticated: not our token, or its session has ended.
    """
    return identify_session(session, security.read_session_token(token))


def identify_bearer(session: Session, token: str) -> Identity:
    """Who a bearer token is: a session's, or an API key. Cookies are sessions only.

    Raises:
        Unauthenticated: neither, or its time is over.
    """
    if api_keys.is_key(token):
        return api_keys.identify(session, token)
    return identify(session, token)


def identify_session(session: Session, claims: SessionClaims) -> Identity:
    """Who a session is, when its row still holds. Notes its use, every few minutes.

    Raises:
        Unauthenticated: it has ended.
    """
    now = clock.now()
    found = session.execute(
        _IDENTIFY,
        {
            "sid": claims.session_id,
            "user": claims.user_id,
            "shop": claims.shop_id,
            "now": now,
        },
    ).one_or_none()
    if found is None:
        raise Unauthenticated()
    sessions.note_use(session, claims.session_id, found.last_seen_at, now)
    return Identity(
        user_id=claims.user_id,
        shop_id=claims.shop_id,
        session_id=claims.session_id,
        role=cast("Role", found.role),
        email=found.email,
        shop_name=found.name,
        is_operator=found.is_operator,
        locale=found.locale,
    )


_IDENTIFY = sa.text("""
    SELECT m.role, u.email, u.is_operator, u.locale, s.name, us.last_seen_at
    FROM user_session us
    JOIN user_account u ON u.id = us.user_id
    JOIN membership m ON m.user_id = us.user_id AND m.shop_id = us.shop_id
    JOIN shop s ON s.id = us.shop_id
    WHERE us.id = :sid AND us.user_id = :user AND us.shop_id = :shop
      AND us.revoked_at IS NULL AND us.expires_at > :now
""")


def sign_out(session: Session, who: Identity) -> None:
    """End this session; its token is nobody from now on."""
    sessions.end(session, UserSession.id == who.session_id)


def change_password(session: Session, who: Identity, current: str, new: str) -> None:
    """Set a new password and end every other session of the user.

    Raises:
        Invalid: ``bad_credentials`` for a wrong current one, ``weak_password``.
    """
    user = session.get_one(UserAccount, who.user_id)
    if not security.verify_password(current, user.password_hash):
        raise Invalid("This is not your password.", code="bad_credentials", field="current")
    set_password(session, user, new)
    sessions.end_others(session, who)


def set_language(session: Session, who: Identity, locale: str) -> None:
    """Let the app speak another language to this person, from the next event.

    Raises:
        Invalid: it speaks no such language.
    """
    if locale not in shops.LABELS:
        raise Invalid("The language is el or en.", field="locale")
    user = session.get_one(UserAccount, who.user_id)
    user.locale = locale
    session.add(user)


def reset_token(session: Session, email: str) -> str | None:
    """A signed token for the reset page, good for two hours and one change; None if unknown."""
    user = session.exec(
        select(UserAccount).where(UserAccount.email == email.strip().lower())
    ).first()
    if user is None:
        return None
    expires = int((clock.now() + RESET_LIFE).timestamp())
    return security.sign("reset", {"u": user.id, "e": expires, "p": trace(user)})


def reset_password(session: Session, token: str, new: str) -> None:
    """Set a new password with a token of :func:`reset_token`; ends all sessions.

    Raises:
        BadRequest: ``invalid_token``.
        Invalid: ``expired_token``, ``weak_password``.
    """
    payload = security.unsign("reset", token)
    user = session.get(UserAccount, payload.get("u"))
    stale = datetime.fromtimestamp(int(payload.get("e", 0)), clock.now().tzinfo) < clock.now()
    if user is None or stale or payload.get("p") != trace(user):
        raise Invalid("This link has been used or has expired.", code="expired_token")
    set_password(session, user, new)
    sessions.end(session, UserSession.user_id == user.id)


def set_password(session: Session, user: UserAccount, new: str) -> None:
    """Give ``user`` a password; one whose account was made for him waits no longer.

    Raises:
        Invalid: ``weak_password``.
    """
    user.password_hash = security.hash_password(check_password(new, user.email))
    user.invited_by = None
    session.add(user)


def trace(user: UserAccount) -> str:
    """Changes with the password, so that a link to set one works once."""
    return security.digest(user.password_hash).hex()[:16]
