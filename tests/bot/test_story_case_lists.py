"""Cases that begin in a group, and how each side finds cases: lists, search, figures and the ledger."""

from __future__ import annotations

import io

import openpyxl
import pytest

from models.people import set_roles
from rules.people.roles import Role
from sandbox.shapes import MessageRecord
from services.nags import nag_engine as nags
from tests.bot.streets import (
    CARD,
    CLOSE,
    HEAPS,
    HERE,
    PHOTOS,
    STALLS,
    SUBMIT,
    WALKERS,
    Streets,
    number_in,
    piece,
    streets_in,
)
from tests.bot.town import TASK, Town, at, one
from tests.support.chat import text_of as says

NOBODYS = "@SUM(A1)"


@pytest.fixture
async def streets(town: Town) -> Streets:
    return await streets_in(town)


async def reactions(streets: Streets, said: MessageRecord) -> list[str]:
    (now,) = [m for m in await streets.town.people.messages(said.chat_id) if m.message_id == said.message_id]
    return [emoji for given in now.reactions.values() for emoji in given]


# -- from a group --------------------------------------------------------------------------------------


async def test_from_somebodys_photo_in_a_group(streets: Streets) -> None:
    """The group sees a sign and no card; the bot asks privately, even a person who has a task."""
    town, people = streets.town, streets.town.people
    person, poster, bystander = streets["责任人"], streets["郑路遥"], streets["吴小满"]
    group, thread = await town.group("责任人", "郑路遥", "吴小满", topics=["每日播报"])
    await town.shown(group)
    photo = await people.send_photo(group, poster, caption="路口占道经营，走不过去", thread=thread)
    talk = await people.send_text(group, bystander, "这里天天这样", reply_to=photo.message_id, thread=thread)
    said = await people.send_text(group, person, "/issue", reply_to=photo.message_id, thread=thread)
    card = one(await town.albums(person), piece("issues.card.title"))
    for part in ("类别：街面秩序·占道经营", "问题：路口占道经营，走不过去", "照片等附件：1 个", "郑路遥"):
        assert part in card.text
    assert await town.shown(group) == []
    assert (await reactions(streets, said), await reactions(streets, talk)) == (["👌"], [])
    summary = await streets.locate(person, HERE)
    receipt = one(await town.press(person, summary, SUBMIT), "【回执】")
    number = number_in(receipt)
    news = one(await town.shown(streets["组长"]), piece("cases.new"), number, "城管局 责任人")
    card = await streets.tap(streets["组长"], news, CARD)
    _, shown = await town.press(streets["组长"], card, PHOTOS)
    assert await people.file(shown.file_id or "") == await people.file(photo.file_id or "")

    empty = await people.send_text(group, person, "/issue", thread=thread)
    await town.program.take_in()
    assert one(await town.shown(group), piece("issues.group.reply_to_photo")).reply_to in {
        None,
        empty.message_id,
    }
    assert TASK in (await town.ask(person, "/tasks")).text, "it is no report of their task"


# -- lists, search, figures ----------------------------------------------------------------------------


async def three(streets: Streets) -> list[str]:
    """Make three cases and return their numbers: one is red, one just reported, one closed."""
    town = streets.town
    first = await streets.submit(streets[WALKERS[0]], STALLS, "人民路1号")
    await streets.dispatch(first)
    second = await streets.submit(streets[WALKERS[1]], HEAPS, "建设路2号")
    third = await streets.submit(streets[WALKERS[2]], STALLS, "人民路3号")
    order = await streets.dispatch(third)
    await streets.feed_back(streets["联络员"], order, '=HYPERLINK("http://x")')
    words, *_ = await streets.check(streets["督导员"], third)
    await streets.tap(streets["督导员"], words, CLOSE)
    await town.tick(nags.tick, at(15))
    return [first, second, third]


async def test_who_finds_what_again(streets: Streets) -> None:
    town = streets.town
    numbers = await three(streets)
    expected = {
        "组长": (True, True),
        "督导员": (True, True),
        "联络员": (True, False),
        "分管领导": (True, False),
        "协办": (False, False),
        "吴小满": (False, True),
    }
    for name, (red, new) in expected.items():
        listed = await streets.ask(streets[name], "/orders")
        assert (f"🔴{numbers[0]}" in listed.text, numbers[1] in listed.text) == (red, new), name
        assert numbers[2] not in listed.text, "it is closed"
    assert says("caselist.side.reported") in listed.text, "what they reported themselves comes first"
    of_unit = await streets.tap(streets["吴小满"], listed, says("caselist.side.unit"))
    assert [number in of_unit.text for number in numbers] == [False] * 3
    listed = await streets.ask(streets["组长"], "/orders")
    assert "其中：🔴红 1、未派遣 1" in listed.text
    reds = await streets.tap(streets["组长"], listed, "🔴红 1")
    assert (numbers[0] in reds.text, numbers[1] in reds.text) == (True, False)
    closed = await streets.tap(streets["组长"], reds, "近30天结案 1")
    assert numbers[2] in closed.text

    for words, found in (("1", 0), ("人民路1号", 0), ("建设路", 1), (numbers[2], 2), ("2号", 2)):
        card = await streets.open(streets["组长"], words)
        assert f"案卷 {numbers[found]}" in card.text, words
    several = await streets.open(streets["联络员"], "人民路")
    assert [number in several.text for number in numbers] == [True, False, True]
    nag = one(await town.people.messages(streets["联络员"], sender="bot"), "【督办催办】")
    assert f"案卷 {numbers[0]}" in (await town.ask(streets["联络员"], "/case", to=nag)).text
    todo = await streets.ask(streets["组长"], "/todo")
    for part in ("待立案：1 件", "已超时：1 件", "待提示主要领导：1 件"):
        assert part in todo.text
    assert "待签收：1 件" in (await streets.ask(streets["联络员"], "/todo")).text
    assert (await streets.ask(streets["吴小满"], "/todo")).text == says("desk.nothing")


async def test_figures_are_traced_to_their_cases(streets: Streets) -> None:
    office = streets["组长"]
    numbers = await three(streets)
    figures = await streets.ask(office, "/figures")
    for part in ("立案数：2", "应结案数：2", "结案率：50.00%（1/2）", "按期结案率：50.00%（1/2）"):
        assert part in figures.text
    for part in ("返工率：0.00%", "延期率：0.00%", "平均处置工作时"):
        assert part in figures.text
    behind = await streets.tap(office, figures, "应结已结数 1")
    assert (numbers[0] in behind.text, numbers[2] in behind.text) == (False, True)
    by_unit = await streets.tap(office, behind, says("caselist.back_button"), says("caselist.by.unit"))
    assert "1. 城管局：立案 2，应结案 2，结案率 50.00%" in by_unit.text
    assert piece("caselist.figures_not_yours") in (await streets.ask(streets["协办"], "/figures")).text
    assert "立案数：2" in (await streets.ask(streets["主要领导"], "/figures")).text


async def test_the_ledger(streets: Streets) -> None:
    """The ledger comes as a workbook in the chat that ordered it; none of its cells is a formula."""
    town, office = streets.town, streets["组长"]
    numbers = await three(streets)
    risky = await streets.submit(streets["吴小满"], HEAPS, NOBODYS)
    listed = await streets.ask(office, "/orders")
    await town.people.press(office, office, listed.message_id, says("caselist.ledger_button"))
    shown = await town.work(office)
    assert await town.toast(office) == (says("ledger.ordered"), True)
    assert one(shown, "台账已生成")
    (file,) = [message for message in shown if message.kind == "document"]
    book = openpyxl.load_workbook(io.BytesIO(await town.people.file(file.file_id or "")))
    head, *rows = book["案卷"].iter_rows(values_only=True)
    assert head[:3] == ("案卷号", "类别", "地点")
    assert [row[0] for row in rows] == [*numbers, risky]
    assert rows[2][head.index("状态")] == "已结案"
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    begun = [cell for cell in cells if str(cell.value)[:1] in {"=", "+", "-", "@"}]
    assert {str(cell.value) for cell in begun} == {NOBODYS, '=HYPERLINK("http://x")'}
    assert all(cell.quotePrefix for cell in begun)
    steps = [row for row in book["办理过程"].iter_rows(values_only=True) if row[0] == numbers[2]]
    assert [row[2] for row in steps] == ["上报", "立案", "派遣", "反馈", "核查通过，结案"]


async def test_the_ledger_is_withheld_from_who_has_left_the_office(streets: Streets) -> None:
    """A former member of the office presses the button on a list from before."""
    town, second = streets.town, streets["副组长"]
    listed = await streets.ask(second, "/orders")
    async with town.desk.database.transaction() as session:
        await set_roles(session, town.contacts["副组长"].id or 0, [Role.LIAISON])
    assert await town.press(second, listed, says("caselist.ledger_button")) == []
    assert (await town.toast(second))[1]
    assert await town.work(second) == []
