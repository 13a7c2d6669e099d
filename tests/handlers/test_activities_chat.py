"""/log in the chat: entries from the first words to their correction, who may write, and what is asked."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlmodel import col, select

from models import audit_log
from models.activities import Activity, ActivityFigure, ActivityFile
from models.db import Database
from models.drafts import Draft
from models.progress import ProgressReport
from rules.activities.activity_kinds import ActivityKind
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person, Shown, edit, message, photo, said, update
from tests.support.chat import text_of as says

MEETING = "12月10日召开全区创城动员大会，参加人数320人，下发文件2份"
CONFIRM, CANCEL = says("activities.confirm_button"), says("activities.cancel_button")


class Log:
    """The entries as they stand in the database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def entries(self) -> list[Activity]:
        async with self.database.reading() as session:
            return list((await session.exec(select(Activity).order_by(col(Activity.id)))).all())

    async def figures(self) -> list[ActivityFigure]:
        async with self.database.reading() as session:
            return list((await session.exec(select(ActivityFigure).order_by(col(ActivityFigure.id)))).all())

    async def numbers(self) -> list[tuple[str, Decimal, str]]:
        return [(one.item, one.amount, one.unit) for one in await self.figures()]

    async def files(self) -> list[str]:
        async with self.database.reading() as session:
            return list((await session.exec(select(ActivityFile.file_id))).all())

    async def drafts(self) -> int:
        async with self.database.reading() as session:
            return len((await session.exec(select(Draft.id))).all())

    async def events(self) -> list[tuple[str, int | None]]:
        async with self.database.reading() as session:
            rows = (await session.exec(select(audit_log.Audit).order_by(col(audit_log.Audit.id)))).all()
        return [(row.event, row.actor_id) for row in rows if row.subject_type == "activity"]


@pytest.fixture
def log(database: Database) -> Log:
    return Log(database)


async def press(chats: Chats, person: Person, shown: Shown, label: str) -> Shown:
    (answer,) = await chats.press(person, shown, label)
    return answer


async def record(chats: Chats, person: Person, words: str) -> Shown:
    return await press(chats, person, await chats.say(person, f"/log {words}"), CONFIRM)


async def test_from_one_sentence_to_the_entry(chats: Chats, people: People, log: Log) -> None:
    card = await chats.say(people.office, f"/log {MEETING}")
    assert card.text.splitlines() == [
        "📒 <b>工作纪实</b>（待确认）",
        "日期：2026年12月10日（周四）",
        "类别：会议",
        "单位：创城办",
        "标题：召开全区创城动员大会",
        f"内容：{MEETING}",
        "数量：",
        "1. 参加人数 320人",
        "2. 下发文件 2份",
        says("activities.ask_confirm"),
    ]
    done = await press(chats, people.office, card, CONFIRM)
    assert done.edit
    assert "J20261215-0001" in done.text
    (entry,) = await log.entries()
    assert (entry.kind, entry.day, entry.title) == (
        ActivityKind.MEETING,
        date(2026, 12, 10),
        "召开全区创城动员大会",
    )
    assert entry.text == MEETING
    assert await log.numbers() == [("参加人数", Decimal(320), "人"), ("下发文件", Decimal(2), "份")]
    assert await log.drafts() == 0
    assert [event for event, _ in await log.events()] == ["record"]
    shown = await press(chats, people.office, done, says("activities.open_button"))
    assert "📒 <b>工作纪实 J20261215-0001</b>" in shown.text
    assert "创城办工作人员" in shown.text


async def test_a_second_press_records_nothing(chats: Chats, people: People, log: Log) -> None:
    card = await chats.say(people.office, f"/log {MEETING}")
    await press(chats, people.office, card, CONFIRM)
    await chats.press(people.office, card, CONFIRM)
    assert chats.toasts[-1] == (says("issues.no_draft"), True)
    assert len(await log.entries()) == 1


async def test_a_button_asks_and_words_and_photos_follow(chats: Chats, people: People, log: Log) -> None:
    empty = await chats.say(people.office, "/log")
    assert says("activities.none_yet", html=True) in empty.text
    asked = await press(chats, people.office, empty, says("activities.begin_button"))
    assert asked.text == says("activities.ask_words")
    await chats.say(people.office, "昨天组建文明交通劝导志愿队伍，60余人")
    card = await chats.answer(update("message", message(people.office, photo=photo("a"))))
    assert "附件：1 张图片" in card.text
    assert "类别：队伍" in card.text
    assert "日期：2026年12月14日（周一）" in card.text
    await press(chats, people.office, card, CONFIRM)
    assert await log.files() == ["a-large"]
    assert [(one.amount, one.approx) for one in await log.figures()] == [(Decimal(60), True)]


async def test_a_photo_with_the_command_as_its_caption(chats: Chats, people: People, log: Log) -> None:
    body = message(people.office, photo=photo("a"), caption="/log 12月14日举办读书讲座3场")
    card = await chats.answer(update("message", body))
    await press(chats, people.office, card, CONFIRM)
    (entry,) = await log.entries()
    assert entry.text == "12月14日举办读书讲座3场"
    assert await log.files() == ["a-large"]


async def test_each_field_can_be_changed(chats: Chats, people: People, log: Log) -> None:
    office = people.office
    card = await chats.say(office, "/log 参加人数120人")
    assert "未写日期，按发送当天" in card.text
    days = await press(chats, office, card, says("activities.change.day_button"))
    card = await press(chats, office, days, "12月13日")
    await press(chats, office, card, says("activities.change.day_button"))
    refused = await chats.say(office, "13月40日")
    assert refused.text == says("activities.unreadable_day", words="13月40日")
    card = await chats.say(office, "12月1日")
    assert "日期：2026年12月1日（周二）" in card.text
    kinds = await press(chats, office, card, says("activities.change.kind_button"))
    card = await press(chats, office, kinds, "会议")
    await press(chats, office, card, says("activities.change.title_button"))
    card = await chats.say(office, "创城工作\n第一次调度会")
    assert "标题：创城工作 第一次调度会" in card.text
    await press(chats, office, card, says("activities.change.unit_button"))
    refused = await chats.say(office, "没有的单位")
    assert refused.text == says("activities.no_such_unit", words="没有的单位")
    card = await chats.say(office, "东风街道")
    assert "单位：东风街道" in card.text
    card = await press(chats, office, card, says("activities.drop_button", n=1, item="参加人数"))
    assert "<s>参加人数 120人</s>（不记）" in card.text
    await press(chats, office, card, CONFIRM)
    (entry,) = await log.entries()
    assert (entry.kind, entry.day, entry.title) == (
        ActivityKind.MEETING,
        date(2026, 12, 1),
        "创城工作 第一次调度会",
    )
    assert (entry.unit_id, await log.numbers()) == (people.other_unit.id, [])


async def test_the_words_begin_with_the_unit(chats: Chats, people: People, log: Log) -> None:
    card = await chats.say(people.office, "/log 12月12日，东风街道召开部署会")
    assert "单位：东风街道" in card.text


async def test_a_day_to_come_and_one_that_is_none_are_asked_about(
    chats: Chats, people: People, log: Log
) -> None:
    office = people.office
    card = await chats.say(office, "/log 12月20日召开动员会")
    assert says("activities.ahead") in card.text
    assert CONFIRM not in card.labels()
    card = await press(chats, office, card, CANCEL)
    assert card.text == says("activities.cancelled")
    card = await chats.say(office, "/log 11月31日召开动员会")
    assert says("activities.impossible_day", day="11月31日") in card.text
    assert CONFIRM not in card.labels()
    days = await press(chats, office, card, says("activities.change.day_button"))
    await press(chats, office, await press(chats, office, days, "12月15日"), CONFIRM)
    (entry,) = await log.entries()
    assert entry.day == date(2026, 12, 15)


async def test_today_means_the_day_of_writing(chats: Chats, people: People, log: Log) -> None:
    card = await chats.say(people.office, "/log 今天召开动员会")
    chats.clock.moment += timedelta(days=1)
    await press(chats, people.office, card, CONFIRM)
    (entry,) = await log.entries()
    assert entry.day == date(2026, 12, 15)


async def test_a_number_in_doubt_is_asked_about_first(chats: Chats, people: People, log: Log) -> None:
    office = people.office
    card = await chats.say(office, "/log 12月10日开展宣传活动，发放宣传单三四百份，横幅20")
    assert CONFIRM not in card.labels()
    assert says("activities.ask_numbers") in card.text
    asked = [line for line in card.text.splitlines() if "❓" in line and line[0].isdigit()]
    assert len(asked) == 2
    keep = next(label for label in card.labels() if label.startswith("1. 记入"))
    card = await press(chats, office, card, keep)
    drop = next(label for label in card.labels() if label.startswith("2. 不记"))
    await press(chats, office, await press(chats, office, card, drop), CONFIRM)
    assert [item for item, _, _ in await log.numbers()] == ["发放宣传单"]


async def report(chats: Chats, people: People) -> None:
    card = await chats.say(people.liaison, "今天清理违规广告牌匾12处")
    await chats.press(people.liaison, card, "确认提交")
    chats.clock.moment += timedelta(minutes=1)


async def test_the_same_work_as_a_report_is_asked_about(chats: Chats, people: People, log: Log) -> None:
    await report(chats, people)
    liaison = people.liaison
    card = await chats.say(liaison, "/log 今天开展集中整治行动，清理违规广告牌匾12处，出动40人")
    assert CONFIRM not in card.labels()
    assert "与报告 20261215-0001 的“清理违规广告牌匾 12处”是同一项工作吗？" in card.text
    card = await press(chats, liaison, card, says("activities.same_button", n=1))
    done = await press(chats, liaison, card, CONFIRM)
    figures = {one.item: one for one in await log.figures()}
    assert figures["清理违规广告牌匾"].report_id is not None
    assert figures["清理违规广告牌匾"].refused_to is None
    (other,) = [one for item, one in figures.items() if item != "清理违规广告牌匾"]
    assert (other.report_id, other.refused_to) == (None, None)
    shown = await press(chats, liaison, done, says("activities.open_button"))
    assert "（同一项工作，见报告 20261215-0001）" in shown.text


async def test_a_report_that_comes_later_is_asked_about_on_the_entry(
    chats: Chats, people: People, log: Log
) -> None:
    await record(chats, people.liaison, "今天开展集中整治行动，清理违规广告牌匾12处")
    await report(chats, people)
    shown = await chats.say(people.office, "/log J20261215-0001")
    assert "是同一项工作吗？" in shown.text
    shown = await press(chats, people.office, shown, says("activities.not_same_button", n=1))
    assert "是同一项工作吗？" not in shown.text
    (figure,) = await log.figures()
    assert (figure.report_id, figure.refused_to) == (None, 1)
    assert [event for event, _ in await log.events()] == ["record", "same_work"]


async def test_a_button_from_before_a_correction_answers_for_no_other_number(
    chats: Chats, people: People, log: Log
) -> None:
    """SQLite gives the ids of the numbers that were replaced to the new ones."""
    await record(chats, people.liaison, "今天开展集中整治行动，清理违规广告牌匾12处")
    await report(chats, people)
    asked = await chats.say(people.office, "/log J20261215-0001")
    card = await press(chats, people.office, asked, says("activities.correct_button"))
    await press(chats, people.office, card, says("activities.change.words_button"))
    card = await chats.say(people.office, "今天召开推进会，参加人数350人")
    await press(chats, people.office, card, CONFIRM)
    await chats.press(people.office, asked, says("activities.same_button", n=1))
    (figure,) = await log.figures()
    assert (figure.item, figure.report_id) == ("参加人数", None)


async def test_an_answer_about_a_report_that_was_withdrawn_is_none(
    chats: Chats, people: People, log: Log
) -> None:
    """The next report of that item is asked about, and not taken for refused."""
    await report(chats, people)
    liaison = people.liaison
    card = await chats.say(liaison, "/log 今天开展集中整治行动，清理违规广告牌匾12处")
    card = await press(chats, liaison, card, says("activities.same_button", n=1))
    await press(chats, liaison, card, CONFIRM)
    async with log.database.transaction() as session:
        first = await session.get_one(ProgressReport, 1)
        first.withdrawn = True
        session.add(first)
    shown = await chats.say(people.office, "/log J20261215-0001")
    assert "同一项工作" not in shown.text
    card = await chats.say(liaison, "今天清理违规广告牌匾30处")
    await chats.press(liaison, card, "确认提交")
    shown = await chats.say(people.office, "/log J20261215-0001")
    assert "与报告 20261215-0002 的“清理违规广告牌匾 30处”是同一项工作吗？" in shown.text
    card = await press(chats, people.office, shown, says("activities.correct_button"))
    assert says("activities.ask_numbers") in card.text, "a correction asks, too"


async def test_an_equal_amount_is_asked_about_first(chats: Chats, people: People) -> None:
    for amount in (5, 12):
        card = await chats.say(people.liaison, f"今天清理违规广告牌匾{amount}处")
        await chats.press(people.liaison, card, "确认提交")
        chats.clock.moment += timedelta(minutes=1)
    card = await chats.say(people.liaison, "/log 今天开展集中整治行动，清理违规广告牌匾12处")
    assert "与报告 20261215-0002 的“清理违规广告牌匾 12处”是同一项工作吗？" in card.text


async def test_a_number_that_comes_again_is_asked_about(chats: Chats, people: People, log: Log) -> None:
    words = "/log 上午召开动员会，参加人数50人；下午召开推进会，参加人数50人"
    card = await chats.say(people.office, words)
    assert says("activities.asked.again", line="参加人数 50人") in card.text
    card = await press(chats, people.office, card, says("activities.keep_button", n=2, item="参加人数"))
    done = await press(chats, people.office, card, CONFIRM)
    assert [amount for _, amount, _ in await log.numbers()] == [50, 50]
    entry = await press(chats, people.office, done, says("activities.open_button"))
    card = await press(chats, people.office, entry, says("activities.correct_button"))
    assert CONFIRM in card.labels(), "a correction asks nothing that was answered"


async def test_numbers_that_an_entry_does_not_hold_are_counted(chats: Chats, people: People) -> None:
    words = "，".join(f"第{n}社区发放手册{n}本" for n in range(1, 34))
    card = await chats.say(people.office, f"/log 开展集中宣传，{words}")
    assert says("activities.numbers_left_out", limit=30, count=3) in card.text


async def test_a_number_that_nobody_can_mean_is_named(chats: Chats, people: People) -> None:
    card = await chats.say(people.office, "/log 开展集中宣传，发放手册9999999999999本，参加人数50人")
    assert "发放手册的数字过大，未记入，请核对。" in card.text
    assert "1. 参加人数 50人" in card.text


async def test_a_correction_shows_the_entry_and_changes_it(chats: Chats, people: People, log: Log) -> None:
    office = people.office
    done = await record(chats, office, MEETING)
    entry = await press(chats, office, done, says("activities.open_button"))
    card = await press(chats, office, entry, says("activities.correct_button"))
    assert "📒 <b>更正工作纪实 J20261215-0001</b>（待确认）" in card.text
    assert "1. 参加人数 320人" in card.text
    await press(chats, office, card, says("activities.change.words_button"))
    card = await chats.say(office, "12月9日召开全区创城动员大会，参加人数350人")
    await press(chats, office, card, CONFIRM)
    (changed,) = await log.entries()
    assert (changed.day, changed.revision) == (date(2026, 12, 9), 2)
    assert await log.numbers() == [("参加人数", Decimal(350), "人")]
    async with log.database.reading() as session:
        rows = (await session.exec(select(audit_log.Audit))).all()
    (row,) = [row for row in rows if row.subject_type == "activity" and row.event == "correct"]
    assert (row.before or {})["figures"] == ["参加人数 320人", "下发文件 2份"]
    assert "title" not in (row.before or {})


@pytest.mark.parametrize(
    ("entered", "written", "day"),
    [
        ("12月15日召开动员会", "12月20日召开部署会", date(2026, 12, 20)),
        ("今天召开动员会", "昨天召开部署会", date(2026, 12, 21)),
        ("今天召开动员会", "1月5日召开部署会", date(2026, 1, 5)),
        ("昨天召开动员会", "12月20日召开部署会", date(2026, 12, 20)),
        ("昨天召开动员会", "召开部署会", date(2026, 12, 14)),
        ("召开动员会", "召开部署会", date(2026, 12, 15)),
    ],
)
async def test_the_day_of_words_that_are_corrected_a_week_later(
    chats: Chats, people: People, log: Log, entered: str, written: str, day: date
) -> None:
    office = people.office
    entry = await press(chats, office, await record(chats, office, entered), says("activities.open_button"))
    (before,) = await log.entries()
    chats.clock.moment += timedelta(days=7)
    card = await press(chats, office, entry, says("activities.correct_button"))
    assert f"{before.day.month}月{before.day.day}日" in card.text
    assert "未写日期" not in card.text
    await press(chats, office, card, says("activities.change.words_button"))
    await press(chats, office, await chats.say(office, written), CONFIRM)
    (changed,) = await log.entries()
    assert (changed.text, changed.day) == (written, day)


async def test_in_january_a_correction_of_december_names_its_own_days(
    chats: Chats, people: People, log: Log
) -> None:
    office = people.office
    entry = await press(
        chats, office, await record(chats, office, "今天召开动员会"), says("activities.open_button")
    )
    chats.clock.moment += timedelta(days=22)
    card = await press(chats, office, entry, says("activities.correct_button"))
    await press(chats, office, card, says("activities.change.words_button"))
    card = await chats.say(office, "1月5日召开部署会")
    assert "日期：2027年1月5日" in card.text
    chats.clock.moment += timedelta(days=1)
    await press(chats, office, card, CONFIRM)
    (changed,) = await log.entries()
    assert changed.day == date(2027, 1, 5)


async def test_words_behind_those_of_an_entry_leave_its_day(chats: Chats, people: People, log: Log) -> None:
    office = people.office
    entry = await press(
        chats, office, await record(chats, office, "今天召开动员会"), says("activities.open_button")
    )
    chats.clock.moment += timedelta(days=7)
    await press(chats, office, entry, says("activities.correct_button"))
    card = await chats.say(office, "昨天印发文件2份")
    await press(chats, office, card, CONFIRM)
    (changed,) = await log.entries()
    assert (changed.day, changed.text) == (date(2026, 12, 15), "今天召开动员会\n昨天印发文件2份")


async def test_a_day_that_was_chosen_stays_when_the_words_change(
    chats: Chats, people: People, log: Log
) -> None:
    office = people.office
    card = await chats.say(office, "/log 12月10日召开动员会")
    days = await press(chats, office, card, says("activities.change.day_button"))
    done = await press(chats, office, await press(chats, office, days, "12月11日"), CONFIRM)
    entry = await press(chats, office, done, says("activities.open_button"))
    card = await press(chats, office, entry, says("activities.correct_button"))
    await press(chats, office, card, says("activities.change.words_button"))
    await press(chats, office, await chats.say(office, "12月10日召开动员大会"), CONFIRM)
    assert [one.day for one in await log.entries()] == [date(2026, 12, 11)]


async def test_a_correction_that_was_only_opened_is_in_nobodys_way(
    chats: Chats, people: People, log: Log
) -> None:
    office = people.office
    entry = await press(chats, office, await record(chats, office, MEETING), says("activities.open_button"))
    card = await press(chats, office, entry, says("activities.correct_button"))
    left = await press(chats, office, card, CANCEL)
    assert left.text == says("activities.kept_as_it_is")
    await press(chats, office, entry, says("activities.correct_button"))
    card = await chats.say(office, "/log 12月11日印发创城工作方案")
    assert "待确认" in card.text
    assert "更正" not in card.text.splitlines()[0]
    assert [one.revision for one in await log.entries()] == [1]


async def test_two_officers_correct_at_once(
    chats: Chats, people: People, second_office: Person, log: Log
) -> None:
    entry = await press(
        chats, people.office, await record(chats, people.office, MEETING), says("activities.open_button")
    )
    first = await press(chats, people.office, entry, says("activities.correct_button"))
    shown = await chats.say(second_office, "/log J20261215-0001")
    second = await press(chats, second_office, shown, says("activities.correct_button"))
    kinds = await press(chats, second_office, second, says("activities.change.kind_button"))
    await press(chats, second_office, await press(chats, second_office, kinds, "其他"), CONFIRM)
    refused = await chats.press(people.office, first, CONFIRM)
    assert chats.toasts[-1] == (says("activities.changed_since", number="J20261215-0001"), True)
    assert [one.text for one in refused] == []
    assert [one.kind for one in await log.entries()] == [ActivityKind.OTHER]


async def test_withdrawn_and_restored(chats: Chats, people: People, log: Log) -> None:
    office = people.office
    entry = await press(chats, office, await record(chats, office, MEETING), says("activities.open_button"))
    gone = await press(chats, office, entry, says("activities.withdraw_button"))
    assert says("activities.withdrawn") in gone.text
    listed = await press(chats, office, gone, says("activities.list_button"))
    assert "共0条" in listed.text
    back = await press(chats, office, gone, says("activities.restore_button"))
    assert says("activities.withdrawn") not in back.text
    assert [event for event, _ in await log.events()] == ["record", "withdraw", "restore"]


async def test_lists_by_kind_by_words_and_by_number(chats: Chats, people: People) -> None:
    office = people.office
    await record(chats, office, MEETING)
    await record(chats, office, "12月11日印发《任务分工方案》200份")
    for day in range(1, 11):
        await record(chats, office, f"12月{day}日开展第{day}次志愿服务活动")
    listed = await chats.say(office, "/log")
    assert listed.text.splitlines()[0] == says("activities.list_title", count=12, html=True)
    assert listed.text.splitlines()[1] == "1. 12月11日〔文件〕创城办：印发《任务分工方案》200份"
    second = await press(chats, office, listed, says("tasks.next_button"))
    assert second.text.splitlines()[1].startswith("11. ")
    meetings = await press(chats, office, second, "会议 1")
    assert len(meetings.text.splitlines()) == 2
    whole = await press(chats, office, meetings, says("activities.all_button"))
    assert whole.text == listed.text
    await press(chats, office, whole, says("activities.search_button"))
    found = await chats.say(office, "动员大会")
    assert found.text.splitlines()[0] == says("activities.found_title", words="动员大会", count=1)
    await press(chats, office, whole, says("activities.search_button"))
    assert says("activities.nothing") in (await chats.say(office, "100%")).text
    shown = await chats.say(office, "/log j20261215-0002")
    assert "印发《任务分工方案》200份" in shown.text


async def test_who_may_write_and_read(chats: Chats, people: People, log: Log) -> None:
    await record(chats, people.office, MEETING)
    await record(chats, people.liaison, "12月12日城管局召开部署会")
    for reader in (people.responsible, people.leader, people.inspector):
        listed = await chats.say(reader, "/log")
        assert says("activities.begin_button") not in listed.labels()
    searched = await chats.say(people.responsible, "/log 部署会")
    assert "城管局召开部署会" in searched.text
    assert await log.drafts() == 0
    own = await chats.say(people.other_liaison, "/log")
    assert "共0条" in own.text
    hidden = await chats.say(people.other_liaison, "/log J20261215-0001")
    assert says("activities.nothing") in hidden.text
    card = await chats.say(people.other_liaison, "/log 城管局今天召开会议")
    assert "单位：东风街道" in card.text
    assert says("activities.change.unit_button") not in card.labels()
    theirs = await chats.say(people.liaison, "/log 城管局")
    assert says("issues.finish_first.activity") not in theirs.text


async def test_another_paper_is_finished_first(chats: Chats, people: People, log: Log) -> None:
    await chats.say(people.liaison, "今天清理违规广告牌匾12处")
    refused = await chats.say(people.liaison, "/log 今天召开部署会")
    assert refused.text == says("issues.finish_first.report")
    await chats.say(people.office, "/log 今天召开部署会")
    refused = await chats.say(people.office, "/log 今天召开调度会")
    assert refused.text == says("issues.finish_first.activity")
    await chats.say(people.office, "/cancel")
    assert await log.entries() == []


async def test_an_edited_message_changes_the_entry_that_is_made(
    chats: Chats, people: People, log: Log
) -> None:
    sent = said(people.office, "/log 12月10日召开动员会，参加人数32人")
    await chats.answer(sent)
    changed = edit(sent, text="/log 12月10日召开动员会，参加人数320人")
    await chats.handle(changed)
    (card,) = await chats.cards()
    assert "1. 参加人数 320人" in card.text
    await press(chats, people.office, card, CONFIRM)
    assert await log.numbers() == [("参加人数", Decimal(320), "人")]


async def test_an_entry_that_is_there_already_is_named(chats: Chats, people: People) -> None:
    await record(chats, people.office, MEETING)
    card = await chats.say(people.office, "/log 12月10日召开全区创城动员大会，参加人数320人")
    assert says("activities.alike", number="J20261215-0001") in card.text


async def test_hostile_words_are_shown_as_they_are(chats: Chats, people: People, log: Log) -> None:
    card = await chats.say(people.office, "/log <b>召开会议</b>\u202e，参加人数9999999999999人")
    assert "&lt;b&gt;召开会议&lt;/b&gt;" in card.text
    assert "\u202e" not in card.text
    done = await press(chats, people.office, card, CONFIRM)
    assert "已记入" in done.text
    assert await log.numbers() == []
    long = await chats.say(people.office, "/log " + "开展活动" * 600)
    assert len(long.text) < 4096


async def test_a_place_is_no_entry(chats: Chats, people: People, log: Log) -> None:
    card = await chats.say(people.office, "/log 今天召开部署会")
    where = {"latitude": 30.5, "longitude": 114.3}
    refused = await chats.answer(update("message", message(people.office, location=where)))
    assert refused.text == says("activities.no_place")
    await press(chats, people.office, card, CONFIRM)
    assert len(await log.entries()) == 1
