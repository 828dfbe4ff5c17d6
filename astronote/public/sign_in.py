"""Signing in and out, registering, a new password: plain forms that set the session cookie."""

import logging
import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from starlette.background import BackgroundTask

from astronote.db import system_transaction, transaction
from astronote.errors import AstronoteError, BadRequest, Conflict, Invalid, Unauthenticated
from astronote.integrations import smtp
from astronote.public.countries import COUNTRIES, TIMEZONES, timezone_of
from astronote.public.failures import PageRoute
from astronote.public.languages import WORDS, say
from astronote.public.render import language_of, page
from astronote.public.requests import (
    COOKIE,
    OwnForm,
    Visitor,
    address,
    limited,
    network,
    user_agent,
)
from astronote.security import digest
from astronote.services import accounts, demo, rate_limits
from astronote.settings import settings
from astronote.words import LANGUAGE_COOKIE

log = logging.getLogger(__name__)

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Text = Annotated[str, Form()]

HOME: Final = "/app"
_YEAR_SECONDS: Final = 365 * 86400

# A path of this origin: browsers drop tabs and line ends, and read a backslash as a slash.
_LOCAL: Final = re.compile(r"/(?:app|till|tracking|retail)(?:[/?][!-\[\]-~]*)?")

SAME_ORIGIN: Final = "same-origin"
"""Referrer policy of these pages: their forms must show where they come from."""


def safe_next(wanted: str) -> str:
    """``wanted`` when it is a path of ours to go to after signing in, else the app's start."""
    return wanted if len(wanted) <= 2000 and _LOCAL.fullmatch(wanted) else HOME


@router.get("/login")
def login_form(request: Request, who: Visitor, next: str = "", done: str = "") -> Response:
    """The sign-in form; who is signed in goes on."""
    if who is not None:
        return RedirectResponse(safe_next(next), status_code=303)
    return _login_page(request, next, notice="reset_done" if done == "reset" else "")


@router.post("/login", dependencies=[OwnForm])
def login(request: Request, email: Text = "", password: Text = "", next: Text = "") -> Response:
    """Sign in, with a new session each time."""
    rate_limits.allow_sign_in(email, address(request))
    try:
        with system_transaction() as session:
            opened = accounts.sign_in(
                session, email, password, user_agent(request), address(request)
            )
    except Unauthenticated:
        words = say(language_of(request), "sign_in_bad")
        return _login_page(request, next, email=email, error=words, status=401)
    return welcome(opened, safe_next(next))


@router.get("/register")
def register_form(request: Request, who: Visitor) -> Response:
    """The form for a new shop."""
    if who is not None:
        return RedirectResponse(HOME, status_code=303)
    return _register_page(request, {"country": "GR"}, {})


@router.post("/register", dependencies=[OwnForm])
def register(
    request: Request,
    shop_name: Annotated[str, Form(alias="shopName")] = "",
    email: Text = "",
    password: Text = "",
    country: Text = "GR",
    timezone: Text = "",
) -> Response:
    """Make the shop and its owner, and sign in."""
    limited(rate_limits.REGISTER, request)
    try:
        with system_transaction() as session:
            made = accounts.register(
                session,
                shop_name=shop_name,
                email=email,
                password=password,
                country=country,
                timezone=timezone or timezone_of(country),
                language="el" if language_of(request) == "el" else "en",
            )
            opened = accounts.open_session(
                session, made.user_id, made.shop_id, user_agent(request), address(request)
            )
    except (Invalid, Conflict) as error:
        typed = {"shopName": shop_name, "email": email, "country": country, "timezone": timezone}
        return _register_page(request, typed, _field_errors(request, error), status=422)
    return welcome(opened, HOME)


@router.get("/logout")
def logout_form(request: Request, who: Visitor) -> Response:
    """Asks, because opening an address changes nothing."""
    if who is None:
        return RedirectResponse("/login", status_code=303)
    return page(request, "logout.html", email=who.email, referrer=SAME_ORIGIN)


@router.post("/logout", dependencies=[OwnForm])
def logout(who: Visitor) -> Response:
    """End this session."""
    if who is not None:
        with transaction(who.shop_id) as session:
            accounts.sign_out(session, who)
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.get("/forgot")
def forgot_form(request: Request) -> Response:
    """The form to ask for a link to set a new password."""
    return _forgot_page(request, sent=False)


@router.post("/forgot", dependencies=[OwnForm])
def forgot(request: Request, email: Text = "") -> Response:
    """Send the link, if there is such an account; the answer does not tell."""
    rate_limits.take(
        rate_limits.RESET, network(request), f"account:{digest(email.strip().lower()).hex()[:32]}"
    )
    answer = _forgot_page(request, sent=smtp.is_configured())
    if smtp.is_configured():
        # After the answer, so that its time does not tell either.
        answer.background = BackgroundTask(_send_link, email, language_of(request))
    return answer


def _send_link(email: str, language: str) -> None:
    with system_transaction() as session:
        token = accounts.reset_token(session, email)
    if token is None:
        return
    link = f"{settings().public_base}/reset/{token}"
    try:
        smtp.send(
            email.strip(),
            say(language, "reset_mail_subject"),
            say(language, "reset_mail_text", link=link),
        )
    except OSError as error:
        log.warning("a reset link could not be sent: %s", type(error).__name__)


@router.get("/reset/{token}")
def reset_form(request: Request, token: str) -> Response:
    """The form for a new password."""
    return page(request, "reset.html", token=token, stale=False, error="", referrer=SAME_ORIGIN)


@router.post("/reset/{token}", dependencies=[OwnForm])
def reset(request: Request, token: str, password: Text = "") -> Response:
    """Set the new password; every session ends."""
    limited(rate_limits.RESET, request)
    error, stale = "", False
    try:
        with system_transaction() as session:
            accounts.reset_password(session, token, password)
        return RedirectResponse("/login?done=reset", status_code=303)
    except Invalid as refused:
        stale = refused.code != "weak_password"
        error = say(language_of(request), "weak_password")
    except BadRequest:
        stale = True
    return page(
        request,
        "reset.html",
        status=422,
        token=token,
        stale=stale,
        error=error,
        referrer=SAME_ORIGIN,
    )


def _forgot_page(request: Request, *, sent: bool) -> Response:
    return page(
        request,
        "forgot.html",
        has_mail=smtp.is_configured(),
        sent=sent,
        referrer=SAME_ORIGIN,
    )


def welcome(opened: accounts.SignedIn, where: str) -> Response:
    """To ``where``, with the cookies of a session that has just begun."""
    answer = RedirectResponse(where, status_code=303, headers={"Cache-Control": "no-store"})
    answer.set_cookie(
        COOKIE,
        opened.token,
        max_age=opened.expires_in,
        path="/",
        secure=settings().secure_cookies,
        httponly=True,
        samesite="lax",
    )
    answer.set_cookie(
        LANGUAGE_COOKIE,
        opened.identity.locale,
        max_age=_YEAR_SECONDS,
        path="/",
        secure=settings().secure_cookies,
        samesite="lax",
    )
    return answer


def _login_page(
    request: Request,
    wanted: str,
    *,
    email: str = "",
    error: str = "",
    notice: str = "",
    status: int = 200,
) -> Response:
    return page(
        request,
        "login.html",
        status=status,
        referrer=SAME_ORIGIN,
        next=safe_next(wanted) if wanted else "",
        email=email[:300],
        error=error,
        notice=notice,
        demo=demo.sign_in(),
    )


def _register_page(
    request: Request, typed: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    blank = dict.fromkeys(("shopName", "email", "country", "timezone"), "")
    return page(
        request,
        "register.html",
        status=status,
        referrer=SAME_ORIGIN,
        typed=blank | typed,
        errors=dict.fromkeys(("shopName", "email", "password", "other"), "") | errors,
        countries=COUNTRIES,
        timezones=TIMEZONES,
    )


def _field_errors(request: Request, error: AstronoteError) -> dict[str, str]:
    """The refusal beside its field, in the page's language."""
    language = language_of(request)
    field: Any = {"name": "shopName"}.get(error.field or "", error.field)
    code = "invalid_name" if field == "shopName" else error.code
    sentence = say(language, code if code in WORDS[language] else "invalid")
    return {field if field in {"shopName", "email", "password"} else "other": sentence}
