"""Errors as problem details (RFC 9457), in one place."""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import OperationalError, TimeoutError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from astronote import errors
from astronote.db import is_away
from astronote.errors import AstronoteError, FieldError
from astronote.services import rate_limits

log = logging.getLogger(__name__)

STATUS: dict[type[AstronoteError], int] = {
    errors.BadRequest: 400,
    errors.Unauthenticated: 401,
    errors.PaymentRequired: 402,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooLarge: 413,
    errors.UnsupportedFile: 415,
    errors.Invalid: 422,
    errors.RateLimited: 429,
    errors.Unavailable: 503,
}

_TITLES = {
    400: "Bad request",
    401: "Not signed in",
    402: "Payment required",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    410: "Gone",
    413: "Too large",
    415: "Unsupported file",
    422: "Not acceptable",
    429: "Too many requests",
    500: "Internal error",
    503: "Unavailable",
}
_FIELD_CODES = {name: f"invalid_{name}" for name in ("phone", "email", "birthday")}
"""What a body that lacks just this field, or has it in another type, is refused with."""
_CODES = {404: "not_found", 405: "method_not_allowed"}


def status_of(error: AstronoteError) -> int:
    """The HTTP status of a refusal."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    field_errors: list[FieldError] | None = None,
    headers: dict[str, str] | None = None,
    **extra: Any,
) -> JSONResponse:
    """One problem document."""
    body = {
        "type": f"https://astronote.example/problems/{code}",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "code": code,
        "errors": field_errors or [],
        **extra,
    }
    return JSONResponse(
        body, status_code=status, headers=headers, media_type="application/problem+json"
    )


def of_error(error: AstronoteError) -> JSONResponse:
    """The problem document of a refusal."""
    headers: dict[str, str] = {}
    if isinstance(error, errors.RateLimited):
        headers |= rate_limits.headers(error)
    if isinstance(error, errors.Unavailable):
        headers["Retry-After"] = "5"
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return problem(
        status_of(error),
        error.code,
        error.detail,
        field_errors=error.errors,
        headers=headers,
        **{k: v for k, v in error.extra.items() if k != "retry_after"},
    )


def install(app: FastAPI) -> None:
    """Answer every error of ``app`` with a problem document."""
    kinds = (AstronoteError, RequestValidationError, HTTPException, OperationalError, TimeoutError)
    for kind in (*kinds, Exception):
        app.add_exception_handler(kind, _handle)


def _handle(request: Request, error: Exception) -> Response:
    answer = of_any(error)
    if answer.status_code == 405:
        answer.headers["Allow"] = ", ".join(sorted(_methods(request)))
    return answer


def _methods(request: Request) -> set[str]:
    """What may be done at this address; Starlette knows of the first route that has it alone."""
    here = (r for r in _each(request.app.routes) if r.matches(request.scope)[0] is not Match.NONE)
    return {method for route in here for method in getattr(route, "methods", None) or ()}


def _each(routes: Iterable[Any]) -> Iterator[Any]:
    for route in routes:
        included = getattr(route, "original_router", None)
        yield from [route] if included is None else _each(included.routes)


def of_any(error: Exception) -> Response:
    """The problem document of whatever was raised; what nobody expected is logged."""
    match error:
        case AstronoteError():
            return of_error(error)
        case RequestValidationError():
            return _of_validation(error)
        case HTTPException():
            code = _CODES.get(error.status_code, "error")
            headers = dict(error.headers or {})
            return problem(error.status_code, code, str(error.detail), headers=headers)
        case TimeoutError():
            return of_error(errors.Unavailable(code="database_unavailable"))
        case OperationalError() if is_away(error):
            return of_error(errors.Unavailable(code="database_unavailable"))
        case _:
            return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    return problem(500, "internal_error", "Something went wrong here. It has been noted.")


def _of_validation(error: RequestValidationError) -> Response:
    found: list[FieldError] = []
    code = "invalid"
    for item in error.errors():
        if item["type"] == "json_invalid":
            return problem(422, "invalid_json", "The body is not valid JSON.")
        where = [str(part) for part in item["loc"] if part not in ("body", "query", "path")]
        if item["loc"] and item["loc"][0] == "path":
            return problem(404, "not_found", "There is no such thing here.")
        unknown = item["type"] == "extra_forbidden"
        field = ".".join(where)
        found.append(
            {"field": field, "message": "This field is not known." if unknown else item["msg"]}
        )
        if not unknown and len(error.errors()) == 1:
            code = _FIELD_CODES.get(field, "invalid")
    return problem(422, code, "Some fields are not acceptable.", field_errors=found)
