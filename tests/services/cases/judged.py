"""A case that a unit holds, and what a checker, the office and leaders press about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from locales import plain
from models.cases import Case, CaseFile, CasePhase
from models.db import Session
from models.delivery.messages import Outbox
from models.progress import EvidenceKind
from rules.cases.case_lifecycle import CaseEvent
from rules.delivery.delivery import DeliveryState
from services.access import Actor
from services.cases.deciding import case_rulings
from services.cases.deciding.case_rulings import RulingMatter
from services.cases.orders import dispatching
from services.delivery import rendering
from services.views import View
from tests.support.cases import CaseDesk
from tests.support.turns import tick_for, turn_for


@dataclass
class Judged:
    """A case, its office and its unit; steps happen at the desk's ``now`` unless ``at`` says otherwise."""

    desk: CaseDesk
    case: Case
    office: Actor
    unit: Actor

    @property
    def session(self) -> Session:
        return self.desk.session

    @property
    def id(self) -> int:
        assert self.case.id is not None
        return self.case.id

    async def dispatched(self, at: datetime | None = None) -> None:
        """Register the case, and dispatch it on an order to the unit."""
        await self.desk.step(self.case, CaseEvent.REGISTER, self.office, at=at)
        await dispatching.dispatch(
            turn_for(self.session, self.office, at or self.desk.now, self.desk.campaign),
            [self.id],
            self.unit.unit.id or 0,
        )
        await self.session.refresh(self.case)

    async def bring(self, *events: CaseEvent, at: datetime | None = None) -> None:
        await self.desk.bring(self.case, *events, office=self.office, unit=self.unit, at=at)

    async def fed_back(self, *names: str, at: datetime | None = None) -> None:
        """Feed back, with one photo per name."""
        await self.bring(CaseEvent.FEEDBACK, at=at)
        await self.photos(CasePhase.AFTER, *names)

    async def photos(self, phase: CasePhase, *names: str, kind: EvidenceKind = EvidenceKind.PHOTO) -> None:
        self.session.add_all(
            CaseFile(
                case_id=self.id,
                step=self.case.steps,
                phase=phase,
                kind=kind,
                file_id=name,
                file_unique_id=f"u-{name}",
            )
            for name in names
        )
        await self.session.flush()

    def matter(self, event: CaseEvent, **what: Any) -> RulingMatter:
        return RulingMatter(self.id, event, self.case.steps, **what)

    async def decide(
        self,
        actor: Actor,
        event: CaseEvent,
        reason: str | None = None,
        *,
        at: datetime | None = None,
        matter: RulingMatter | None = None,
        **what: Any,
    ) -> View:
        """Press a decision; ``matter`` is as an earlier button carries it, else as the case stands."""
        view = await case_rulings.decide(
            turn_for(self.session, actor, at or self.desk.now, self.desk.campaign),
            matter or self.matter(event, **what),
            reason,
        )
        await self.session.refresh(self.case)
        return view

    async def told(self, contact: Actor) -> list[str]:
        """The messages promised to a contact that would go out now."""
        query = select(Outbox).where(Outbox.contact_id == contact.id, Outbox.state == DeliveryState.NEW)
        rows = (await self.session.exec(query.order_by(col(Outbox.id)))).all()
        found = [
            await rendering.render(tick_for(self.session, self.desk.now, self.desk.campaign), row)
            for row in rows
        ]
        return [view.plain("zh") for view, _ in filter(None, found)]


def read(view: View) -> str:
    return view.plain("zh")


def labels(view: View) -> list[str]:
    return [plain(button.label, "zh") for row in view.rows for button in row]


def shown(view: View) -> Sequence[tuple[str, str]]:
    """(caption, file) of a view's files."""
    return [(plain(file.caption, "zh") if file.caption else "", file.file_id or "") for file in view.files]
