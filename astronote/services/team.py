"""Who works in a shop: added, given a role, removed, by its owners."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from astronote import security
from astronote.errors import Conflict, Invalid, NotFound
from astronote.models import ApiKey, AuditEvent, Membership, Shop, UserAccount, UserSession
from astronote.models.accounts import ROLES
from astronote.security import Identity
from astronote.services import credentials, invitations, sessions
from astronote.words import say

MOST: Final = 100


@dataclass(frozen=True)
class Member:
    """Somebody who works in the shop; ``is_invited`` while an account that was made for him
    waits for its first password."""

    user_id: int
    email: str
    role: str
    created_at: datetime
    is_invited: bool


@dataclass(frozen=True)
class Added:
    """A new member; ``invitation_url`` leads to the shop, and of an account that was made for
    him sets the password first."""

    member: Member
    invitation_url: str
    is_new_account: bool
    locale: str


def listing(session: Session, shop_id: int) -> list[Member]:
    """Everybody, in the order in which they came."""
    found = session.execute(_members(shop_id).order_by(col(Membership.id)))
    return [_row(one) for one in found]


def add(session: Session, shop_id: int, who: Identity, email: str, role: str) -> Added:
    """Let somebody work in the shop; makes an account where the e-mail has none.

    Raises:
        Invalid: ``invalid_email``, or no such role.
        Conflict: ``already_member``, ``too_many``.
    """
    email, role = credentials.check_email(email), _checked(role)
    if len(_held(session, shop_id)) >= MOST:
        raise Conflict(say("A shop has at most {n} people.", n=MOST), code="too_many")
    user, is_new = _account(session, shop_id, email)
    try:
        with session.begin_nested():
            session.add(Membership(user_id=cast("int", user.id), shop_id=shop_id, role=role))
    except IntegrityError as error:
        raise Conflict(
            "This person is in your team already.", code="already_member", field="email"
        ) from error
    _note(session, shop_id, who, "add", user.id, role)
    url = invitations.url(user, shop_id, sets_password=is_new)
    return Added(get(session, shop_id, cast("int", user.id)), url, is_new, user.locale)


def invite_again(session: Session, shop_id: int, who: Identity, user_id: int) -> Added:
    """Another link for a member who has not set a password yet; it may be lost or too old.

    Raises:
        NotFound: nobody like this works in the shop.
        Conflict: ``has_account``: the person has a password, or was invited by another shop.
    """
    member = get(session, shop_id, user_id)
    if not member.is_invited:
        raise Conflict("This person has an account already.", code="has_account")
    _note(session, shop_id, who, "invite", user_id, member.role)
    user = session.get_one(UserAccount, user_id)
    return Added(member, invitations.url(user, shop_id, sets_password=True), True, user.locale)


def get(session: Session, shop_id: int, user_id: int) -> Member:
    """One member.

    Raises:
        NotFound: nobody like this works in the shop.
    """
    found = session.execute(
        _members(shop_id).where(col(Membership.user_id) == user_id)
    ).one_or_none()
    if found is None:
        raise _nobody()
    return _row(found)


def change_role(session: Session, shop_id: int, who: Identity, user_id: int, role: str) -> Member:
    """Give a member another role; it holds from the next request or event.

    Raises:
        NotFound: nobody like this works in the shop.
        Conflict: ``last_owner``: a shop keeps one owner at least.
        Invalid: no such role.
    """
    role = _checked(role)
    membership = _membership(session, shop_id, user_id, stays_owner=role == "owner")
    membership.role = role
    session.add(membership)
    _note(session, shop_id, who, "change", user_id, role)
    session.flush()
    return get(session, shop_id, user_id)


def remove(session: Session, shop_id: int, who: Identity, user_id: int) -> None:
    """End a membership, with what the member has open in the shop and his API keys.

    Raises:
        NotFound: nobody like this works in the shop.
        Conflict: ``last_owner``.
    """
    membership = _membership(session, shop_id, user_id, stays_owner=False)
    session.delete(membership)
    mine = (col(UserSession.user_id) == user_id, col(UserSession.shop_id) == shop_id)
    sessions.end(session, *mine)
    session.execute(
        sa.delete(ApiKey).where(col(ApiKey.user_id) == user_id, col(ApiKey.shop_id) == shop_id)
    )
    _note(session, shop_id, who, "remove", user_id, membership.role)
    session.flush()


def _members(shop_id: int) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            col(Membership.user_id),
            col(UserAccount.email),
            col(Membership.role),
            col(Membership.created_at),
            sa.func.coalesce(col(UserAccount.invited_by) == shop_id, False).label("is_invited"),
        )
        .join(UserAccount, col(UserAccount.id) == col(Membership.user_id))
        .where(col(Membership.shop_id) == shop_id)
    )


def _row(found: Any) -> Member:
    return Member(found.user_id, found.email, found.role, found.created_at, found.is_invited)


def _held(session: Session, shop_id: int) -> list[Membership]:
    """All memberships, held to the end: two owners who demote one another leave one."""
    return list(
        session.exec(
            select(Membership)
            .where(Membership.shop_id == shop_id)
            .order_by(col(Membership.id))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _membership(session: Session, shop_id: int, user_id: int, *, stays_owner: bool) -> Membership:
    held = _held(session, shop_id)
    found = next((one for one in held if one.user_id == user_id), None)
    if found is None:
        raise _nobody()
    owners = [one for one in held if one.role == "owner"]
    if owners == [found] and not stays_owner:
        raise Conflict("A shop keeps one owner at least.", code="last_owner", field="role")
    return found


def _account(session: Session, shop_id: int, email: str) -> tuple[UserAccount, bool]:
    known = session.exec(select(UserAccount).where(UserAccount.email == email)).first()
    if known is not None:
        # Whoever was removed before setting a password is invited anew.
        return known, known.invited_by == shop_id
    user = UserAccount(
        email=email,
        # Nobody knows it: the invitation sets the first one that counts.
        password_hash=security.hash_password(security.new_token()),
        locale=session.get_one(Shop, shop_id).locale,
        invited_by=shop_id,
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError as error:
        raise Conflict(
            "There is an account with this e-mail already. Try again.",
            code="email_taken",
            field="email",
        ) from error
    return user, True


def _checked(role: str) -> str:
    if role not in ROLES:
        raise Invalid("The role is owner or staff.", field="role")
    return role


def _nobody() -> NotFound:
    return NotFound("Nobody like this works in your shop.")


def _note(
    session: Session, shop_id: int, who: Identity, verb: str, user_id: int | None, role: str
) -> None:
    session.add(
        AuditEvent(
            shop_id=shop_id,
            actor=who.actor,
            action=f"team.{verb}",
            details={"user": user_id, "role": role},
        )
    )
