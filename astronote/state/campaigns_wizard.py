"""The wizard around its four steps: which one is shown, and whether it may be left."""

from collections.abc import AsyncIterator
from typing import Any, Final, Literal, cast

import reflex as rx

from astronote.errors import Refused
from astronote.services import campaigns, external_links
from astronote.services.campaigns import CampaignRow
from astronote.state.base import Sent, answers, call, call_outside, checked
from astronote.state.campaigns_audience import AudienceState
from astronote.state.campaigns_basics import BasicsState, sum_up
from astronote.state.campaigns_draft import DraftState, show
from astronote.state.campaigns_review import ReviewState
from astronote.state.campaigns_schedule import ScheduleState
from astronote.state.campaigns_words import id_in
from astronote.state.words import said

STEPS: Final = ("basics", "audience", "schedule", "review")

_UP = "window.scrollTo(0,0);document.getElementById('wizard-title')?.focus({preventScroll:true})"


class WizardState(rx.State):
    """Loaded with the wizard; the step stands in the address."""

    loading: bool = True
    missing: str = ""
    step: str = ""
    place: int = 0
    moving: bool = False

    @rx.event
    @answers
    async def load(self) -> AsyncIterator[Sent]:
        """Open the draft that the address names at the step that it names."""
        draft = await self.get_state(DraftState)
        wanted = self._named()
        if wanted != draft.draft_id or not wanted:
            self.loading, self.missing = True, ""
            self._forget(draft)
            yield None
        try:
            row = await call(campaigns.get, wanted) if wanted else None
        except Refused as error:
            self.missing, self.loading = said(error.detail), False
            return
        if row is not None and not row.is_editable:
            yield cast(Sent, rx.redirect(f"/app/campaigns/{row.id}", replace=True))
            return
        if row is not None:
            show(draft, row)
        before, step = self.step, self._asked_step(row)
        await self._fill(step, row)
        self.step, self.place = step, STEPS.index(step)
        self.loading, self.missing = False, ""
        if step == "basics":
            yield sum_up()
        if before and before != step:
            yield cast(Sent, rx.call_script(_UP))

    def _named(self) -> int:
        url = self.router.url
        written = url.query_parameters.get("draft", "")
        return id_in(url.path) or id_in(f"/app/campaigns/{written}")

    def _forget(self, draft: DraftState) -> None:
        draft.draft_id, draft.name, draft.saved, draft.status = 0, "", "", "draft"
        self.step = ""

    def _asked_step(self, row: CampaignRow | None) -> str:
        """The step in the address, as far as what comes before it is done."""
        asked = self.router.url.query_parameters.get("step", "basics")
        if row is None or asked not in STEPS or not row.message_text.strip():
            return "basics"
        return asked

    async def _fill(self, step: str, row: CampaignRow | None) -> None:
        if row is None or step == "basics":
            await (await self.get_state(BasicsState))._fill(row)
        elif step == "audience":
            await (await self.get_state(AudienceState))._fill(row)
        elif step == "schedule":
            await (await self.get_state(ScheduleState))._fill(row)
        else:
            await (await self.get_state(ReviewState))._fill(row)

    @rx.event
    @answers
    async def forward(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        """Check the step, keep it, and show the next."""
        held = checked(dict[str, Any], form)
        async for sent in self._move(self.place + 1, held):
            yield sent

    @rx.event
    @answers
    async def back(self) -> AsyncIterator[Sent]:
        """Keep the step as it is and show the one before."""
        async for sent in self._move(self.place - 1, {}):
            yield sent

    @rx.event
    @answers
    async def go_to(self, step: str) -> AsyncIterator[Sent]:
        """Show an earlier step."""
        place = STEPS.index(checked(Literal["basics", "audience", "schedule", "review"], step))
        if place < self.place:
            async for sent in self._move(place, {}):
                yield sent

    async def _move(self, place: int, form: dict[str, Any]) -> AsyncIterator[Sent]:
        if not 0 <= place < len(STEPS) or self.moving:
            return
        self.moving = True
        yield None
        try:
            left = await self._leave(form, place > self.place)
            draft = await self.get_state(DraftState)
            if left and draft.draft_id and place > self.place:
                await call_outside(external_links.fetch_for_campaign, draft.draft_id)
        finally:
            self.moving = False
        if left and draft.draft_id:
            step = STEPS[place]
            yield cast(Sent, rx.redirect(f"/app/campaigns/{draft.draft_id}/edit?step={step}"))
        elif not left:
            yield cast(Sent, rx.call_script(_TO_ERROR))

    async def _leave(self, form: dict[str, Any], complete: bool) -> bool:
        if self.step == "basics":
            return await (await self.get_state(BasicsState))._leave(form, complete)
        if self.step == "audience":
            return await (await self.get_state(AudienceState))._leave(form, complete)
        if self.step == "schedule":
            return await (await self.get_state(ScheduleState))._leave(form, complete)
        return True


_TO_ERROR: Final = (
    "setTimeout(()=>{const e=document.querySelector('.a-field:has(.a-error) :is(input,textarea,"
    "select)');if(e)e.focus()},60)"
)
"""Script: put the cursor into the first field that was refused."""
