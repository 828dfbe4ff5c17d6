"""What a dispute about a payment may be, and which of two tellings of it holds."""

from typing import Any, Final, Literal, cast

Standing = Literal["", "open", "won", "lost"]
"""For a payment: what of its disputes matters most; '' where there is none."""

GONE: Final = ("open", "lost")
"""Where the bank has the money."""

_ENDED: Final = ("won", "lost")
_STANDINGS: Final = {
    "won": "won",
    "lost": "lost",
    "prevented": "won",
    # An inquiry takes no money yet; one that becomes a dispute is told as such.
    "warning_needs_response": "asked",
    "warning_under_review": "asked",
    "warning_closed": "won",
}


def standing_of(status: str) -> str:
    """Stripe's status of a dispute in ours: open, won, lost or asked."""
    return _STANDINGS.get(status, "open")


def standing(disputes: dict[str, Any]) -> Standing:
    """What of a payment's disputes matters most."""
    all_ = {one["standing"] for one in disputes.values()}
    found = next((one for one in ("open", "lost", "won") if one in all_), "")
    return cast("Standing", found)


def is_newer(fresh: dict[str, Any], known: dict[str, Any]) -> bool:
    """Whether ``fresh`` takes the place of ``known``, whichever event comes last.

    What has been decided is not open again.
    """
    is_end, was_end = fresh["standing"] in _ENDED, known["standing"] in _ENDED
    return is_end if is_end != was_end else bool(fresh["at"] > known["at"])
