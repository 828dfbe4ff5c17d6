"""A person's own sign-ins and password; no API key may touch them."""

from fastapi import APIRouter, Request, Response

from astronote.api.deps import DEFAULT, Cursor, Limit, ObjectId, Person, SystemSession
from astronote.api.schemas import Answer, Body, Listing, Moment, listing
from astronote.errors import Invalid
from astronote.paging import cut
from astronote.services import accounts, sessions
from astronote.services.rate_limits import allow_sign_in

router = APIRouter(tags=["auth"])


class SessionAnswer(Answer):
    id: int
    user_agent: str
    address: str
    created_at: Moment
    last_seen_at: Moment
    expires_at: Moment
    is_current: bool


class PasswordBody(Body):
    current_password: str
    new_password: str


_FIELDS = {"current": "currentPassword", "password": "newPassword"}


@router.get("/api/sessions")
def read_all(
    who: Person, session: SystemSession, limit: Limit = DEFAULT, cursor: Cursor = None
) -> Listing[SessionAnswer]:
    """Where one is signed in."""
    return listing(cut(sessions.listing(session, who), limit, cursor), SessionAnswer.model_validate)


@router.delete("/api/sessions/{session_id}", status_code=204)
def end(session_id: ObjectId, who: Person, session: SystemSession) -> Response:
    """Sign out there."""
    sessions.end_one(session, who, session_id)
    return Response(status_code=204)


@router.put("/api/auth/password", status_code=204)
def change_password(
    body: PasswordBody, request: Request, who: Person, session: SystemSession
) -> Response:
    """Set a new password; every other session of the person ends."""
    allow_sign_in(who.email, str(request.state.client_address))
    try:
        accounts.change_password(session, who, body.current_password, body.new_password)
    except Invalid as refusal:
        field = _FIELDS.get(refusal.field or "")
        raise Invalid(refusal.detail, code=refusal.code, field=field) from refusal
    return Response(status_code=204)
