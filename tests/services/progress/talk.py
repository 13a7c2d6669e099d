"""One contact's conversation with the reporting service, as the handlers lead it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from locales import Text
from models.db import Session
from models.delivery.messages import Outbox
from models.drafts import Draft
from models.progress import Evidence, Figure, ProgressReport
from models.tasks import Metric
from rules.delivery.delivery import MessageKind
from services.access import Actor
from services.campaign import Campaign
from services.delivery import prompts
from services.delivery.prompts import DuePrompt
from services.drafts.draft_changes import Addition, EvidenceFile
from services.errors import DomainError
from services.progress import corrections, filing, progress_dialogue, report_card_buttons, zero_reports
from services.turn import Turn
from services.views import ButtonSpec, View


def keys(view: View | None) -> list[str]:
    """The text keys of a view's lines."""
    return [] if view is None else [line.key for line in view.lines]


def line(view: View | None, key: str) -> Text:
    """The one line of a view with that key."""
    assert view is not None
    (found,) = [line for line in view.lines if line.key == key]
    return found


def duty_line(view: View | None, key: str) -> Text:
    """The one numbered line of a nag with that key."""
    assert view is not None
    numbered = [one.values["line"] for one in view.lines if one.key == "nags.numbered"]
    (found,) = [one for one in numbered if one.key == key]
    assert isinstance(found, Text)
    return found


def buttons(view: View | None, action: str) -> list[ButtonSpec]:
    return [] if view is None else [b for row in view.rows for b in row if b.action == action]


def revision(view: View | None) -> int:
    """The revision that the buttons of a card carry."""
    assert view is not None
    (found,) = {b.arguments["revision"] for row in view.rows for b in row}
    return int(found)


def photo(name: str) -> EvidenceFile:
    return EvidenceFile("photo", f"file-{name}", f"unique-{name}")


@dataclass
class Talk:
    session: Session
    actor: Actor
    now: datetime
    campaign: Campaign

    @property
    def chat_id(self) -> int:
        assert self.actor.contact.telegram_user_id is not None
        return self.actor.contact.telegram_user_id

    @property
    def turn(self) -> Turn:
        return Turn(self.session, self.now, self.campaign, self.actor, self.chat_id)

    async def write(
        self, text: str = "", *files: EvidenceFile, about: Sequence[int] = (), **what: Any
    ) -> View | None:
        """Send a message; ``what`` holds more arguments of ``Addition``."""
        return await progress_dialogue.receive(
            self.turn,
            Addition(text, files, **what),
            about=about,
        )

    async def rewrite(self, message_id: int, text: str = "", *files: EvidenceFile) -> bool:
        """Edit a message; return whether it was part of the draft."""
        return await progress_dialogue.edit_part(
            self.turn,
            message_id,
            Addition(text, files),
        )

    async def correct(self, message_id: int, text: str = "", *files: EvidenceFile) -> View | None:
        """Edit a message that a filed report was made from; it must be one."""
        assert await corrections.is_part(self.turn, message_id)
        async with self.session.begin_nested():  # as a handler runs
            return await corrections.correct_by_edit(self.turn, message_id, Addition(text, files))

    async def zero(self, text: str = "今日无新增", about: Sequence[int] = ()) -> View | None:
        """Write 无新增, and confirm the card that lists what it stands for, if there is one."""
        view = await self.write(text, about=about)
        for pressed in buttons(view, "zero.confirm"):
            view = await zero_reports.confirm(self.turn, **pressed.arguments)
        return view

    async def undo(self) -> View:
        return await corrections.ask(self.turn)

    async def withdraw(self, view: View) -> View:
        """Press 确认撤销."""
        (button,) = buttons(view, "correction.withdraw")
        return await corrections.withdraw(self.turn, **button.arguments)

    async def reopen(self, view: View) -> View:
        """Press 更正."""
        (button,) = buttons(view, "correction.begin")
        return await corrections.begin(self.turn, **button.arguments)

    async def receipts(self) -> list[View]:
        """All receipts promised so far."""
        query = select(Outbox).where(Outbox.kind == MessageKind.RECEIPT).order_by(col(Outbox.id))
        return [View.from_json(row.content) for row in await self.session.exec(query)]

    async def due(self, message_id: int = 900) -> DuePrompt:
        """Show the one card that is due, as the program's loop does, under ``message_id``."""
        await self.session.flush()
        ((draft_id, due),) = await prompts.to_come(self.session)
        card = await prompts.due_prompt(self.session, draft_id, due, self.campaign)
        assert card is not None
        await prompts.shown(draft_id, due)(self.session, card.edit or message_id)
        await self.session.refresh(await self.session.get_one(Draft, draft_id))
        return card

    async def pick(self, view: View | None, task_id: int) -> View:
        return await progress_dialogue.pick_task(self.turn, revision(view), task_id)

    async def change(self, view: View | None, index: int = 0, **what: Any) -> View:
        return await report_card_buttons.change_figure(self.turn, revision(view), index, **what)

    async def edit(self, view: View | None) -> View:
        return await report_card_buttons.ask_text_again(self.turn, revision(view))

    async def confirm(self, view: View | None) -> View:
        return await filing.confirm(self.turn, revision(view))

    async def cancel(self) -> View:
        return await progress_dialogue.cancel(self.turn)

    async def report(self, text: str, *files: EvidenceFile, **what: Any) -> ProgressReport:
        """Write and confirm at once."""
        await self.confirm(await self.write(text, *files, **what))
        return (await self.reports())[-1]

    async def reports(self) -> Sequence[ProgressReport]:
        return (await self.session.exec(select(ProgressReport).order_by(col(ProgressReport.id)))).all()

    async def figures(self) -> list[tuple[str, str, Decimal]]:
        """(item, unit of measure, added amount) of all reports."""
        query = (
            select(Metric, Figure)
            .join(Figure, col(Figure.metric_id) == col(Metric.id))
            .order_by(col(Figure.id))
        )
        return [(metric.item, metric.unit, figure.added) for metric, figure in await self.session.exec(query)]

    async def evidence(self) -> list[str]:
        return list(await self.session.exec(select(Evidence.file_id).order_by(col(Evidence.id))))


async def refused(step: Any) -> str:
    """The key of the text with which a step is refused."""
    with pytest.raises(DomainError) as refusal:
        await step
    return refusal.value.text.key
