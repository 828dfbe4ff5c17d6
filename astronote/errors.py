"""Every refusal the product can give, in one tree.

    AstronoteError
    ├── Unauthenticated       nobody is signed in
    └── Refused               somebody is, and is told why not
        ├── BadRequest        the request cannot be understood (a bad token, a bad cursor)
        ├── PaymentRequired   no active subscription, not enough credits
        ├── Forbidden         signed in, but not allowed
        ├── NotFound          no such object in this shop
        ├── Conflict          the object's state or uniqueness forbids it
        ├── Gone              it existed and has ended
        ├── TooLarge          a body or file over its limit
        ├── UnsupportedFile   a file of a kind that is not read
        ├── Invalid           a value that a rule refuses
        ├── RateLimited       too many attempts; ``extra["retry_after"]`` in seconds
        └── Unavailable       a part of the installation is away for now

``code`` is stable and snake_case, for programs; ``detail`` is a sentence for the
person; ``field`` names the input (camelCase, as in the API) where there is one.
What HTTP status a class means is known only to ``api`` and ``public``.
"""

from typing import Any, TypedDict


class FieldError(TypedDict):
    """One refused input: ``field`` as named in the API, ``message`` a sentence."""

    field: str
    message: str


class AstronoteError(Exception):
    """Base of every refusal; raise a subclass."""

    code = "error"
    detail = "Something went wrong."

    def __init__(
        self,
        detail: str | None = None,
        *,
        code: str | None = None,
        field: str | None = None,
        errors: list[FieldError] | None = None,
        **extra: Any,
    ) -> None:
        self.detail = detail or self.detail
        self.code = code or self.code
        self.field = field
        self.extra = extra
        if errors is None:
            errors = [{"field": field, "message": self.detail}] if field else []
        self.errors = errors
        super().__init__(self.detail)


class Unauthenticated(AstronoteError):
    code = "unauthenticated"
    detail = "Sign in first."


class Refused(AstronoteError):
    """Base of all that a page can show in place; a lost session leads to the sign-in page."""


class BadRequest(Refused):
    code = "bad_request"
    detail = "The request cannot be understood."


class PaymentRequired(Refused):
    code = "subscription_inactive"
    detail = "The subscription is not active."


class Forbidden(Refused):
    code = "forbidden"
    detail = "Your role does not allow this."


class NotFound(Refused):
    code = "not_found"
    detail = "There is no such thing here."


class Conflict(Refused):
    code = "conflict"
    detail = "This cannot be done in the present state."


class Gone(Refused):
    code = "gone"
    detail = "This has ended."


class TooLarge(Refused):
    code = "too_large"
    detail = "That is too large."


class UnsupportedFile(Refused):
    code = "unsupported_file"
    detail = "This kind of file cannot be read."


class Invalid(Refused):
    code = "invalid"
    detail = "A value is not acceptable."


class RateLimited(Refused):
    code = "rate_limited"
    detail = "Too many attempts. Try again in a moment."


class Unavailable(Refused):
    code = "unavailable"
    detail = "This is not available right now. Try again in a moment."
