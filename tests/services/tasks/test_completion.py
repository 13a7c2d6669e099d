"""申请办结, and the office's decision about it: what each person sees, who hears, what stays as it was."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from locales import Text, plain
from models.audit_log import Audit
from models.db import Session, ident
from models.delivery.messages import Outbox
from models.people import ContactState
from models.progress import Evidence, EvidenceKind
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from rules.tasks.task_lifecycle import SUBMITTED_FROM, AwaitedAnswer, TaskEvent, TaskState
from services import access, reasons
from services.access import Actor
from services.campaign import Campaign
from services.delivery import rendering
from services.nags import nag_engine as nags
from services.nags import rehearsal
from services.tasks import completion, reassign, task_card, task_decisions, task_lists, task_steps
from services.views import TurnOutcome, View
from tests.services.conftest import Local, World
from tests.services.progress.talk import Talk, buttons, keys, line, photo, refused
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for


@dataclass
class Desk:
    """The one task, and the people who press about it; each press is of the card that is out then."""

    session: Session
    world: World
    now: datetime
    campaign: Campaign

    @property
    def at(self) -> dict[str, Any]:
        return {"now": self.now, "campaign": self.campaign}

    async def seen(self) -> int:
        return task_card.seen_of(await task_steps.last_decision(self.session, self.world.task_id))

    async def figures(self) -> str:
        return (await task_card.measure(self.session, self.world.task)).mark

    async def ask(self, actor: Actor) -> TurnOutcome:
        return await completion.ask(turn_for(self.session, actor, **self.at), self.world.task_id)

    async def submit(self, actor: Actor, seen: int | None = None) -> TurnOutcome:
        seen = await self.seen() if seen is None else seen
        return await completion.submit(turn_for(self.session, actor, **self.at), self.world.task_id, seen)

    async def ask_why(self, event: TaskEvent) -> TurnOutcome:
        turn = turn_for(self.session, self.world.office, **self.at)
        return await task_decisions.ask(turn, self.world.task_id, event, await self.seen())

    async def decide(
        self,
        event: TaskEvent,
        reason: str | None = None,
        *,
        seen: int | None = None,
        by: Actor | None = None,
        figures: str | None = None,
    ) -> TurnOutcome:
        """Press a decision; without ``seen`` and ``figures`` it is about what is there now."""
        seen = await self.seen() if seen is None else seen
        if figures is None and event in task_decisions.ON_FIGURES:
            figures = await self.figures()
        turn = turn_for(self.session, by or self.world.office, **self.at)
        return await task_decisions.decide(turn, self.world.task_id, event, seen, reason, figures=figures)

    async def card(self, actor: Actor) -> View:
        return await task_card.card(turn_for(self.session, actor, **self.at), self.world.task_id)

    async def told(self) -> list[tuple[int | None, View]]:
        """The messages about the task so far: the reader, and what it says."""
        query = select(Outbox).where(Outbox.kind == MessageKind.ORDER).order_by(col(Outbox.id))
        return [(row.contact_id, View.from_json(row.content)) for row in await self.session.exec(query)]

    async def who_was_told(self, key: str) -> list[int]:
        return sorted(contact or 0 for contact, view in await self.told() if key in keys(view))

    async def events(self) -> list[tuple[str, Any]]:
        query = select(Audit).where(Audit.subject_type == "task").order_by(col(Audit.id))
        return [(row.event, (row.after or {}).get("reason")) for row in await self.session.exec(query)]


def said(outcome: TurnOutcome) -> Text:
    """The line that answers the press."""
    assert outcome.text is not None
    return outcome.text


@pytest.fixture
def desk(session: Session, world: World, now: datetime, campaign: Campaign) -> Desk:
    return Desk(session, world, now, campaign)


# -- 申请办结 ------------------------------------------------------------------------------------------


async def test_what_is_submitted_is_shown_before(desk: Desk, talk: Talk, world: World) -> None:
    world.task.target_value, world.task.target_unit = Decimal(50), "处"
    await talk.report("今天清理违规广告牌匾12处", photo("a"), photo("b"))
    asked = await desk.ask(world.responsible)
    assert line(asked.view, "completion.counts").values == {"reports": 1, "evidence": 2}
    assert line(asked.view, "tasks.card.figure_of_target").values["percent"] == 24
    assert line(asked.view, "tasks.card.standard").values["value"] == "达到创城标准"
    assert "completion.below_target" in keys(asked.view)
    assert "completion.no_evidence" not in keys(asked.view)
    assert world.task.state is TaskState.IN_PROGRESS, "nothing is submitted yet"
    assert [b.action for b in asked.view.rows[0]] == ["task.submit_now", "task.show"]


async def test_an_unfinished_report_about_two_tasks_is_told_of_for_each(
    desk: Desk, talk: Talk, world: World, roster: Roster
) -> None:
    other = await roster.task(world.unit, "垃圾日产日清", world.task.deadline, world.responsible.contact)
    await talk.write("今天清运垃圾3车，清理违规广告牌匾12处")
    for task_id in (world.task_id, ident(other)):
        asked = await completion.ask(turn_for(talk.session, world.responsible, **desk.at), task_id)
        assert "completion.unfinished" in keys(asked.view)


async def test_what_is_amiss_is_said_but_may_be_submitted(desk: Desk, talk: Talk, world: World) -> None:
    await talk.write("今天清理违规广告牌匾12处")
    asked = await desk.ask(world.responsible)
    assert {"completion.no_evidence", "completion.unfinished"} <= set(keys(asked.view))
    assert "completion.below_target" not in keys(asked.view), "there is no target"
    assert "completion.unfinished" not in keys((await desk.ask(world.liaison)).view), "it is not theirs"
    assert (await desk.submit(world.responsible)).done
    assert world.task.state is TaskState.SUBMITTED


async def test_a_target_is_met_by_the_metric_that_it_speaks_of(desk: Desk, talk: Talk, world: World) -> None:
    world.task.objective = "建设示范点50个"
    world.task.target_value, world.task.target_unit = Decimal(50), "个"
    await talk.report("新建小公园80个", about=[world.task_id])
    await talk.report("建设示范点49个", about=[world.task_id])
    assert "completion.below_target" in keys((await desk.ask(world.responsible)).view)
    await talk.report("今天建设示范点1个", about=[world.task_id])
    view = (await desk.ask(world.responsible)).view
    assert "completion.below_target" not in keys(view)
    assert line(view, "tasks.card.figure_of_target").values["percent"] == 100
    assert line(view, "tasks.card.figure").values["item"] == "新建小公园"


async def test_every_member_of_the_office_gets_it_once(
    desk: Desk, world: World, roster: Roster, talk: Talk
) -> None:
    second = await roster.actor(world.office.unit, "创城办第二人", Role.OFFICE)
    await talk.report("今天清理违规广告牌匾12处", photo("a"))
    outcome = await desk.submit(world.liaison)
    assert line(outcome.view, "tasks.card.state").values["value"].key == "tasks.card.state_by"
    assert not buttons(outcome.view, "task.submit")
    assert await desk.who_was_told("completion.request_title") == [world.office.id, second.id]
    _, view = (await desk.told())[0]
    assert line(view, "completion.asked").values["who"].values["name"] == "城管局联络员"
    assert [[b.action for b in row] for row in view.rows] == [
        ["task.complete", "task.return"],
        ["task.evidence", "task.sources"],
    ]
    assert (
        await completion.review(turn_for(desk.session, second, **desk.at), world.task_id)
    ).lines == view.lines
    assert await desk.events() == [("report", None), ("submit_for_completion", None)]


async def test_the_office_finds_what_waits_for_it(desk: Desk, world: World, roster: Roster) -> None:
    """It is listed even when the message about it is far up in the chat."""
    await roster.task(world.other_unit, "整治背街小巷", date(2026, 12, 16))

    async def listed(actor: Actor, **what: Any) -> View:
        return await task_lists.list_view(turn_for(desk.session, actor, **desk.at), **what)

    assert keys(await listed(world.office, waits=AwaitedAnswer.SUBMITTED)) == ["tasks.none_waits.submitted"]
    await desk.submit(world.responsible)
    (waiting, _) = (await listed(world.office)).rows[-1]
    assert waiting.label.values["count"] == 1
    view = await listed(world.office, waits=AwaitedAnswer(waiting.arguments["waits"]))
    assert [line.values["objective"] for line in view.lines[1:]] == ["清理违规广告牌匾"]
    assert not buttons(await listed(world.responsible), "task.list")


async def test_who_may_ask_for_completion(desk: Desk, world: World, roster: Roster) -> None:
    shared = await roster.task(world.unit, "清理野广告", date(2026, 12, 20), assisting=(world.other_unit,))
    helper = await access.actor_of(desk.session, world.other_liaison.contact)
    helping = completion.ask(turn_for(desk.session, helper, **desk.at), shared.id or 0)
    assert await refused(helping) == "tasks.lead_unit_submits"
    assert not buttons(
        await task_card.card(turn_for(desk.session, helper, **desk.at), shared.id or 0), "task.submit"
    )
    for actor, key in (
        (world.leader, "tasks.not_yours_to_report"),
        (world.office, "tasks.not_yours_to_report"),
        (world.other_liaison, "tasks.not_yours"),
    ):
        assert await refused(desk.ask(actor)) == key
        assert await refused(desk.submit(actor, 0)) == key
    assert world.task.state is TaskState.ASSIGNED


async def test_submitted_twice(desk: Desk, world: World) -> None:
    first = await desk.submit(world.responsible)
    again = [
        await desk.submit(world.liaison, 0),
        await desk.submit(world.liaison),
        await desk.ask(world.liaison),
    ]
    assert first.done
    assert [(outcome.done, said(outcome).key) for outcome in again] == [(False, "completion.present_by")] * 3
    assert said(again[0]).values["who"].values["name"] == "城管局责任人"
    assert await desk.who_was_told("completion.request_title") == [world.office.id]


async def test_a_report_leaves_it_submitted(desk: Desk, talk: Talk, world: World) -> None:
    await desk.submit(world.responsible)
    await talk.report("今天清理违规广告牌匾12处", about=[world.task_id])
    assert world.task.state is TaskState.SUBMITTED
    assert (await desk.decide(TaskEvent.COMPLETE, seen=await desk.seen())).done


# -- 撤回申请 ------------------------------------------------------------------------------------------


async def withdraw(desk: Desk, actor: Actor, seen: int | None = None) -> TurnOutcome:
    seen = await desk.seen() if seen is None else seen
    return await completion.withdraw(turn_for(desk.session, actor, **desk.at), desk.world.task_id, seen)


async def test_it_is_as_before_and_the_nags_go_on(desk: Desk, world: World) -> None:
    await desk.submit(world.responsible)
    assert world.task.next_nag_at is None
    later = replace(desk, now=desk.now + timedelta(hours=1))
    card = await later.card(world.responsible)
    (pressed,) = buttons(card, "task.withdraw")
    outcome = await withdraw(later, world.responsible, pressed.arguments["seen"])
    assert (outcome.done, said(outcome).key) == (True, "completion.withdrawn")
    assert world.task.state is TaskState.ASSIGNED
    assert world.task.next_nag_at == later.now, "the next scan looks at it"
    assert buttons(outcome.view, "task.submit")
    assert not buttons(outcome.view, "task.withdraw")
    assert [event for event, _ in await desk.events()] == ["submit_for_completion", "withdraw"]
    assert (await desk.submit(world.responsible)).done, "it can be submitted again"


@pytest.mark.parametrize("before", SUBMITTED_FROM)
async def test_each_state_comes_back(desk: Desk, world: World, talk: Talk, before: TaskState) -> None:
    turn = turn_for(desk.session, world.responsible, **desk.at)
    match before:
        case TaskState.ACKNOWLEDGED:
            await completion.sign(turn, world.task_id)
        case TaskState.IN_PROGRESS:
            await talk.report("今天清理违规广告牌匾12处", about=[world.task_id])
        case TaskState.RETURNED:
            await desk.submit(world.responsible)
            await desk.decide(TaskEvent.RETURN, "佐证不足")
    assert world.task.state is before
    reason = world.task.return_reason
    await desk.submit(world.responsible)
    assert world.task.return_reason is None
    assert (await withdraw(desk, world.responsible)).done
    assert (world.task.state, world.task.return_reason) == (before, reason)
    assert reason == ("佐证不足" if before is TaskState.RETURNED else None)


async def test_what_came_meanwhile_counts(desk: Desk, world: World, talk: Talk) -> None:
    await desk.submit(world.responsible)
    await talk.report("今天清理违规广告牌匾12处", about=[world.task_id])
    await withdraw(desk, world.responsible)
    assert world.task.state is TaskState.IN_PROGRESS, "a report implies 签收"


async def test_who_takes_it_over_meanwhile_signs_for_it(
    desk: Desk, world: World, talk: Talk, roster: Roster
) -> None:
    await talk.report("今天清理违规广告牌匾12处", about=[world.task_id])
    await desk.submit(world.liaison)
    turn = turn_for(desk.session, world.office, **desk.at)
    new = await roster.contact(world.unit, "新责任人", Role.RESPONSIBLE_PERSON)
    await reassign.move_tasks(turn, [world.task_id], ident(new))
    assert (await withdraw(desk, world.liaison)).done, "it was still submitted"
    assert world.task.state is TaskState.ASSIGNED


async def test_only_who_submitted_it_withdraws_it(desk: Desk, world: World) -> None:
    await desk.submit(world.liaison)
    assert buttons(await desk.card(world.liaison), "task.withdraw")
    assert not buttons(await desk.card(world.responsible), "task.withdraw")
    assert not buttons(await desk.card(world.office), "task.withdraw")
    assert await refused(withdraw(desk, world.responsible)) == "completion.withdraws_own"
    assert await refused(withdraw(desk, world.office)) == "tasks.not_yours_to_report"
    assert world.task.state is TaskState.SUBMITTED


async def test_the_office_reads_that_it_was_withdrawn(desk: Desk, world: World) -> None:
    await desk.submit(world.responsible)
    seen, figures = await desk.seen(), await desk.figures()
    await withdraw(desk, world.responsible)
    for event, reason in ((TaskEvent.COMPLETE, None), (TaskEvent.RETURN, "数据不符")):
        late = await desk.decide(event, reason, seen=seen, figures=figures)
        assert (late.done, said(late).key) == (False, "completion.present_withdrawn")
        assert said(late).values["who"].values["name"] == "城管局责任人"
    assert world.task.state is TaskState.ASSIGNED
    assert (await desk.decide(TaskEvent.COMPLETE)).done, "it may still be closed directly"


async def test_withdrawn_too_late_or_twice(desk: Desk, world: World) -> None:
    assert not (await withdraw(desk, world.responsible, 0)).done, "nothing was submitted"
    await desk.submit(world.responsible)
    first = await desk.seen()
    await desk.decide(TaskEvent.RETURN, "数据不符")
    late = await withdraw(desk, world.responsible, first)
    assert (late.done, said(late).key) == (False, "completion.present_by")
    await desk.submit(world.responsible)
    old = await withdraw(desk, world.responsible, first)
    assert not old.done, "the button of the first submission does not withdraw the second"
    assert (await withdraw(desk, world.responsible)).done
    assert not (await withdraw(desk, world.responsible)).done


# -- 退回 ----------------------------------------------------------------------------------------------


async def test_returned_with_a_reason(desk: Desk, world: World) -> None:
    await desk.submit(world.liaison)
    asked = await task_decisions.ask(
        turn_for(desk.session, world.office, **desk.at), world.task_id, TaskEvent.RETURN, await desk.seen()
    )
    assert "completion.request_title" in keys(asked.view), "what is returned stays before their eyes"
    quick = [b.arguments["reason"] for b in buttons(asked.view, "task.return_for")]
    assert quick == ["no_evidence", "wrong_figures", "below_standard"]
    reason = reasons.named_reason(f"completion.reason.{quick[0]}", desk.campaign)
    outcome = await desk.decide(TaskEvent.RETURN, reason)
    assert said(outcome).key == "completion.done_return"
    assert (world.task.state, world.task.return_reason) == (TaskState.RETURNED, "佐证不足")
    assert (await desk.events())[-1] == ("return", "佐证不足")
    both = sorted([world.liaison.id, world.responsible.id])
    assert await desk.who_was_told("completion.told_return") == both
    _, view = (await desk.told())[-1]
    assert line(view, "completion.reason_line").values["reason"] == "佐证不足"
    assert line(await desk.card(world.leader), "tasks.card.return_reason").values["value"] == "佐证不足"


async def test_the_reason_stands_until_it_is_submitted_again(desk: Desk, talk: Talk, world: World) -> None:
    await desk.submit(world.responsible)
    await desk.decide(TaskEvent.RETURN, "数据不符")
    await talk.report("今天清理违规广告牌匾12处", about=[world.task_id])
    assert world.task.state is TaskState.IN_PROGRESS
    assert "tasks.card.return_reason" in keys(await desk.card(world.responsible))
    await desk.submit(world.responsible)
    assert "tasks.card.return_reason" not in keys(await desk.card(world.responsible))
    assert await desk.who_was_told("completion.request_title") == [world.office.id] * 2


async def test_who_hears_of_a_return_when_nobody_named_can(desk: Desk, world: World) -> None:
    await desk.submit(world.responsible)
    world.responsible.contact.state = ContactState.UNREACHABLE
    await desk.decide(TaskEvent.RETURN, "未达到标准")
    assert await desk.who_was_told("completion.told_return") == [world.liaison.id]


async def test_the_office_learns_that_nobody_could_be_told(desk: Desk, world: World) -> None:
    await desk.submit(world.responsible)
    for contact in (world.responsible.contact, world.liaison.contact):
        contact.state = ContactState.UNREACHABLE
    outcome = await desk.decide(TaskEvent.RETURN, "未达到标准")
    assert keys(outcome.view)[0] == "completion.nobody_told"
    world.liaison.contact.state = ContactState.ENROLLED
    assert "completion.nobody_told" not in keys((await desk.decide(TaskEvent.COMPLETE)).view)


async def test_nobody_who_asked_is_named_where_nobody_did(desk: Desk, world: World) -> None:
    for contact in (world.responsible.contact, world.liaison.contact):
        contact.state = ContactState.UNREACHABLE
    outcome = await desk.decide(TaskEvent.CANCEL, "任务调整")
    assert plain(outcome.view.lines[0]) == "⚠️ 责任人和联络员目前都收不到通知，请另行告知。"


async def test_who_hears_of_a_return_when_the_task_has_gone_to_others(
    desk: Desk, world: World, roster: Roster
) -> None:
    """The person who asked for completion gave the task away, and does not get the message.

    The message must still reach somebody.
    """
    await desk.submit(world.responsible)
    new = await roster.contact(world.other_unit, "未绑定的人", Role.RESPONSIBLE_PERSON, enrolled=False)
    await reassign.move_tasks(turn_for(desk.session, world.office, **desk.at), [world.task_id], new.id or 0)
    assert world.task.state is TaskState.SUBMITTED
    await desk.decide(TaskEvent.RETURN, "未达到标准")
    assert await desk.who_was_told("completion.told_return") == [world.other_liaison.id]


async def test_a_reason_in_words(desk: Desk, world: World) -> None:
    await desk.submit(world.responsible)
    turn = turn_for(desk.session, world.office, **desk.at)
    where = (turn, world.task_id, TaskEvent.RETURN, await desk.seen())
    figures = await desk.figures()

    def answer(words: str) -> Any:
        return task_decisions.answer(*where, words, figures=figures)

    assert await refused(answer("字" * 301)) == "completion.reason_too_long"
    assert await refused(answer("\u200b \u2060")) == "completion.reason_invisible"
    assert (await answer("照片  看不清\n门牌")).done
    assert world.task.return_reason == "照片 看不清 门牌"


# -- 办结 ----------------------------------------------------------------------------------------------


async def test_completed_and_everybody_concerned_told_once(desk: Desk, world: World, roster: Roster) -> None:
    other = await roster.actor(world.unit, "城管局第二联络员", Role.LIAISON)
    await desk.submit(world.liaison)
    outcome = await desk.decide(TaskEvent.COMPLETE)
    assert outcome.done
    assert (world.task.completed_at, world.task.completed_by) == (desk.now, world.office.id)
    expected = sorted([world.liaison.id, world.responsible.id, other.id])
    assert await desk.who_was_told("completion.told_complete") == expected
    assert line(outcome.view, "tasks.card.state").values["value"].values["state"].key.endswith("completed")


async def test_completed_directly(desk: Desk, world: World) -> None:
    assert (await desk.decide(TaskEvent.COMPLETE)).done
    assert world.task.state is TaskState.COMPLETED
    told = await desk.who_was_told("completion.told_complete")
    assert told == sorted([world.liaison.id, world.responsible.id])


async def test_a_message_about_an_earlier_submission_decides_nothing(
    desk: Desk, world: World, roster: Roster
) -> None:
    """The task was returned and submitted again: the old message does not show what would be completed."""
    second = await roster.actor(world.office.unit, "创城办第二人", Role.OFFICE)
    await desk.submit(world.responsible)
    (old,) = buttons((await desk.told())[0][1], "task.complete")
    await desk.decide(TaskEvent.RETURN, "数据不符", by=second)
    await desk.submit(world.responsible)
    late = await desk.decide(TaskEvent.COMPLETE, seen=old.arguments["seen"])
    assert not late.done
    assert said(late).values["state"].key == "common.task_state.submitted"
    assert world.task.state is TaskState.SUBMITTED
    (fresh,) = buttons(late.view, "task.complete")
    assert (await desk.decide(TaskEvent.COMPLETE, seen=fresh.arguments["seen"])).done


async def test_other_figures_than_were_shown_are_shown_first(desk: Desk, world: World, talk: Talk) -> None:
    """The author corrects the report after the office got it: nothing is decided on the old number."""
    await talk.report("今天清理违规广告牌匾120处", message_id=7)
    await desk.submit(world.responsible)
    seen = await desk.seen()
    (old,) = buttons((await desk.told())[0][1], "task.complete")
    await talk.correct(7, "今天清理违规广告牌匾12处")
    late = await desk.decide(TaskEvent.COMPLETE, seen=seen, figures=old.arguments["figures"])
    assert (late.done, said(late).key) == (False, "completion.other_figures")
    assert world.task.state is TaskState.SUBMITTED
    assert line(late.view, "tasks.card.figure").values["total"].values["grouped"] == "12"
    (fresh,) = buttons(late.view, "task.complete")
    assert (await desk.decide(TaskEvent.COMPLETE, seen=seen, figures=fresh.arguments["figures"])).done


@pytest.mark.parametrize("event", [TaskEvent.COMPLETE, TaskEvent.RETURN])
async def test_new_and_withdrawn_figures_are_other_ones(
    desk: Desk, world: World, talk: Talk, event: TaskEvent
) -> None:
    await talk.report("今天清理违规广告牌匾12处")
    await desk.submit(world.responsible)

    async def figures() -> str:
        view = await completion.review(turn_for(desk.session, world.office, **desk.at), world.task_id)
        return str(buttons(view, "task.complete")[0].arguments["figures"])

    before = await figures()
    await talk.report("今天清理违规广告牌匾9处", about=[world.task_id])
    assert said(await desk.decide(event, "佐证不足", figures=before)).key == "completion.other_figures"
    await talk.withdraw(await talk.undo())
    assert await figures() == before, "they are what they were"
    await talk.withdraw(await talk.undo())
    assert said(await desk.decide(event, "佐证不足", figures=before)).key == "completion.other_figures"
    assert world.task.state is TaskState.SUBMITTED
    assert (await desk.decide(event, "佐证不足", figures=await figures())).done


async def test_what_leaves_the_figures_alone_is_no_reason_to_ask_again(
    desk: Desk, world: World, talk: Talk
) -> None:
    await talk.report("今天清理违规广告牌匾12处", message_id=7)
    await desk.submit(world.responsible)
    (old,) = buttons((await desk.told())[0][1], "task.complete")
    await talk.correct(7, "今天在东风路清理违规广告牌匾12处")
    await talk.report("正在巡查", photo("a"), about=[world.task_id])
    assert (await desk.decide(TaskEvent.COMPLETE, figures=old.arguments["figures"])).done


async def test_a_reason_is_given_for_the_figures_that_were_shown_with_the_question(
    desk: Desk, world: World, talk: Talk
) -> None:
    await talk.report("今天清理违规广告牌匾120处", message_id=7)
    await desk.submit(world.responsible)
    asked = await desk.ask_why(TaskEvent.RETURN)
    (wrong, *_) = buttons(asked.view, "task.return_for")
    (write,) = buttons(asked.view, "task.write_reason")
    assert wrong.arguments["figures"] == write.arguments["figures"]
    await talk.correct(7, "今天清理违规广告牌匾12处")
    figures = write.arguments["figures"]
    turn = turn_for(desk.session, world.office, **desk.at)
    where = (turn, world.task_id, TaskEvent.RETURN, await desk.seen())
    late = await task_decisions.answer(*where, "数字不对", figures=figures)
    assert said(late).key == "completion.other_figures"
    again = buttons((await desk.ask_why(TaskEvent.RETURN)).view, "task.write_reason")[0].arguments["figures"]
    assert (await task_decisions.answer(*where, "数字不对", figures=again)).done


async def test_the_second_hears_who_was_first(desk: Desk, world: World, roster: Roster) -> None:
    second = await roster.actor(world.office.unit, "创城办第二人", Role.OFFICE)
    await desk.submit(world.responsible)
    seen = await desk.seen()
    await desk.decide(TaskEvent.COMPLETE, seen=seen)
    before = (await desk.events(), len(await desk.told()))
    for late in (
        await desk.decide(TaskEvent.RETURN, "佐证不足", seen=seen, by=second),
        await desk.decide(TaskEvent.COMPLETE, seen=seen, by=second),
        await task_decisions.ask(
            turn_for(desk.session, second, **desk.at), world.task_id, TaskEvent.RETURN, seen
        ),
        await task_decisions.ask_cancel(
            turn_for(desk.session, second, **desk.at), world.task_id, seen, "任务调整"
        ),
        await task_decisions.ask_in_words(
            turn_for(desk.session, second, **desk.at), world.task_id, TaskEvent.CANCEL, seen
        ),
    ):
        assert not late.done
        assert said(late).key == "completion.present_by"
        assert said(late).values["who"].values["name"] == "创城办工作人员"
        assert buttons(late.view, "task.reopen"), "the card as it is now"
    assert (await desk.events(), len(await desk.told())) == before
    assert world.task.return_reason is None


async def test_only_the_office_decides(desk: Desk, world: World) -> None:
    await desk.submit(world.responsible)
    seen = await desk.seen()
    for actor in (world.responsible, world.liaison, world.leader):
        for event, reason in (
            (TaskEvent.COMPLETE, None),
            (TaskEvent.RETURN, "佐证不足"),
            (TaskEvent.CANCEL, "任务调整"),
            (TaskEvent.REOPEN, None),
        ):
            step = desk.decide(event, reason, seen=seen, by=actor)
            assert await refused(step) == "tasks.office_only"
        assert await refused(completion.review(turn_for(desk.session, actor, **desk.at), world.task_id)) == (
            "tasks.office_only"
        )
    stranger = desk.decide(TaskEvent.COMPLETE, seen=seen, by=world.other_liaison)
    assert await refused(stranger) == "tasks.not_yours"
    assert world.task.state is TaskState.SUBMITTED


# -- 复开, 取消 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", [None, "群众反映反弹"])
async def test_reopened_with_and_without_a_reason(desk: Desk, world: World, reason: str | None) -> None:
    await desk.decide(TaskEvent.COMPLETE)
    assert (await desk.decide(TaskEvent.REOPEN, reason)).done
    assert world.task.state is TaskState.IN_PROGRESS
    assert (world.task.completed_at, world.task.completed_by) == (None, None)
    assert (await desk.events())[-1] == ("reopen", reason)
    _, view = (await desk.told())[-1]
    assert ("completion.reason_line" in keys(view)) is (reason is not None)


async def test_cancelled_for_good(desk: Desk, world: World) -> None:
    asked = await task_decisions.answer(
        turn_for(desk.session, world.office, **desk.at), world.task_id, TaskEvent.CANCEL, 0, "与另一项重复"
    )
    assert await desk.events() == [], "it is asked once more"
    (confirm,) = buttons(asked.view, "task.cancel_now")
    assert confirm.arguments["reason"] == "与另一项重复"
    assert (await desk.decide(TaskEvent.CANCEL, confirm.arguments["reason"])).done
    assert world.task.state is TaskState.CANCELLED
    assert world.task.next_nag_at is None
    assert not (await desk.decide(TaskEvent.REOPEN)).done
    assert await desk.who_was_told("completion.told_cancel") == sorted(
        [world.liaison.id, world.responsible.id]
    )


@pytest.mark.parametrize("event", [TaskEvent.RETURN, TaskEvent.CANCEL])
async def test_neither_without_a_reason(desk: Desk, world: World, event: TaskEvent) -> None:
    await desk.submit(world.responsible)
    with pytest.raises(ValueError, match="reason"):
        await desk.decide(event)


# -- nags ----------------------------------------------------------------------------------------------


async def nagged(session: Session, at: datetime, campaign: Campaign) -> list[str]:
    told = await nags.tick(tick_for(session, at, campaign))
    return [str(planned.recipient.values["name"]) for planned in told if "task" in planned.subjects]


async def test_no_nags_while_the_office_has_it(
    desk: Desk, session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    desk.now = local(12, 15, 8, 50)
    await desk.submit(world.responsible)
    assert await nagged(session, local(12, 18, 9), campaign) == []
    assert await nagged(session, local(12, 21, 9), campaign) == []
    desk.now = local(12, 21, 10)
    await desk.decide(TaskEvent.RETURN, "佐证不足")
    assert await nagged(session, local(12, 21, 10), campaign) == [], "today's slot is not made up for"
    assert await nagged(session, local(12, 22, 9), campaign) == ["城管局责任人"]
    assert await nagged(session, local(12, 23, 9), campaign) == ["城管局责任人", "城管局分管领导"]


async def test_a_nag_on_its_way_is_withdrawn(
    desk: Desk, session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    world.task.state = TaskState.ACKNOWLEDGED
    assert await nagged(session, local(12, 18, 9), campaign) == ["城管局责任人"]
    (row,) = (await session.exec(select(Outbox).where(Outbox.kind == MessageKind.NAG))).all()
    assert await rendering.render(tick_for(session, local(12, 18, 9, 1), campaign), row) is not None
    desk.now = local(12, 18, 9, 1)
    await desk.submit(world.responsible)
    assert await rendering.render(tick_for(session, local(12, 18, 9, 2), campaign), row) is None


async def test_the_rehearsal_leaves_the_submitted_out(
    desk: Desk, session: Session, world: World, local: Local, campaign: Campaign
) -> None:
    world.task.state = TaskState.ACKNOWLEDGED

    async def rehearsed() -> list[str]:
        rolled_back = await session.begin_nested()
        told = await rehearsal.rehearse(tick_for(session, desk.now, campaign), at=local(12, 18, 9))
        await rolled_back.rollback()
        await session.refresh(world.task)
        return [planned.slot for planned in told]

    assert await rehearsed() == ["2026-12-18/nag", "2026-12-18/nag-office"]
    await desk.submit(world.responsible)
    assert await rehearsed() == []


# -- 查看佐证 ------------------------------------------------------------------------------------------


async def test_the_evidence_that_counts(desk: Desk, talk: Talk, world: World) -> None:
    first = await talk.report("今天清理违规广告牌匾12处", photo("a"), photo("b"))
    second = await talk.report("今天清理违规广告牌匾30处", photo("c"))
    withdrawn = await talk.report("今天清理违规广告牌匾5处", photo("d"))
    withdrawn.withdrawn = True
    first.revision = 2
    talk.session.add(
        Evidence(
            report_id=first.id or 0, revision=2, kind=EvidenceKind.PHOTO, file_id="mended", file_unique_id="m"
        )
    )
    view = await completion.evidence(
        turn_for(talk.session, world.leader, campaign=desk.campaign), world.task_id
    )
    assert [(file.kind, file.file_id) for file in view.files] == [("photo", "mended"), ("photo", "file-c")]
    shown = [(line.values["number"], line.values["count"]) for line in view.lines[1:]]
    assert shown == [(first.receipt_no, 1), (second.receipt_no, 1)]
    elsewhere = completion.evidence(
        turn_for(talk.session, world.other_liaison, campaign=desk.campaign), world.task_id
    )
    assert await refused(elsewhere) == "tasks.not_yours"


async def test_only_the_last_of_much_evidence(desk: Desk, talk: Talk, world: World) -> None:
    report = await talk.report("今天清理违规广告牌匾12处", photo("first"))
    talk.session.add_all(
        Evidence(
            report_id=report.id or 0, kind=EvidenceKind.DOCUMENT, file_id=f"f{n}", file_unique_id=f"u{n}"
        )
        for n in range(34)
    )
    view = await completion.evidence(
        turn_for(talk.session, world.office, campaign=desk.campaign), world.task_id
    )
    assert [file.file_id for file in view.files] == [f"f{n}" for n in range(4, 34)]
    assert line(view, "completion.evidence_more").values == {"shown": 30, "earlier": 5}
    assert line(view, "completion.evidence_title").values["count"] == 35


async def test_no_evidence(desk: Desk, world: World) -> None:
    view = await completion.evidence(
        turn_for(desk.session, world.office, campaign=desk.campaign), world.task_id
    )
    assert keys(view) == ["completion.evidence_none"]
