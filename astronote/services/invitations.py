"""What an invitation to a team is worth, and how it is accepted.

Its token names a person, a shop and an end. Made for an account that waits for its first
password, it also carries the trace of the one that nobody knows, and sets the first that
counts. Made for somebody who has a password, it proves nothing: it only shows the way.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, cast

from sqlmodel import Session, col, select

from astronote import clock, security
from astronote.errors import Conflict, Unauthenticated
from astronote.models import Membership, UserAccount, UserSession
from astronote.security import Identity, Role
from astronote.services import accounts, sessions, shops
from astronote.services.accounts import SignedIn
from astronote.services.shops import ShopRow
from astronote.settings import settings

LIFE: Final = timedelta(days=7)
"""How long one may set the first password."""

State = Literal["new", "known", "elsewhere", "expired", "withdrawn"]
"""``new``: sets the first password. ``known``: there is one. ``elsewhere``: there is none, and
the account is another shop's to open. ``withdrawn``: the person is not in the team (any more)."""


@dataclass(frozen=True)
class Invitation:
    """Whom a token invites, where to, and what he can do with it now."""

    user_id: int
    email: str
    shop: ShopRow
    role: Role
    state: State
    is_used: bool = False


@dataclass(frozen=True)
class Visitor:
    """Who opens it: his browser and address, and whom he is signed in as, if he is."""

    user_agent: str = ""
    address: str = ""
    who: Identity | None = None


def url(user: UserAccount, shop_id: int, *, sets_password: bool) -> str:
    """The address of ``user``'s invitation to a shop, good for :data:`LIFE` from now."""
    ends = int((clock.now() + LIFE).timestamp())
    payload: dict[str, object] = {"u": user.id, "s": shop_id, "e": ends}
    if sets_password:
        payload["p"] = accounts.trace(user)
    return f"{settings().public_base}/invitation/{security.sign('invitation', payload)}"


def read(session: Session, token: str) -> Invitation:
    """What ``token`` is worth now; in a system transaction.

    Raises:
        BadRequest: ``invalid_token``: it is none of ours, or was cut short.
        NotFound: its shop is gone.
    """
    return _read(session, token, held=False)[0]


def set_first_password(session: Session, token: str, password: str, visitor: Visitor) -> SignedIn:
    """Accept with the account's first password, and sign in to the shop.

    Raises:
        BadRequest: ``invalid_token``.
        Conflict: ``not_new``: it has a password, or the invitation is good no longer.
        Invalid: ``weak_password``.
    """
    invited, user = _read(session, token, held=True)
    if invited.state != "new" or user is None:
        raise Conflict("This invitation is not good any more.", code="not_new")
    accounts.set_password(session, user, password)
    sessions.end(session, UserSession.user_id == user.id)
    return _enter(session, invited, visitor)


def accept(session: Session, token: str, password: str, visitor: Visitor) -> SignedIn:
    """Accept with an account that has a password: by it, or by being signed in.

    Raises:
        BadRequest: ``invalid_token``.
        Conflict: ``not_known``: there is no such account in the team.
        Unauthenticated: ``bad_credentials``.
    """
    invited, _ = _read(session, token, held=True)
    if invited.state != "known":
        raise Conflict("This invitation is not good any more.", code="not_known")
    if visitor.who is None or visitor.who.user_id != invited.user_id:
        proved = accounts.prove(session, invited.email, password)
        if proved.id != invited.user_id:
            raise Unauthenticated(code="bad_credentials")
    return _enter(session, invited, visitor)


def _enter(session: Session, invited: Invitation, visitor: Visitor) -> SignedIn:
    """A session in the shop; the browser's session so far ends."""
    if visitor.who is not None:
        accounts.sign_out(session, visitor.who)
    return accounts.open_session(
        session, invited.user_id, invited.shop.id, visitor.user_agent, visitor.address
    )


def _read(session: Session, token: str, *, held: bool) -> tuple[Invitation, UserAccount | None]:
    """``held``: of two who set the first password at once, one is told that there is one."""
    payload = security.unsign("invitation", token)
    user_id, shop_id = int(payload["u"]), int(payload["s"])
    wanted = select(UserAccount).where(col(UserAccount.id) == user_id)
    user = session.exec(wanted.with_for_update() if held else wanted).one_or_none()
    role = session.exec(
        select(Membership.role).where(
            col(Membership.user_id) == user_id, col(Membership.shop_id) == shop_id
        )
    ).one_or_none()
    if user is None or role is None:
        email = user.email if user else ""
        gone = Invitation(user_id, email, shops.get(session, shop_id), "staff", "withdrawn")
        return gone, None
    state = _state(user, shop_id, payload)
    is_used = state == "known" and "p" in payload
    shop = shops.get(session, shop_id)
    return Invitation(user_id, user.email, shop, cast("Role", role), state, is_used), user


def _state(user: UserAccount, shop_id: int, payload: dict[str, object]) -> State:
    if user.invited_by is None:
        return "known"
    if "p" not in payload or user.invited_by != shop_id:
        return "elsewhere"
    ends = datetime.fromtimestamp(cast("int", payload["e"]), UTC)
    is_over = ends <= clock.now() or payload["p"] != accounts.trace(user)
    return "expired" if is_over else "new"
