"""What an e-mail address and a password must be like."""

from email_validator import EmailNotValidError, validate_email

from astronote.errors import Invalid
from astronote.services.common_passwords import COMMON_PASSWORDS
from astronote.words import say

MIN_PASSWORD = 10


def check_email(email: str) -> str:
    """``email`` in lower case.

    Raises:
        Invalid: ``invalid_email``.
    """
    try:
        checked = validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise Invalid(
            "This does not look like an e-mail address.", code="invalid_email", field="email"
        ) from error
    return checked.normalized.lower()


def check_password(password: str, email: str = "") -> str:
    """``password`` when it is good enough.

    Raises:
        Invalid: ``weak_password`` when it is short, long beyond reason, or common.
    """
    weak: str | None = None
    folded = password.lower()
    if len(password) < MIN_PASSWORD:
        weak = say("Use at least {n} characters.", n=MIN_PASSWORD)
    elif len(password) > 500:
        weak = "Use at most 500 characters."
    elif folded in COMMON_PASSWORDS or len(set(folded)) < 4 or folded == email.strip().lower():
        weak = "This password is too easy to guess."
    if weak:
        raise Invalid(weak, code="weak_password", field="password")
    return password
