"""The campaign that the wizard writes: which one it is, and keeping it as it is typed."""

from typing import Any, Final

import reflex as rx

from astronote.services import campaigns
from astronote.services.campaigns import CampaignRow
from astronote.state import identity
from astronote.state.address import keep_in_address
from astronote.state.base import Sent, call
from astronote.state.words import tr

UNNAMED: Final = "Untitled campaign"


class DraftState(rx.State):
    """What all steps of the wizard share."""

    draft_id: int = 0
    name: str = ""
    status: str = "draft"
    saved: str = ""


async def keep(state: rx.State, changes: dict[str, Any]) -> Sent:
    """Save ``changes``; the first ones make the draft, whose id then goes into the address.

    Raises:
        AstronoteError: what the service refuses; nothing is saved then.
    """
    draft = await state.get_state(DraftState)
    if not draft.draft_id and not any(changes.get(name) for name in ("name", "message_text")):
        return None
    draft.saved = "unsaved"
    if draft.draft_id:
        show(draft, await call(campaigns.change, draft.draft_id, changes))
        return None
    who = identity.current()
    made = await call(campaigns.create, {"name": tr(UNNAMED), **changes}, created_by=who.user_id)
    show(draft, made)
    # The page stays as it is, with the cursor where it was; a reload finds the draft.
    return keep_in_address("/app/campaigns/new", {"draft": str(made.id)})


async def current(state: rx.State) -> CampaignRow:
    """The draft as it is stored.

    Raises:
        NotFound: there is none (any more).
    """
    draft = await state.get_state(DraftState)
    return await call(campaigns.get, draft.draft_id)


def show(draft: DraftState, row: CampaignRow) -> None:
    """Note what is stored."""
    draft.draft_id, draft.name, draft.status, draft.saved = row.id, row.name, row.status, "saved"
