"""说明原因: who answers for an overdue task says why it is late; who reads it, and until when."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Session, ident
from models.delivery.messages import Outbox
from models.people.absences import Absence
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.delivery import rendering
from services.nags import nag_engine
from services.nags.messages import nag_delivery
from services.tasks import explanations, task_card, task_history
from services.turn import Turn
from services.views import View
from tests.services.conftest import Local, World
from tests.services.progress.talk import buttons, keys, line, refused
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for


@pytest.fixture(autouse=True)
async def _late(session: Session, world: World) -> None:
    """The task has been late since Monday the 14th."""
    world.task.state, world.task.deadline = TaskState.IN_PROGRESS, date(2026, 12, 14)
    await session.flush()


@pytest.fixture
def turn(session: Session, world: World, local: Local) -> Turn:
    """The responsible person on Wednesday the 16th at ten."""
    return turn_for(session, world.responsible, local(12, 16, 10))


async def card(session: Session, reader: Actor, world: World, at: datetime) -> View:
    return await task_card.card(turn_for(session, reader, at), world.task_id)


async def said(session: Session) -> list[str]:
    rows = await session.exec(select(Audit).where(Audit.event == "explain").order_by(col(Audit.id)))
    return [(row.after or {})["reason"] for row in rows]


async def messages(session: Session, at: datetime, campaign: Campaign) -> dict[int | None, str]:
    """What each person reads when the nags of that moment go out."""
    await nag_engine.tick(tick_for(session, at, campaign))
    found = {}
    for row in await session.exec(select(Outbox).where(Outbox.created_at == at)):
        shown = await rendering.render(tick_for(session, at, campaign), row)
        if shown is not None:
            found[row.contact_id] = shown[0].plain("zh")
    return found


async def test_a_reason_by_button_stands_on_the_card_for_everybody(
    session: Session, world: World, turn: Turn, local: Local
) -> None:
    asked = await explanations.start(turn, world.task_id)
    chosen = buttons(asked.view, "explain.decide")
    assert [one.arguments["reason"] for one in chosen] == list(explanations.REASONS)
    outcome = await explanations.decide_for(turn, world.task_id, "others_needed")
    assert outcome.text is not None
    assert outcome.text.key == "explanations.kept"
    assert await said(session) == ["需其他单位配合"]
    for reader in (world.responsible, world.leader, world.office):
        shown = line(await card(session, reader, world, local(12, 16, 11)), "explanations.line")
        assert shown.values["reason"] == "需其他单位配合"
    assert "说明逾期原因" in (await task_history.view(turn, world.task_id)).plain("zh")


async def test_a_written_reason_is_kept_on_one_line_and_the_same_one_once(
    session: Session, world: World, turn: Turn
) -> None:
    for words in ("广告牌  产权单位\n迟迟未拆", "广告牌 产权单位 迟迟未拆", "吊车已约到周五"):
        await explanations.answer(turn, world.task_id, words)
    assert await said(session) == ["广告牌 产权单位 迟迟未拆", "吊车已约到周五"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("车坏了，今天已清理积存垃圾90吨", "kept_number"),
        ("因下雨，预计3天后完成", "kept"),
        ("还差20处，吊车已约到12月20日", "kept"),
    ],
)
async def test_a_number_in_a_reason_is_said_not_to_count(
    world: World, turn: Turn, words: str, told: str
) -> None:
    outcome = await explanations.answer(turn, world.task_id, words)
    assert outcome.text is not None
    assert outcome.text.key == f"explanations.{told}"


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("​ ", "completion.reason_invisible"),
        ("慢" * 301, "completion.reason_too_long"),
    ],
)
async def test_words_that_are_no_reason(
    session: Session, world: World, turn: Turn, words: str, refusal: str
) -> None:
    assert await refused(explanations.answer(turn, world.task_id, words)) == refusal
    assert await said(session) == []


async def test_a_reason_changes_neither_deadline_nor_nags(
    session: Session, world: World, turn: Turn, local: Local, campaign: Campaign
) -> None:
    await explanations.answer(turn, world.task_id, "吊车已约到周五")
    await session.refresh(world.task)
    assert world.task.deadline == date(2026, 12, 14)
    read = await messages(session, local(12, 17, 9), campaign)
    assert "已逾期" in read[world.responsible.id]


async def test_leaders_read_the_reason_beside_the_lateness(
    session: Session, world: World, turn: Turn, local: Local, campaign: Campaign
) -> None:
    await explanations.answer(turn, world.task_id, "吊车已约到周五")
    read = await messages(session, local(12, 17, 9), campaign)  # the third working day after
    assert "原因：吊车已约到周五" in read[world.leader.id]
    assert "原因" not in read[world.responsible.id]


async def test_the_digest_tells_the_office_once(
    session: Session, world: World, turn: Turn, local: Local, campaign: Campaign
) -> None:
    await explanations.answer(turn, world.task_id, "吊车已约到周五")
    first = (await messages(session, local(12, 17, 9), campaign))[world.office.id]
    assert "已说明逾期原因 1 项" in first
    assert "· 清理违规广告牌匾（城管局 城管局责任人）：吊车已约到周五" in first
    assert "说明" not in (await messages(session, local(12, 18, 9), campaign))[world.office.id]


async def test_a_digest_of_many_reasons_names_the_first_five(
    session: Session, world: World, roster: Roster, turn: Turn, local: Local, campaign: Campaign
) -> None:
    for number in range(6):
        person = world.responsible.contact
        task = await roster.task(world.unit, f"任务{number}", date(2026, 12, 14), person)
        task.state = TaskState.IN_PROGRESS
        await session.flush()
        await explanations.answer(turn, task.id or 0, f"原因{number}")
    digest = (await messages(session, local(12, 17, 9), campaign))[world.office.id]
    assert "已说明逾期原因 6 项" in digest
    assert [f"原因{number}" in digest for number in range(6)] == [True] * 5 + [False]
    assert "另有 1 项" in digest


async def test_the_line_of_the_last_nag_is_marked_and_keeps_its_buttons(
    session: Session, world: World, turn: Turn, local: Local, campaign: Campaign
) -> None:
    await messages(session, local(12, 16, 9), campaign)
    row = (await session.exec(select(Outbox).where(Outbox.contact_id == world.responsible.id))).one()
    await explanations.answer(turn, world.task_id, "吊车已约到周五")
    (_, lines, standing), *_ = await nag_delivery.left(turn, row, world.responsible.contact)
    done = await standing.done(row, world.responsible.contact)
    assert {key: text.key for key, text in done.items()} == {(world.task_id, ""): "nags.done.explained"}
    assert [line.subject_id for line in lines] == [world.task_id]


async def test_a_reason_is_over_with_the_deadline_that_it_explained(
    session: Session, world: World, turn: Turn, local: Local
) -> None:
    await explanations.answer(turn, world.task_id, "吊车已约到周五")
    world.task.deadline = date(2026, 12, 18)
    await session.flush()
    for day in (17, 21):
        shown = await card(session, world.responsible, world, local(12, day, 10))
        assert "explanations.line" not in keys(shown)
    assert buttons(shown, "explain.start") != []


@pytest.mark.parametrize("state", [TaskState.SUBMITTED, TaskState.COMPLETED, TaskState.CANCELLED])
async def test_of_a_task_that_is_over_no_reason_is_asked(
    session: Session, world: World, turn: Turn, state: TaskState
) -> None:
    world.task.state = state
    await session.flush()
    for outcome in (
        await explanations.start(turn, world.task_id),
        await explanations.decide_for(turn, world.task_id, "weather"),
        await explanations.answer(turn, world.task_id, "下雨"),
    ):
        assert not outcome.done
        assert outcome.text is not None
        assert outcome.text.key.startswith("completion.present")
    assert await said(session) == []
    assert buttons(await card(session, world.responsible, world, turn.now), "explain.start") == []


async def test_of_a_task_in_time_no_reason_is_asked(session: Session, world: World, turn: Turn) -> None:
    world.task.deadline = date(2026, 12, 16)  # its last day
    await session.flush()
    outcome = await explanations.start(turn, world.task_id)
    assert outcome.text is not None
    assert outcome.text.key == "explanations.not_late"
    assert buttons(await card(session, world.responsible, world, turn.now), "explain.start") == []


async def test_who_may_give_a_reason(session: Session, world: World, roster: Roster, local: Local) -> None:
    """The responsible person, the unit's 联络员 and a deputy may; leader, office and colleagues only read."""
    at = local(12, 16, 10)
    colleague = await roster.actor(world.unit, "城管局同事", Role.RESPONSIBLE_PERSON)
    for number, (reader, may) in enumerate(
        [
            (world.responsible, True),
            (world.liaison, True),
            (world.leader, False),
            (world.office, False),
            (colleague, False),
        ]
    ):
        shown = await card(session, reader, world, at)
        assert bool(buttons(shown, "explain.start")) == may
        step = explanations.answer(turn_for(session, reader, at), world.task_id, f"原因{number}")
        if may:
            assert (await step).done
        else:
            assert await refused(step) == "explanations.not_yours"


async def test_a_stranger_to_the_task_learns_nothing(session: Session, world: World, local: Local) -> None:
    turn = turn_for(session, world.other_liaison, local(12, 16, 10))
    assert await refused(explanations.start(turn, world.task_id)) == "tasks.not_yours"


async def test_a_deputy_gives_it_in_the_place_of_the_person(
    session: Session, world: World, roster: Roster, local: Local
) -> None:
    deputy = await roster.contact(world.other_unit, "代理人", Role.RESPONSIBLE_PERSON)
    session.add(
        Absence(
            contact_id=world.responsible.id,
            deputy_id=ident(deputy),
            first=date(2026, 12, 16),
            last=date(2026, 12, 17),
            made_by=world.responsible.id,
            made_at=local(12, 15, 9),
        )
    )
    await session.flush()
    actor = await actor_of(session, deputy, today=date(2026, 12, 16))
    turn = turn_for(session, actor, local(12, 16, 10))
    await explanations.decide_for(turn, world.task_id, "weather")
    shown = line(await card(session, world.office, world, local(12, 16, 11)), "explanations.line")
    assert "代城管局责任人" in View([shown]).plain("zh")
