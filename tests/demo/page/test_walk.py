"""Each step of the walk is checked off by what really happens, and by nothing less."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from demo.page.district import District
from demo.page.program import ProgramState
from demo.page.walk import CONTACT, INSPECTOR, LEADER, Walk, steps
from demo.sample import data
from locales import Text
from sandbox import speaking
from sandbox.model import Message
from tests.demo.page.small_district import bot_says, small_district

UNIT = data.day().street.mends
RECEIPT = "【回执】20261218-0001\n进展已收到，谢谢。"


@pytest.fixture
def district(tmp_path: Path) -> District:
    found = small_district(tmp_path, (CONTACT, INSPECTOR, LEADER, UNIT))
    found.program.state = ProgramState.RUNNING
    return found


@pytest.fixture
def walk(district: District) -> Walk:
    return Walk(district)


def says(district: District, name: str, text: str) -> None:
    bot_says(district, district.resident(name).id, text)


def writes(district: District, name: str, text: str) -> None:
    user = district.resident(name).id
    speaking.say(district.world, user, user, speaking.text_content(text))


def opens(walk: Walk, chat_id: int) -> None:
    walk.opened(chat_id)
    walk.district.read(walk.district.world.chats[chat_id])


def test_there_are_seven_steps_for_people_of_the_roster() -> None:
    assert len(steps()) == 7
    assert {name for step in steps() for name in step.names} <= set(data.roster().people)


def test_nothing_is_done_at_first(walk: Walk) -> None:
    assert not walk.look()
    assert (walk.done, walk.next_step()) == (set(), "enrol")


def test_nothing_counts_while_the_sample_is_prepared(district: District, walk: Walk) -> None:
    district.preparing = Text("page.preparing.joining", count=1)
    says(district, CONTACT, "⚠️ 请勿在此传输涉密信息和工作秘密。")
    assert not walk.look()


def test_enrolling_signing_reporting(district: District, walk: Walk) -> None:
    says(district, CONTACT, "您好！\n⚠️ 请勿在此传输涉密信息和工作秘密。")
    assert walk.look()
    assert walk.next_step() == "sign"
    says(district, CONTACT, "清理楼道杂物（待签收）")
    assert not walk.look()
    says(district, CONTACT, "清理楼道杂物（已签收）")
    assert walk.look()
    assert walk.next_step() == "report"
    says(district, CONTACT, "请核对后提交")
    assert not walk.look()
    says(district, CONTACT, RECEIPT)
    assert walk.look()
    assert walk.done == {"enrol", "sign", "report"}


def test_the_tally_counts_when_it_is_read_after_six(district: District, walk: Walk) -> None:
    bot_says(district, district.group, "【创城工作日报】12月18日")
    opens(walk, district.group)
    assert not walk.look(), "it is not six o'clock"
    district.world.clock.set(data.day().times["tally"])
    assert walk.look()
    assert walk.done == {"tally"}


def test_a_tally_that_nobody_has_opened_is_not_read(district: District, walk: Walk) -> None:
    district.world.clock.set(data.day().times["tally"] + timedelta(hours=1))
    bot_says(district, district.group, "【创城工作日报】12月18日")
    assert not walk.look()
    opens(walk, district.group)
    bot_says(district, district.group, "【创城工作日报】12月19日")
    assert not walk.look(), "the last one came after they looked"


def test_an_order_counts_only_after_a_photo(district: District, walk: Walk) -> None:
    says(district, UNIT, "【督办单】创城督办〔2026〕1号（1件）")
    opens(walk, district.resident(UNIT).id)
    assert not walk.look()
    inspector = district.resident(INSPECTOR).id
    content = speaking.photo_content(district.world, None, "占道经营")
    speaking.say(district.world, inspector, inspector, content)
    assert walk.look()
    assert walk.done == {"problem"}


def card(district: District) -> Message:
    rows = [[{"text": "✅ 确认提交", "callback_data": "1"}]]
    chat = district.resident(CONTACT).id
    return bot_says(district, chat, "请核对后提交", reply_markup={"inline_keyboard": rows})


def test_a_kill_counts_when_the_open_report_is_received_afterwards(district: District, walk: Walk) -> None:
    says(district, CONTACT, RECEIPT)
    walk.look()
    writes(district, CONTACT, "你好")
    walk.killed()
    says(district, CONTACT, RECEIPT)
    assert not walk.look(), "no card was open when it was killed"
    one = card(district)
    walk.killed()
    district.program.state = ProgramState.KILLED
    assert not walk.look()
    district.program.state = ProgramState.RUNNING
    one.reply_markup = None
    assert not walk.look()
    says(district, CONTACT, RECEIPT)
    assert walk.look()
    assert "kill" in walk.done


def test_who_reports_before_signing_is_not_stuck(district: District, walk: Walk) -> None:
    says(district, CONTACT, RECEIPT)
    assert walk.look()
    assert walk.done == {"sign", "report"}


def test_the_brief_is_read_on_the_leaders_screen(district: District, walk: Walk) -> None:
    says(district, LEADER, "【创城简报】12月18日 全区")
    assert not walk.look()
    opens(walk, district.resident(LEADER).id)
    assert walk.look()
    assert walk.done == {"brief"}
