"""The wizard's second step: who receives it, counted as it is chosen."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, Literal, cast

import reflex as rx
from pydantic import Field

from astronote.errors import Invalid, Refused
from astronote.services import lists, previewing
from astronote.services.audience import EVERYBODY, Audience, parse
from astronote.services.campaigns import CampaignRow
from astronote.services.lists import ListRow
from astronote.services.previewing import Preview
from astronote.state.base import Sent, answers, call, checked, field_messages
from astronote.state.campaigns_draft import DraftState, keep
from astronote.state.campaigns_words import EXCLUDED
from astronote.state.words import counted, language, number, said, tr
from astronote.words import choose

REST_SECONDS: Final = 0.25
"""A choice rests this long before it is counted."""

Use = Literal["any", "in", "out"]
_Gender = Literal["female", "male", "other"]
_Key = Annotated[str, Field(min_length=1, max_length=40)]
_Typed = Annotated[str, Field(max_length=2000)]


@dataclasses.dataclass(frozen=True)
class ListChoice:
    """A list to choose from; ``use`` is any, in or out."""

    key: str
    name: str
    count: str
    use: str


@dataclasses.dataclass(frozen=True)
class ExcludedLine:
    """How many are left out for one reason."""

    reason: str
    count: str
    words: str


class AudienceState(rx.State):
    """Loaded with the wizard's second step."""

    mode: str = "all"
    genders: rx.Field[list[str]] = rx.field(default_factory=list)
    values: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    lists: rx.Field[list[ListChoice]] = rx.field(default_factory=list)
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    counting: bool = True
    count: str = "–"
    people: str = ""
    excluded: rx.Field[list[ExcludedLine]] = rx.field(default_factory=list)
    cost: str = ""
    _typed: rx.Field[dict[str, str]] = rx.field(default_factory=dict)

    async def _fill(self, row: CampaignRow) -> None:
        chosen = row.audience
        self.mode = "all" if chosen == EVERYBODY else "some"
        self.genders = list(chosen.genders)
        self._typed = {
            "ageMin": "" if chosen.age_min is None else str(chosen.age_min),
            "ageMax": "" if chosen.age_max is None else str(chosen.age_max),
            "tags": ", ".join(chosen.tags),
        }
        self.values, self.errors = dict(self._typed), {}
        used = {str(key): "in" for key in chosen.include_lists}
        used |= {str(key): "out" for key in chosen.exclude_lists}
        found = await call(lists.everything)
        self.lists = [_choice(item, used) for item in found if item.id or item.key in used]
        try:
            self._tell(await call(previewing.reach, campaign_id=row.id))
        except Invalid as error:
            # A list that it names is gone; the next change leaves it out.
            self.count, self.counting, self.excluded = "–", False, []
            self.errors = {"": said(error.detail)}

    @rx.event
    @answers
    async def set_mode(self, mode: str) -> AsyncIterator[Sent]:
        """Everybody, or some."""
        self.mode = checked(Literal["all", "some"], mode)
        yield await self._save()
        yield recount()

    @rx.event
    @answers
    async def toggle_gender(self, gender: str) -> AsyncIterator[Sent]:
        """Choose a gender, or no longer."""
        self.genders = _toggled(list(self.genders), checked(_Gender, gender))
        yield await self._save()
        yield recount()

    @rx.event
    @answers
    async def use_list(self, key: str, use: str) -> AsyncIterator[Sent]:
        """Take a list's contacts in, leave them out, or do not mind it."""
        wanted, how = checked(_Key, key), checked(Use, use)
        self.lists = [
            dataclasses.replace(item, use=how) if item.key == wanted else item
            for item in self.lists
        ]
        yield await self._save()
        yield recount()

    @rx.event
    @answers
    async def typed(self, field: str, value: str) -> AsyncIterator[Sent]:
        """Keep an age or the tags."""
        name = checked(Literal["ageMin", "ageMax", "tags"], field)
        text = checked(_Typed, value)
        if self._typed.get(name) == text:
            return
        self._typed = {**self._typed, name: text}
        yield await self._save()
        yield recount()

    @rx.event(background=True, supersedes=True)
    @answers
    async def count_again(self) -> None:
        """Count after a short rest; a newer choice takes the place of an older one."""
        async with self:
            self.counting = True
            draft = await self.get_state(DraftState)
            campaign_id = draft.draft_id
        await asyncio.sleep(REST_SECONDS)
        try:
            found = await call(previewing.reach, campaign_id=campaign_id)
        finally:
            async with self:
                self.counting = False
        async with self:
            self._tell(found)

    def _tell(self, found: Preview) -> None:
        self.counting = False
        self.count = number(found.count)
        self.people = choose(
            "person will receive it", "people will receive it", found.count, language()
        )
        left_out = dataclasses.asdict(found.excluded)
        self.excluded = [
            ExcludedLine(reason, number(left_out[reason]), tr(words))
            for reason, words in EXCLUDED.items()
            if left_out[reason]
        ]
        known = found.parts is not None and found.credits is not None
        self.cost = (
            tr(
                "{credits} for {parts}",
                credits=counted(found.credits or 0, "credit", "credits"),
                parts=counted(found.parts or 0, "SMS part", "SMS parts"),
            )
            if known
            else ""
        )

    def _chosen(self) -> Audience:
        """What the controls say.

        Raises:
            Invalid: an age is no number, or the lowest is above the highest.
        """
        if self.mode == "all":
            return EVERYBODY
        tags = dict.fromkeys(tag.strip() for tag in self._typed["tags"].split(","))
        document: dict[str, object] = {
            "genders": self.genders,
            "includeLists": [item.key for item in self.lists if item.use == "in"],
            "excludeLists": [item.key for item in self.lists if item.use == "out"],
            "tags": [tag for tag in tags if tag],
        }
        for name in ("ageMin", "ageMax"):
            if written := self._typed[name].strip():
                document[name] = written
        return parse(document)

    async def _save(self) -> Sent:
        try:
            sent = await keep(self, {"audience": self._chosen()})
        except Refused as error:
            self.errors = _plainly(field_messages(error))
            return None
        self.errors = {}
        return sent

    async def _leave(self, form: dict[str, Any], complete: bool) -> bool:
        """Keep everything; True where the step may be left. See ``BasicsState``."""
        held = {k: v for k, v in form.items() if k in self._typed and isinstance(v, str)}
        self._typed = {**self._typed, **{k: v[:2000] for k, v in held.items()}}
        await self._save()
        if complete and not self.errors:
            draft = await self.get_state(DraftState)
            found = await call(previewing.reach, campaign_id=draft.draft_id)
            self._tell(found)
            if not found.count:
                self.errors = {"": tr("Nobody is in this audience. Choose more people to go on.")}
        self.values = dict(self._typed)
        return not self.errors


def recount() -> Sent:
    """The event that counts again."""
    return cast(Sent, AudienceState.count_again)


def _choice(item: ListRow, used: dict[str, str]) -> ListChoice:
    key = item.key or str(item.id)
    return ListChoice(
        key,
        item.name if item.id else tr(item.name),
        counted(item.count, "contact", "contacts"),
        used.get(key, "any"),
    )


def _toggled(chosen: list[str], one: str) -> list[str]:
    return [g for g in chosen if g != one] if one in chosen else [*chosen, one]


def _plainly(found: dict[str, str]) -> dict[str, str]:
    """Ages are the only thing here that can be mistyped; say it beside them."""
    plain = {}
    for field, message in found.items():
        name = field.removeprefix("audience").removeprefix(".").partition(".")[0]
        age = name in ("ageMin", "ageMax")
        plain[name] = (
            tr("Write an age in whole years.") if age else tr(message.removeprefix("Value error, "))
        )
    return plain
