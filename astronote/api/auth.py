"""Register, sign in, sign out, who am I."""

from fastapi import APIRouter, Request

from astronote.api.deps import ShopSession, SignedIn, SystemSession
from astronote.api.schemas import Answer, Body
from astronote.errors import Invalid
from astronote.security import Identity
from astronote.services import accounts, rate_limits, shops

router = APIRouter(prefix="/api/auth", tags=["auth"])


class Registration(Body):
    shop_name: str
    email: str
    password: str
    country: str = "GR"
    timezone: str = "Europe/Athens"


class Credentials(Body):
    email: str
    password: str


class UserAnswer(Answer):
    id: int
    email: str
    role: str


class ShopAnswer(Answer):
    id: int
    name: str
    timezone: str
    country: str


class Me(Answer):
    user: UserAnswer
    shop: ShopAnswer


class TokenAnswer(Me):
    access_token: str
    token_type: str = "bearer"  # noqa: S105
    expires_in: int


@router.post("/register", status_code=201)
def register(body: Registration, request: Request, session: SystemSession) -> TokenAnswer:
    """Make a shop and its owner, and sign him in."""
    rate_limits.take(rate_limits.REGISTER, rate_limits.network(_address(request)))
    wanted = request.headers.get("accept-language", "")
    try:
        made = accounts.register(
            session,
            **body.model_dump(),
            language="el" if wanted.lower().startswith("el") else "en",
        )
    except Invalid as refusal:
        field = "shopName" if refusal.field == "name" else refusal.field
        raise Invalid(refusal.detail, code=refusal.code, field=field) from refusal
    agent = request.headers.get("user-agent", "")
    return _token(
        accounts.open_session(session, made.user_id, made.shop_id, agent, _address(request))
    )


@router.post("/login")
def login(body: Credentials, request: Request, session: SystemSession) -> TokenAnswer:
    """Sign in with e-mail and password."""
    rate_limits.allow_sign_in(body.email, _address(request))
    agent = request.headers.get("user-agent", "")
    return _token(accounts.sign_in(session, body.email, body.password, agent, _address(request)))


@router.post("/logout", status_code=204)
def logout(who: SignedIn, session: ShopSession) -> None:
    """End this session."""
    accounts.sign_out(session, who)


@router.get("/me")
def me(who: SignedIn, session: ShopSession) -> Me:
    """Who this token is."""
    return Me(user=_user(who), shop=ShopAnswer.model_validate(shops.get(session, who.shop_id)))


def _token(opened: accounts.SignedIn) -> TokenAnswer:
    return TokenAnswer(
        access_token=opened.token,
        expires_in=opened.expires_in,
        user=_user(opened.identity),
        shop=ShopAnswer.model_validate(opened.shop),
    )


def _user(who: Identity) -> UserAnswer:
    return UserAnswer(id=who.user_id, email=who.email, role=who.role)


def _address(request: Request) -> str:
    return str(request.state.client_address)
