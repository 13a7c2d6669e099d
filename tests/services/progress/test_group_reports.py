"""Reports by replying to the board or the tally in a group."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models import ticks
from models.db import Session
from models.delivery import live_messages
from models.delivery.live_messages import LiveKind
from models.delivery.messages import Outbox
from models.drafts import Draft
from models.groups import GroupChat
from models.progress import Evidence, ProgressReport
from rules.people.roles import Role, Tier
from services import live_updates
from services.access import Actor
from services.campaign import Campaign
from services.drafts import draft_changes
from services.drafts.draft_changes import Addition, EvidenceFile
from services.groups import group_binding
from services.groups.group_binding import GroupScope
from services.message_subjects import MessageSubjects, remember
from services.progress import filing, group_reports, report_card_buttons
from services.progress.group_reports import NOTHING, GroupAnswer, GroupPlace
from services.views import View
from tests.services.conftest import World
from tests.services.progress.talk import buttons, keys, photo, revision
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

GROUP, BOARD, OURS = -1_004_012_345_678, 50, 51


@dataclass
class Group:
    """A bound group in which ``actor`` replies to the board."""

    session: Session
    world: World
    now: datetime
    campaign: Campaign
    said: int = field(default=1000)

    async def bind(self, scope: GroupScope = group_binding.ALL) -> None:
        turn = turn_for(self.session, self.world.office, self.now, self.campaign, chat=GROUP, thread=7)
        await group_binding.bind(turn, title="工作群", scope=scope)
        group = (await self.session.exec(select(GroupChat))).one()
        row = await live_messages.live_message(self.session, LiveKind.BOARD, group.id or 0)
        assert row is not None
        await live_updates.settle(self.session, row, message_ids=[BOARD])

    async def reply(
        self,
        actor: Actor,
        text: str = "",
        *files: EvidenceFile,
        to: int | None = BOARD,
        album: str | None = None,
        arrived_at: datetime | None = None,
    ) -> GroupAnswer:
        self.said += 1
        addition = Addition(text, files, album, self.said, arrived_at=arrived_at)
        return await group_reports.receive(
            turn_for(self.session, actor, self.now, self.campaign), GroupPlace(GROUP, 7, to), addition
        )

    async def reports(self) -> list[tuple[str, int | None, int]]:
        rows = await self.session.exec(select(ProgressReport).order_by(col(ProgressReport.id)))
        return [(row.text, row.task_id, row.unit_id) for row in rows]

    async def promised(self) -> list[tuple[int, str]]:
        """The chat of each promised message, and the key of its first line."""
        rows = await self.session.exec(select(Outbox).order_by(col(Outbox.id)))
        return [(row.chat_id, View.from_json(row.content).lines[0].key) for row in rows]


@pytest.fixture
async def group(session: Session, world: World, now: datetime, campaign: Campaign) -> Group:
    made = Group(session, world, now, campaign)
    await made.bind()
    return made


async def test_what_is_clear_is_filed_at_once(group: Group, world: World, session: Session) -> None:
    """The group sees a reaction, and the receipt comes in private."""
    assert await group.reply(world.responsible, "今天清理违规广告牌匾12处") == GroupAnswer("👌")
    assert await group.reply(world.responsible, "", photo("a")) == GroupAnswer("👍")
    assert await group.reply(world.liaison, "牌匾已全部更换到位") == GroupAnswer("👍")
    answer = await group.reply(world.responsible, "今日无新增")
    assert keys(answer.view) == ["progress.zero.after_reports"]
    assert [text for text, _, _ in await group.reports()] == [
        "今天清理违规广告牌匾12处",
        "",
        "牌匾已全部更换到位",
    ]
    mine = world.responsible.contact.telegram_user_id
    told = await group.promised()
    assert {chat for chat, _ in told} == {mine, world.liaison.contact.telegram_user_id}
    assert {key for _, key in told} == {"progress.receipt.title"}
    assert (await session.exec(select(Draft))).all() == []


async def test_nothing_new_is_filed_at_once(group: Group, world: World) -> None:
    assert await group.reply(world.responsible, "今日无新增") == GroupAnswer("👍")
    assert await group.reply(world.responsible, "今日无新增") == GroupAnswer("👍"), "reported already"
    assert [text for text, _, _ in await group.reports()] == ["今日无新增"]


async def test_a_mode_that_is_only_recalled_is_shown(group: Group, world: World) -> None:
    """What was chosen last time may be wrong today, so it is not filed unseen."""
    person, words = world.responsible, "清理违规广告牌匾{}处"
    await group.reply(person, words.format(100))
    answer = await group.reply(person, words.format(130))
    here = turn_for(group.session, person, group.now, group.campaign, chat=GROUP)
    card = await report_card_buttons.change_figure(here, revision(answer.view), 0, mode="increment")
    await filing.confirm(here, revision(card))
    answer = await group.reply(person, words.format(300))
    assert answer.reaction is None
    assert "progress.card.ask_confirm" in keys(answer.view)


async def test_a_metric_that_is_only_probable_is_shown_once(group: Group, world: World) -> None:
    person = world.responsible
    await group.reply(person, "今天清理违规广告牌匾12处")
    answer = await group.reply(person, "今天清理牌匾3处")
    assert answer.reaction is None
    here = turn_for(group.session, person, group.now, group.campaign, chat=GROUP)
    await filing.confirm(here, revision(answer.view))
    assert await group.reply(person, "今天清理牌匾4处") == GroupAnswer("👌"), "it was confirmed before"


async def test_a_new_metric_beside_one_that_may_be_meant_is_shown(group: Group, world: World) -> None:
    person = world.responsible
    await group.reply(person, "今天清理小广告12处")
    answer = await group.reply(person, "今天清理非法小广告3处")
    assert "progress.card.likely" in keys(answer.view)


async def test_a_number_that_does_not_count_is_shown(group: Group, world: World) -> None:
    answer = await group.reply(world.responsible, "今天清理违规广告牌匾12处，明天计划清理5处")
    assert "progress.card.asides" in keys(answer.view)
    assert await group.reports() == []


async def test_a_reply_about_two_tasks_is_shown(group: Group, world: World, roster: Roster) -> None:
    await roster.task(world.unit, "垃圾日产日清", date(2026, 12, 25), world.responsible.contact)
    answer = await group.reply(world.responsible, "今天清理违规广告牌匾12处，清运垃圾3车")
    assert "progress.card.split_title" in keys(answer.view)
    assert await group.reports() == []


async def test_what_is_in_doubt_gets_a_card_for_them_alone(
    group: Group, world: World, session: Session
) -> None:
    await group.reply(world.responsible, "今天清理违规广告牌匾12处")
    answer = await group.reply(world.responsible, "清理违规广告牌匾30处")
    assert answer.reaction is None
    assert answer.view is not None
    assert "progress.card.ask_mode" in keys(answer.view)
    pressable = {button.only_for for row in answer.view.rows for button in row}
    assert pressable == {world.responsible.id}
    draft = (await session.exec(select(Draft))).one()
    assert (draft.chat_id, draft.thread_id) == (GROUP, 7)
    again = await group.reply(world.responsible, "", photo("a"))
    assert again.reaction is None, "they are being asked"
    turn = turn_for(session, world.responsible, group.now, group.campaign, chat=GROUP)
    card = await report_card_buttons.change_figure(turn, revision(again.view), 0, mode="increment")
    done = await filing.confirm(turn, revision(card))
    assert keys(done) == ["progress.confirmed"]
    assert len(await group.reports()) == 2


@pytest.mark.parametrize("text", ["昨天清理违规广告牌匾12处", "今天清理违规广告牌匾12处"])
async def test_another_day_and_anothers_words_are_shown_first(
    group: Group, world: World, session: Session, text: str
) -> None:
    await ticks.tick_turn(session, "tally", group.now - timedelta(hours=12))
    source = None if "昨天" in text else "某某"
    answer = await group_reports.receive(
        turn_for(session, world.responsible, group.now, group.campaign),
        GroupPlace(GROUP, 7, BOARD),
        Addition(text, message_id=5, source=source),
    )
    assert answer.reaction is None
    assert "progress.card.ask_confirm" in keys(answer.view)


async def test_which_of_several_tasks(group: Group, world: World, roster: Roster, session: Session) -> None:
    other = await roster.task(world.unit, "更新公益广告", date(2026, 12, 31), world.responsible.contact)
    fitting = await group.reply(world.responsible, "公益广告今天更新30幅")
    assert fitting.reaction == "👌"
    assert (await group.reports())[0][1] == other.id
    asked = await group.reply(world.responsible, "今天完成12处")
    assert keys(asked.view) == ["progress.which_task"]
    assert {b.arguments["task_id"] for b in buttons(asked.view, "report.pick")} == {world.task_id, other.id}
    assert len((await session.exec(select(Draft))).all()) == 1


@pytest.mark.parametrize("text", ["收到", "好的，谢谢", "什么时候截止？", "👍"])
async def test_talk_is_no_report(group: Group, world: World, text: str) -> None:
    assert await group.reply(world.responsible, text) == NOTHING
    assert await group.reports() == []
    assert await group.promised() == []


async def test_what_is_said_to_others_is_none_of_ours(group: Group, world: World) -> None:
    for to in (None, 999):
        assert await group.reply(world.responsible, "今天清理违规广告牌匾12处", to=to) == NOTHING
        assert await group.reply(world.responsible, "", photo("a"), to=to, album="x") == NOTHING
    await group_binding.unbind(turn_for(group.session, world.office, group.now, chat=GROUP))
    assert await group.reply(world.responsible, "今天清理违规广告牌匾12处") == NOTHING
    assert await group.promised() == []


async def test_who_has_no_task_there(group: Group, world: World, roster: Roster, session: Session) -> None:
    """A reporter is told in private; the words of a leader or the office are talk."""
    assert await group.reply(world.other_liaison, "今天整治背街小巷3处") == NOTHING
    assert await group.reply(world.leader, "请抓紧推进，今天要见到成效") == NOTHING
    assert await group.reply(world.office, "请各单位今天18点前报告") == NOTHING
    other = world.other_liaison.contact.telegram_user_id
    assert await group.promised() == [(other, "groups.no_task_here")]
    assert await group.reports() == []
    await group.bind(GroupScope(Tier.STREET))
    assert await group.reply(world.responsible, "今天清理违规广告牌匾12处") == NOTHING
    street = await roster.task(world.other_unit, "整治背街小巷环境", None, assisting=(world.unit,))
    await session.flush()
    assert (await group.reply(world.liaison, "今天整治背街小巷3处")).reaction == "👌", "as an assisting unit"
    assert (await group.reports())[-1][1:] == (street.id, world.unit.id)


async def test_a_reply_to_a_card_in_the_group(
    group: Group, world: World, roster: Roster, session: Session
) -> None:
    """People who may report on the task answer a message about it; the words of others are talk."""
    await roster.task(world.unit, "更新公益广告", date(2026, 12, 31), world.responsible.contact)
    await remember(session, GROUP, OURS, MessageSubjects([world.task_id]))
    assert (await group.reply(world.responsible, "今天完成12处", to=OURS)).reaction == "👌"
    assert (await group.reports())[0][1] == world.task_id
    assert await group.reply(world.other_liaison, "今天完成12处", to=OURS) == NOTHING


async def test_an_album(group: Group, world: World, session: Session) -> None:
    """It is filed when it has come in, if nothing is in doubt; otherwise its card is shown.

    One of its parts is a reply.
    """
    at = datetime(2026, 12, 15, 0, 45, tzinfo=group.now.tzinfo)
    first = await group.reply(
        world.responsible, "今天清理违规广告牌匾12处", photo("a"), album="x", arrived_at=at
    )
    second = await group.reply(world.responsible, "", photo("b"), album="x", to=None, arrived_at=at)
    assert (first, second) == (NOTHING, NOTHING)
    draft = (await session.exec(select(Draft))).one()
    due = draft.card_due_at
    assert due == at + draft_changes.CARD_DELAY
    assert draft.id is not None
    when: Any = {"now": group.now, "campaign": group.campaign}
    assert (
        await group_reports.file_due(tick_for(session, **when), draft.id, due - timedelta(seconds=1)) is None
    )
    assert await group_reports.file_due(tick_for(session, **when), draft.id, due) == (GROUP, 1001, "👌")
    assert await group_reports.file_due(tick_for(session, **when), draft.id, due) is None
    assert len(await group.reports()) == 1
    late = await group.reply(world.responsible, "", photo("c"), album="x", to=BOARD, arrived_at=at)
    assert late == GroupAnswer("👍")
    assert len(await group.reports()) == 1, "it belongs to the report"


async def test_a_late_part_need_not_be_a_reply_itself(group: Group, world: World, session: Session) -> None:
    await group.reply(
        world.responsible, "今天清理违规广告牌匾12处", photo("a"), album="x", arrived_at=group.now
    )
    draft = (await session.exec(select(Draft))).one()
    when: Any = {"now": group.now, "campaign": group.campaign}
    assert draft.id is not None
    assert draft.card_due_at is not None
    assert await group_reports.file_due(tick_for(session, **when), draft.id, draft.card_due_at) is not None
    late: Any = {"album": "x", "to": None, "arrived_at": group.now}
    assert await group.reply(world.responsible, "", photo("b"), **late) == GroupAnswer("👍")
    assert list(await session.exec(select(Evidence.file_id))) == ["file-a", "file-b"]
    assert await group.reply(world.liaison, "", photo("c"), **late) == NOTHING, "it is not their album"


async def test_an_album_in_doubt(group: Group, world: World, session: Session) -> None:
    await group.reply(world.responsible, "今天清理违规广告牌匾12处")
    await group.reply(world.responsible, "清理违规广告牌匾30处", photo("a"), album="x", arrived_at=group.now)
    draft = (await session.exec(select(Draft))).one()
    assert draft.id is not None
    assert draft.card_due_at is not None
    when: Any = {"now": group.now, "campaign": group.campaign}
    assert await group_reports.file_due(tick_for(session, **when), draft.id, draft.card_due_at) is None
    assert (await session.exec(select(Draft))).one().card_due_at is not None, "its card is still due"


async def test_what_cannot_be_read(group: Group, world: World) -> None:
    async def told(actor: Actor, to: int | None) -> list[str]:
        view = await group_reports.unreadable(group.session, actor, GroupPlace(GROUP, 7, to))
        return keys(view)

    assert await told(world.responsible, BOARD) == ["groups.unreadable"]
    assert await told(world.responsible, 999) == []
    assert await told(world.responsible, None) == []
    assert await told(world.leader, BOARD) == []


async def test_a_number_far_from_the_usual_is_asked_about(group: Group, world: World) -> None:
    for count in (11, 12, 13):
        said = f"今天清理违规广告牌匾{count}处"
        assert (await group.reply(world.responsible, said)).reaction == "👌"
    answer = await group.reply(world.responsible, "今天清理违规广告牌匾1200处")
    assert answer.reaction is None
    assert answer.view is not None
    assert len(await group.reports()) == 3


async def test_roles_alone_give_no_right(group: Group, world: World, roster: Roster) -> None:
    """A 责任人 of another unit has the same name as ours."""
    twin = await roster.actor(world.other_unit, "城管局责任人", Role.RESPONSIBLE_PERSON)
    assert await group.reply(twin, "今天清理违规广告牌匾12处") == NOTHING
    assert await group.reports() == []
