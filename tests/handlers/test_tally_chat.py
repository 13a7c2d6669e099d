"""/tally in the chat: periods and cuts by buttons, and what each number opens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from locales import plain
from reports.papers import PictureCopy
from reports.pictures.picture import DailyPanel
from tests.handlers.conftest import People
from tests.support.chat import Chats
from tests.support.chat import text_of as says


@pytest.fixture(autouse=True)
async def _reported(chats: Chats, people: People) -> None:
    card = await chats.say(people.liaison, "今天清理违规广告牌匾12处")
    await chats.press(people.liaison, card, "确认提交")
    chats.clock.moment += timedelta(minutes=1)


async def test_a_tally_down_to_the_reports_and_back(chats: Chats, people: People) -> None:
    shown = await chats.say(people.office, "/tally")
    assert shown.text.splitlines()[0] == "<b>【创城统计】今日</b> 全区"
    assert "收到报告：1 份" in shown.text
    assert "· 清理违规广告牌匾：12处，累计 12处" in shown.text
    (week,) = await chats.press(people.office, shown, "本周")
    assert "【创城统计】本周" in week.text
    (units,) = await chats.press(people.office, week, "按单位")
    assert "城管局：报告 1 份" in units.text
    (unit,) = await chats.press(people.office, units, next(one for one in units.labels() if "城管局" in one))
    assert unit.text.splitlines()[0] == "<b>【创城统计】本周</b> 城管局"
    (reports,) = await chats.press(people.office, unit, "报告（1）")
    assert "20261215-0001 城管局" in reports.text
    (back,) = await chats.press(people.office, reports, "返回统计")
    assert back.text == unit.text
    (sources,) = await chats.press(people.office, back, "数据来源")
    assert "清理违规广告牌匾 合计 12处" in sources.text
    (whole,) = await chats.press(people.office, back, "查看全部")
    assert whole.text == week.text


async def test_a_unit_sees_its_own_and_words_choose_the_period(chats: Chats, people: People) -> None:
    other = await chats.say(people.other_liaison, "/tally 本周")
    assert other.text.splitlines()[0] == "<b>【创城统计】本周</b> 东风街道"
    assert "收到报告：0 份" in other.text
    own = await chats.say(people.liaison, "/tally 12月1日至12月15日")
    assert "收到报告：1 份" in own.text
    refused = await chats.say(people.liaison, "/tally <b>城管局")
    assert refused.text == says("periods.no_days", html=True, words="<b>城管局", command="/tally")
    assert "创城统计" not in (await chats.say(people.stranger, "/tally")).text


async def test_a_button_draws_the_tally_as_it_was(chats: Chats, people: People) -> None:
    week = await chats.say(people.office, "/tally 本周")
    chats.clock.moment += timedelta(minutes=30)
    (shown,) = await chats.press(people.office, week, "统计图")
    (file,) = shown.files
    assert (shown.text, file.kind, file.name) == ("", "photo", "创城统计_本周_全区_2026-12-15.png")
    assert file.caption is not None
    until = week.text.splitlines()[1].rpartition("—")[2]
    assert plain(file.caption, "zh") == f"创城统计 本周 · 全区（12月14日00:00—{until}）"
    assert isinstance(file.make, PictureCopy)
    panels = [type(panel) for panel in file.make.picture.panels]
    assert panels == [DailyPanel], "nobody has completed anything"
    assert file.make()[:4] == b"\x89PNG"


async def test_where_there_is_nothing_to_draw_a_sentence_says_so(chats: Chats, people: People) -> None:
    past = await chats.say(people.office, "/tally 11月1日至11月5日")
    (shown,) = await chats.press(people.office, past, "统计图")
    assert (shown.text, list(shown.files)) == (says("pictures.nothing"), [])
