"""The draft of a notice: what was chosen for it, and whom it would reach as far as its card shows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Self

from models import notices
from models.db import ident
from models.drafts import Draft, DraftKind
from rules.notices.answer_deadlines import usual_deadline
from rules.notices.receipt_kinds import NoticeAsk
from services.drafts import draft_changes, draft_kinds
from services.notices import audience as audiences
from services.notices.audience import Audience, Reach
from services.notices.notice_group_copies import groups_for
from services.turn import Turn

TEXT_LIMIT: Final = 3_000
"""So many characters leave room in one message for what stands around the text."""
FILES_LIMIT: Final = 10


@dataclass(frozen=True, slots=True)
class CardReach:
    """Whom the notice reaches, as the card shows it.

    ``waiting``, ``empty``: the names of people who have not joined, and of units in which nobody has the
    role. ``today``: the most notices that any of the readers was sent today. ``groups``: the titles of the
    groups that may get a copy. ``mark``: differs when others would be reached.
    """

    units: int = 0
    people: int = 0
    waiting: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    today: int = 0
    mark: str = ""
    groups: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        lists = {name: tuple(data.get(name, ())) for name in ("waiting", "empty", "groups")}
        return cls(**{**data, **lists})

    def to_json(self) -> dict[str, object]:
        lists = {"waiting": list(self.waiting), "empty": list(self.empty), "groups": list(self.groups)}
        return {"units": self.units, "people": self.people, **lists, "today": self.today, "mark": self.mark}


@dataclass(frozen=True, slots=True)
class NoticePlan:
    """What was chosen. ``audience`` None: nobody was chosen yet. ``answer_by``: until when, in the campaign's
    zone. ``in_groups``: the groups get a copy."""

    answer_by: datetime
    audience: Audience | None = None
    per_unit: bool = True
    ask: NoticeAsk = NoticeAsk.READ
    urgent: bool = False
    reach: CardReach = field(default_factory=CardReach)
    in_groups: bool = False

    def to_json(self) -> dict[str, object]:
        return {
            "answer_by": self.answer_by.isoformat(),
            "audience": None if self.audience is None else self.audience.to_json(),
            "per_unit": self.per_unit,
            "ask": self.ask.value,
            "urgent": self.urgent,
            "reach": self.reach.to_json(),
            "in_groups": self.in_groups,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        chosen = data["audience"]
        return cls(
            datetime.fromisoformat(data["answer_by"]),
            None if chosen is None else Audience.from_json(chosen),
            data["per_unit"],
            NoticeAsk(data["ask"]),
            data["urgent"],
            CardReach.from_json(data["reach"]),
            data.get("in_groups", False),  # drafts of earlier releases know nothing of groups
        )


def plan_of(draft: Draft) -> NoticePlan:
    return NoticePlan.from_json(draft.content["notice"])


async def begin(turn: Turn, draft: Draft) -> None:
    """Make the draft that of a notice. Its answers are due at the end of the next working day."""
    draft.kind = DraftKind.NOTICE
    by = usual_deadline(turn.now, turn.campaign.working_time)
    plan = NoticePlan(by.astimezone(turn.campaign.zone))
    draft.content = {**draft.content, "notice": plan.to_json()}
    await turn.session.flush()


async def require(turn: Turn, revision: int) -> Draft:
    """The draft of the pressed card."""
    return await draft_kinds.current(turn, DraftKind.NOTICE, revision)


async def change(turn: Turn, draft: Draft, **chosen: Any) -> None:
    """Keep what was chosen, and whom the notice reaches now. The buttons of the card before end."""
    plan = replace(plan_of(draft), **chosen)
    plan = replace(plan, reach=await card_reach(turn, plan, await reach_of(turn, plan)))
    draft.content = {**draft.content, "notice": plan.to_json()}
    draft_changes.end_buttons(draft, turn.now)
    await turn.session.flush()


async def reach_of(turn: Turn, plan: NoticePlan) -> Reach:
    """Whom the notice reaches as it is planned; nobody while no audience was chosen."""
    if plan.audience is None:
        return Reach()
    found = await audiences.reach(turn, turn.actor, plan.audience, per_unit=plan.per_unit)
    units = {ident(party.unit) for party in found.parties}
    return replace(found, groups=await groups_for(turn.session, turn.actor, units))


async def card_reach(turn: Turn, plan: NoticePlan, found: Reach) -> CardReach:
    ids = [ident(who) for who in found.readers]
    today = await notices.sent_since(turn.session, ids, turn.campaign.midnight(turn.today)) if ids else {}
    return CardReach(
        found.units,
        len(ids),
        tuple(who.name for who in found.waiting),
        tuple(unit.name for unit in found.empty),
        max(today.values(), default=0),
        _mark(plan, found),
        tuple(group.title for group in found.groups),
    )


def _mark(plan: NoticePlan, found: Reach) -> str:
    """16 hex digits."""
    parties = [
        (party.unit.id, party.contact and party.contact.id, [(who.id, place) for who, place in party.readers])
        for party in found.parties
    ]
    groups = [group.id for group in found.groups] if plan.in_groups else []
    return hashlib.sha256(repr((parties, plan.per_unit, groups)).encode()).hexdigest()[:16]
