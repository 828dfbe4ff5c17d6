"""Refusals and failures as pages, in the look of the rest."""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import DataError, OperationalError, TimeoutError
from starlette.exceptions import HTTPException

from astronote import errors
from astronote.db import is_away, transaction
from astronote.errors import AstronoteError
from astronote.public.render import page, prefers_html
from astronote.services import rate_limits, shops
from astronote.services.unsubscribe_tokens import ExpiredToken

log = logging.getLogger(__name__)

Handler = Callable[[Request, Exception], Response | Awaitable[Response]]

_STATUS: Final[dict[type[AstronoteError], int]] = {
    errors.BadRequest: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooLarge: 413,
    errors.Invalid: 422,
    errors.RateLimited: 429,
    errors.Unavailable: 503,
}
_WORDED: Final = {400, 403, 404, 413, 429, 500, 503}
_MACHINES: Final = ("/api/", "/webhooks/", "/public/", "/openapi.json", "/metrics", "/healthz")


class PageRoute(APIRoute):
    """A route whose refusals and failures are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, with every error shown as a page."""
        handle = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:
                if not self.is_page(request):
                    raise
                return failure_page(request, error)

        return shown

    def is_page(self, request: Request) -> bool:
        """Whether this request is answered with a page."""
        return True


class EitherRoute(PageRoute):
    """A route that answers with a page or with JSON, as the client prefers."""

    def is_page(self, request: Request) -> bool:
        """Whether the client prefers a page."""
        return prefers_html(request)


def failure_page(request: Request, error: Exception) -> Response:
    """The page that says what ``error`` means for the visitor."""
    if isinstance(error, ExpiredToken):
        return _expired(request, error)
    status = status_of(error)
    if status == 500:
        log.error("a page failed", exc_info=error)
    if isinstance(error, AstronoteError) and error.code == "invalid_token":
        return page(
            request,
            "message.html",
            status=400,
            title="token_invalid_title",
            body=("token_invalid_body", "token_other_ways"),
            values={},
        )
    if status == 404 and "/tracking/" in request.url.path:
        words = "offer_unknown_title", "offer_unknown_body"
        return page(request, "message.html", status=404, title=words[0], body=words[1:], values={})
    seconds = error.extra.get("retry_after", 5) if isinstance(error, AstronoteError) else 5
    headers = {"Retry-After": str(seconds)} if status in {429, 503} else {}
    if isinstance(error, errors.RateLimited):
        headers |= rate_limits.headers(error)
    shown = status if status in _WORDED else (500 if status > 500 else 400)
    return page(
        request,
        "message.html",
        status=status,
        headers=headers,
        title=f"error_{shown}_title",
        body=(f"error_{shown}_body",),
        values={"seconds": seconds},
    )


def status_of(error: Exception) -> int:
    """The HTTP status of whatever was raised."""
    if isinstance(error, AstronoteError):
        return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 400)
    if isinstance(error, HTTPException):
        return error.status_code
    if isinstance(error, RequestValidationError | DataError | UnicodeError):
        return 400
    if isinstance(error, TimeoutError) or (isinstance(error, OperationalError) and is_away(error)):
        return 503
    return 500


def _expired(request: Request, error: ExpiredToken) -> Response:
    """An expired link still names its shop, and with it the other ways out."""
    with transaction(error.expired_shop) as session:
        shop = shops.get(session, error.expired_shop)
    return page(
        request,
        "message.html",
        shop=shop,
        status=400,
        title="token_expired_title",
        body=("token_expired_body",),
        values={"shop": shop.name},
    )


def install(app: FastAPI) -> None:
    """Show ``app``'s own refusals (an unknown address, a failure) as pages to browsers.

    What programs ask keeps the answer that the API installed before.
    """
    for kind in (HTTPException, AstronoteError, OperationalError, TimeoutError, Exception):
        before = app.exception_handlers.get(kind)
        if before is not None:
            app.add_exception_handler(kind, _for_browsers(before))


def _for_browsers(before: Handler) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        path = request.url.path
        if prefers_html(request) and not path.startswith(_MACHINES):
            return failure_page(request, error)
        answer = before(request, error)
        return answer if isinstance(answer, Response) else await answer

    return handle
