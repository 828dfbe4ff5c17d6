"""Contacts made through the API."""

from typing import Any

from tests.support.api import ApiClient

PHONE = "+306912345678"
"""Of the contact that :func:`create` makes unless told otherwise."""


def create(api: ApiClient, number: int = 12345678, **fields: Any) -> dict[str, Any]:
    answer = api.post("/api/contacts", json={"phone": f"69{number:08d}", **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made
