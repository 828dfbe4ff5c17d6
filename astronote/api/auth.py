"""Register, sign in, sign out, who am I."""

from fastapi import APIRouter, Request

from astronote.api.deps import ShopSession, SignedIn, SystemSession
from astronote.api.schemas import Answer, Body
from astronote.security import Identity
from astronote.services import accounts, shops
from astronote.services.rate_limits import allow_sign_in

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
    allow_sign_in(body.email, _address(request))
    wanted = request.headers.get("accept-language", "")
    made = accounts.register(
        session,
        shop_name=body.shop_name,
        email=body.email,
        password=body.password,
        country=body.country,
        timezone=body.timezone,
        language="el" if wanted.lower().startswith("el") else "en",
    )
    agent = request.headers.get("user-agent", "")
    return _token(
        accounts.open_session(session, made.user_id, made.shop_id, agent, _address(request))
    )


@router.post("/login")
def login(body: Credentials, request: Request, session: SystemSession) -> TokenAnswer:
    """Sign in with e-mail and password."""
    allow_sign_in(body.email, _address(request))
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
