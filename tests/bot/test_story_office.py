"""The office in the chat: it sees late units, sends a reminder once, and gives a task to another person."""

from __future__ import annotations

from tests.bot.town import SENTENCE, TASK, Town, at, one


async def test_a_reminder_is_previewed_and_sent_once(town: Town) -> None:
    office, second, person, street = (town[name] for name in ("组长", "副组长", "责任人", "街道"))
    town.desk.clock.moment = at(9, 10, day=17)
    found = await town.ask(office, "/find 城管局 广告")
    assert found.labels == [f"1. {TASK}"]
    unit = await town.ask(office, "/unit 城管")
    for part in ("责任人（责任人）已入册", "待签收 1 项，其中已逾期 1 项", "尚未报告过进展"):
        assert part in unit.text
    who = await town.ask(office, "/who")
    assert "未签收任务：2（其中已逾期 2）" in who.text
    (listed,) = await town.press(office, who, "未签收任务（2）")
    assert "清理违规广告牌匾（城管局 责任人，12月15日交办）已逾期" in listed.text
    (preview,) = await town.press(office, listed, "提醒他们")
    assert await town.shown(person) == [], "nothing goes out unseen"

    (sent,) = await town.press(office, preview, "发送（2人）")
    assert "已发出提醒：2 人，2 项任务。" in sent.text
    (reminder,), (other,) = await town.shown(person), await town.shown(street)
    assert reminder.text in preview.text
    assert "整治背街小巷环境" in other.text
    await town.press(office, preview, "发送（2人）", force=True)
    assert "没有重复发送" in (await town.toast(office))[0]
    (menu,) = await town.press(second, await town.ask(second, "/remind"), "未签收（2）")
    assert "目前没有需要发送的提醒。" in menu.text
    await town.press(second, menu, "不发送")
    for chat in (person, street):
        assert await town.shown(chat) == [], "they were asked today already"

    (signed,) = await town.press(person, reminder, "1 签收：清理违规广告牌匾")
    assert "已签收" in signed.text
    card = await town.ask(person, SENTENCE, to=reminder)
    assert f"任务：{TASK}" in card.text
    for command in ("/who", "/remind 城管局", "/unit 城管局", f"/find {TASK}"):
        answer = await town.ask(street, command)
        assert "责任人" not in answer.text, "another unit learns nothing"


async def test_a_task_changes_hands(town: Town) -> None:
    office, person, street = town["组长"], town["责任人"], town["街道"]
    await town.report(person)
    await town.ask(person, "/tasks")
    (card,) = await town.press(office, await town.ask(office, "/find 广告牌匾"), TASK)
    (asked,) = await town.press(office, card, "转派")
    assert "城管局 联络员" in asked.labels
    chosen = await town.ask(office, "东风街道")
    (chosen,) = await town.press(office, chosen, "东风街道")
    (preview,) = await town.press(office, chosen, "东风街道 街道")
    assert "责任单位改为：东风街道" in preview.text
    assert await town.shown(street) == []
    confirmed = await town.ask(office, "职责调整")
    shown = await town.press(office, confirmed, "确认转派")
    assert one(shown, "责任单位：东风街道", "责任人：街道")
    assert one(await town.shown(street), "【任务转派】", TASK, "原责任人：责任人", "说明：职责调整")
    assert one(await town.shown(person), "【任务转出】", TASK)
    await town.press(office, preview, "确认转派", force=True)
    assert await town.shown(street) == [], "confirmed once"

    history = await town.ask(office, "/history 广告牌匾")
    for part in (
        "转派 创城办 组长",
        "责任单位：城管局 → 东风街道",
        "责任人：责任人 → 街道",
        "原因：职责调整",
    ):
        assert part in history.text
    assert "目前没有您名下的在办任务" in (await town.ask(person, "/tasks")).text
    (unit,) = await town.say(office, "/unit 城管局")
    assert "清理违规广告牌匾 12处（累计 12处）" in unit.text, "what was counted stays with who did it"
    listed = await town.ask(street, "/tasks")
    (card,) = await town.press(street, listed, TASK)
    assert "签收" in card.labels
    assert "12处／目标 50处" in card.text

    (asked,) = await town.press(office, await town.ask(office, "/find 广告牌匾"), TASK)
    for label in ("取消任务", "任务调整", "确认取消"):
        (asked,) = await town.press(office, asked, label)
    assert "已取消" in asked.text
    assert one(await town.shown(street), "【取消】", "原因：任务调整")
    assert one(await town.say(street, SENTENCE, to=card), "不再接收进展报告")
