"""``/openapi.json`` as it is: who may call, and that every refusal is a problem document."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from astronote.api.deps import COOKIE
from astronote.api.middleware import is_private

_PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). `code` is stable; some codes bring fields of their own.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
_REFUSAL: Final[dict[str, Any]] = {
    "description": "Refused",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_SCHEMES: Final[dict[str, Any]] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A session token or an API key."},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}
_FASTAPI_S_OWN: Final = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI) -> None:
    """Make ``app`` describe itself so; the description is made once, when first asked for."""

    def made() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _description(app)
        return app.openapi_schema

    app.openapi = made  # type: ignore[method-assign]


def _description(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(title=app.title, version=app.version, routes=app.routes)
    parts = made.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for name in _FASTAPI_S_OWN:
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    parts["securitySchemes"] = _SCHEMES
    for path, operations in made["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = _REFUSAL
            if is_private(path) or path == "/tracking/redeem":
                operation["security"] = [{name: []} for name in _SCHEMES]
    return made
