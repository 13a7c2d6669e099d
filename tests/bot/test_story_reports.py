"""A report with all its parts, and an assisting unit's report, counted once under its own name."""

from __future__ import annotations

from services.groups import evening_tallies
from tests.bot.town import CONFIRM, TASK, Town, at, one


async def test_an_album_files_progress_a_place_and_another_units_share(town: Town) -> None:
    person, helper, office = town["责任人"], town["协办"], town["组长"]
    group, _ = await town.group("责任人", topics=["每日播报"])
    await town.people.send_media_group(
        person, person, count=4, caption="今天清理违规广告牌匾12处，任务完成40%"
    )
    await town.program.take_in(2)
    assert await town.shown(person) == [], "the album may not be all there yet"
    await town.program.show_albums()
    (card,) = await town.shown(person)
    assert "佐证：2 张图片" in card.text
    (later,) = await town.albums(person)
    assert (later.message_id, later.edited) == (card.message_id, True)
    for number, name in ((1, "台账.txt"), (2, "签到表.txt")):
        await town.people.send_document(person, person, name=name)
        (card,) = await town.news(person)
        assert f"佐证：4 张图片、{number} 个文件" in card.text
    await town.people.send_location(person, person, 37.5, 121.4)
    (card,) = await town.news(person)
    for part in ("佐证：4 张图片、2 个文件", "进度：40%", "位置：37.5", "清理违规广告牌匾 12处"):
        assert part in card.text
    receipt = one(await town.press(person, card, CONFIRM), "【回执】")
    for part in ("佐证：4 张图片、2 个文件", "进度：40%", "本次 12处，各单位累计 12处"):
        assert part in receipt.text

    await town.report(helper, "今天清理违规广告牌匾5处")
    assert one(await town.people.messages(helper), "【回执】", "本次 5处，各单位累计 17处")
    (card,) = await town.press(helper, await town.ask(helper, "/tasks"), TASK)
    assert "报进展" in card.labels
    assert not {"签收", "申请办结", "办结"} & set(card.labels), "those are the lead unit's and the office's"

    (card,) = await town.press(office, await town.ask(office, "/tasks"), TASK)
    for part in ("17处／目标 50处（34%）", "完成进度：40%", "位置：37.5"):
        assert part in card.text
    (sources,) = await town.press(office, card, "数据来源")
    assert "· 20261215-0002 住建局 5处\n· 20261215-0001 城管局 12处" in sources.text
    for unit, count in (("城管局", 12), ("住建局", 5)):
        assert (
            f"· 清理违规广告牌匾 {count}处（累计 {count}处）"
            in (await town.ask(office, f"/unit {unit}")).text
        )
    await town.tick(evening_tallies.tally_tick, at(18))
    tally = one(await town.people.messages(group, sender="bot"), "【创城工作日报】")
    assert "清理违规广告牌匾：今日 17处，累计 17处" in tally.text
    assert "收到报告 2 份" in tally.text


async def test_the_next_day_in_the_form_of_the_last(town: Town) -> None:
    """A person copies the words, fills them in and sends them."""
    person = town["责任人"]
    await town.report(person, "今天清理违规广告牌匾12处、清运垃圾3吨")
    await town.program.look()
    (card,) = await town.press(person, await town.ask(person, "/tasks"), TASK)
    (asked,) = await town.press(person, card, "报进展")
    pressed = await town.people.press(person, person, asked.message_id, "按上次格式报")
    assert pressed.query is None, "the bot is not asked"
    assert pressed.copied == "今天清理违规广告牌匾__处、清运垃圾__吨"
    first, _, rest = pressed.copied.partition("__")
    left = await town.ask(person, f"{first}5{rest}")
    assert "1. 清理违规广告牌匾 5处" in left.text
    assert "2. 清运垃圾" not in left.text, "a blank that was left counts nothing"
    receipt = one(await town.press(person, left, CONFIRM), "【回执】")
    assert "本次 5处，各单位累计 17处" in receipt.text
