"""People send no report, too much, or no sheet: each message gets its answer, and nothing is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.jobs import JobRunner
from tests.bot.town import CONFIRM, SENTENCE, TASK, Town, one
from tests.services.importing.builders import TASK_HEADER, excel_workbook, sheet, task, with_part, workbook
from tests.services.importing.old_office import compound
from tests.support.processes import settings_for

MEGABYTE = 1024 * 1024
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
CHANNEL = {"id": -1_001_000_000_001, "type": "channel", "title": "创城快报"}
QUESTIONS = 4


async def test_whatever_a_contact_sends(town: Town) -> None:
    """All is sent for one report: possible evidence is kept, any other message gets a sentence each time."""
    person, people = town["责任人"], town.people

    async def other(kind: str) -> list[str]:
        await people.send_other(person, person, kind)
        return [one.text for one in await town.news(person)]

    await people.send_photo(person, person, caption="长" * 4_000)
    shown = await town.news(person)
    assert "佐证：1 张图片" in shown[-1].text, "the words may take a message of their own"
    for _ in range(2):
        assert "语音没有计入报告" in one_line(await other("voice"))
        assert "圆形视频没有计入报告" in one_line(await other("video_note"))
    assert "暂不支持这种消息" in one_line(await other("poll"))
    assert await other("poll") == []
    await town.say(person, "/cancel")

    await people.send_document(person, person, name="航拍.zip", size=25 * MEGABYTE)
    await people.send_photo(person, person, caption=" ")
    # The first card comes again as it loses its buttons.
    shown = sorted(await town.news(person), key=lambda one: one.message_id)
    assert ["佐证：1 个文件" in shown[0].text, "佐证：1 张图片、1 个文件" in shown[1].text] == [True, True]
    await people.push_raw_update({"message": channel_post(person)})
    (card,) = await town.news(person)
    assert "（含转发自“创城快报”的内容）" in card.text
    await people.send_media_group(person, person, count=30)
    assert "另有 2 个没有收入" in one(await town.albums(person), "佐证：29 张图片、1 个文件").text
    await people.send_photo(person, person)
    assert "一次报告最多附 30 个文件" in one(await town.news(person)).text
    (asked,) = await town.say(person, "/report")
    receipt = one(await town.press(person, asked, CONFIRM), "【回执】")
    for part in ("佐证：29 张图片、1 个文件", "清理违规广告牌匾：本次 12处"):
        assert part in receipt.text


def one_line(texts: list[str]) -> str:
    (text,) = texts
    return text


def channel_post(to: int) -> dict[str, Any]:
    """A channel's post that ``to`` forwards to the bot, as Telegram describes it."""
    return {
        "message_id": 900,
        "date": 1_797_000_000,
        "chat": {"id": to, "type": "private", "first_name": "责任人"},
        "from": {"id": to, "is_bot": False, "first_name": "责任人"},
        "forward_origin": {"type": "channel", "date": 1_797_000_000, "chat": CHANNEL, "message_id": 1},
        "text": SENTENCE,
    }


def fifty_thousand_rows() -> bytes:
    strings = "".join(f"<si><t>{word}</t></si>" for word in (*TASK_HEADER, *map(str, task().values())))
    header, values = ("".join(f'<c t="s"><v>{n}</v></c>' for n in range(at, at + 12)) for at in (0, 12))
    return excel_workbook(strings, f"<row>{header}</row>" + f"<row>{values}</row>" * 50_000)


def good(objective: str, **more: Any) -> dict[str, Any]:
    return task(目标任务=objective, 责任人="责任人", 分管领导="分管领导", 配合单位=None, **more)


FILES: dict[str, tuple[bytes, str]] = {
    "密码.xlsx": (compound({"EncryptedPackage": b""}), "设有密码"),
    "通知.xlsx": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "请发送 Word 或 Excel 原件"),
    "损坏.xlsx": (sheet(good("x"))[:-200], "文件已损坏"),
    "任务.pdf": (sheet(good("整治占道经营")), "新增 1 项"),
    "公式.xlsx": (
        sheet(good("整治乱停车"), good("整治飞线", 工作标准="=A1&B1")),
        "工作标准是公式，文件中没有保存计算结果",
    ),
    "宏.xlsm": (
        with_part(sheet(good("整治小广告")), "xl/vbaProject.bin", [OLE + bytes(100)]),
        "新增 1 项",
    ),
    "花名册.xlsx": (
        workbook([("单位", "层级", "姓名", "角色"), ("城管局", "部门", "赵新", "责任人")]),
        "人员：新增 1",
    ),
}
"""Each file by its name, with what the bot says about it."""


async def test_whatever_the_office_sends(town: Town) -> None:
    """Seven files at once and one too large: each gets its answer, and the good ones are imported."""
    office, person = town["组长"], town["责任人"]
    await town.people.send_document(office, office, name="航拍.xlsx", size=25 * MEGABYTE)
    assert "“航拍.xlsx”超过 5 MB" in one(await town.news(office)).text
    for name, (data, _) in FILES.items():
        await town.people.send_document(office, office, data, name=name)
    shown = await town.work(office)
    for said in (said for _, said in FILES.values()):
        assert [m.text for m in shown if said in m.text] != [], said
    (returned,) = [m for m in shown if m.kind == "document"]
    head, row = await town.sheet(returned)
    assert (head[-1], row[3]) == ("退回原因", "整治飞线")
    assert "工作标准是公式" in row[-1]

    previews = [m for m in shown if "确认导入" in " ".join(m.labels)]
    assert len(previews) == 4
    for preview in previews:
        await town.press(office, preview, "确认导入")
    done = await town.work(office)
    assert sum("已导入" in m.text for m in done) == 4
    assert "赵新（责任人）未入册" in (await town.ask(office, "/unit 城管局")).text
    orders = await town.shown(person)
    assert ["【任务交办】新交办您 1 项任务" in order.text for order in orders] == [True] * 3
    tasks = await town.ask(person, "/tasks")
    for objective in (TASK, "整治占道经营", "整治乱停车", "整治小广告"):
        assert objective in tasks.text
    await town.press(office, previews[0], "确认导入", force=True)
    assert await town.toast(office) == ("该文件已导入。", False)


async def test_fifty_thousand_rows_hold_up_nobody(
    town: Town, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process of its own reads the rows, while another person reports."""
    for name, value in settings_for(town.desk.telegram, database_url).items():
        monkeypatch.setenv(name, value)
    office, person = town["组长"], town["责任人"]
    await town.people.send_document(office, office, fifty_thousand_rows(), name="任务.xlsx")
    await town.program.take_in()
    desk = town.desk
    runner = JobRunner(desk.database, desk.bot, desk.clock, desk.campaign, desk.sender.wake)
    reading = asyncio.create_task(runner.step())
    for _ in range(QUESTIONS):
        await town.ask(person, "/tasks")
        assert not reading.done(), "it was asked and answered while the file was read"
    assert await reading
    await town.program.look()
    assert "超过 5000 行，请拆分后分次导入" in one(await town.shown(office)).text
