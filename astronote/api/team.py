"""Who works in the shop; for its owners."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Response
from pydantic import Field

from astronote.api.deps import DEFAULT, Cursor, Limit, ObjectId, Owner, ShopSession
from astronote.api.schemas import Answer, Body, Listing, Moment, listing
from astronote.paging import cut
from astronote.services import invitation_letters, team
from astronote.services.team import Member

router = APIRouter(prefix="/api/team", tags=["team"])

Role = Annotated[str, Field(max_length=20)]


class MemberBody(Body):
    email: Annotated[str, Field(max_length=500)]
    role: Role = "staff"


class RoleBody(Body):
    role: Role


class MemberAnswer(Answer):
    user_id: int
    email: str
    role: str
    created_at: Moment
    is_invited: bool


class AddedAnswer(MemberAnswer):
    invitation_url: str | None


@router.get("")
def read_all(
    who: Owner, session: ShopSession, limit: Limit = DEFAULT, cursor: Cursor = None
) -> Listing[MemberAnswer]:
    """Everybody in the team."""
    return listing(cut(team.listing(session, who.shop_id), limit, cursor), _answer)


@router.post("", status_code=201)
def add(
    body: MemberBody, who: Owner, session: ShopSession, after: BackgroundTasks, response: Response
) -> AddedAnswer:
    """Add somebody. The invitation goes by e-mail; where the installation sends none, the link
    of a new account is here, for the owner to hand over. Who has an account signs in as before."""
    added = team.add(session, who.shop_id, who, body.email, body.role)
    response.headers["Cache-Control"] = "no-store"
    by_mail = invitation_letters.go_by_mail()
    if by_mail:
        after.add_task(invitation_letters.send, added, who.shop_name)
    return AddedAnswer(
        **_answer(added.member).model_dump(by_alias=False),
        invitation_url=added.invitation_url if added.is_new_account and not by_mail else None,
    )


@router.put("/{user_id}")
def change(user_id: ObjectId, body: RoleBody, who: Owner, session: ShopSession) -> MemberAnswer:
    """Give a member another role."""
    return _answer(team.change_role(session, who.shop_id, who, user_id, body.role))


@router.delete("/{user_id}", status_code=204)
def remove(user_id: ObjectId, who: Owner, session: ShopSession) -> Response:
    """Remove a member; what he has open in the shop ends."""
    team.remove(session, who.shop_id, who, user_id)
    return Response(status_code=204)


def _answer(member: Member) -> MemberAnswer:
    return MemberAnswer.model_validate(member)
