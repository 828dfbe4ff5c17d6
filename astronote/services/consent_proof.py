"""The history of one person's consent as a file: what a merchant shows who must prove it."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from astronote import clock
from astronote.services.cells import neutralise
from astronote.services.consent_records import ConsentRow
from astronote.services.contacts import ContactRow

HEADERS: Final = (
    "Phone",
    "First name",
    "Last name",
    "At (UTC)",
    "Change",
    "Source",
    "Legal basis",
    "Wording",
    "Wording version",
    "By",
    "IP address",
    "User agent",
    "Message",
)


def as_csv(contact: ContactRow, past: Sequence[ConsentRow]) -> str:
    """Every change in a line of its own, in the order given, with whom it concerns."""
    made = io.StringIO()
    write = csv.writer(made).writerow
    write(HEADERS)
    for change in past:
        write(
            [
                neutralise(contact.phone),
                *map(neutralise, (contact.first_name or "", contact.last_name or "")),
                clock.written(change.at),
                change.action,
                neutralise(change.source),
                change.legal_basis,
                neutralise(change.text),
                neutralise(change.text_version),
                change.actor,
                change.ip or "",
                neutralise(change.user_agent or ""),
                change.message_id or "",
            ]
        )
    return made.getvalue()
