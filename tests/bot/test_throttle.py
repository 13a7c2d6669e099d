"""Strangers are throttled, each by themselves; nobody who is enrolled is, and everybody gets in."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import col, select

from bot.receiving.throttle import Throttle
from locales import Text, plain
from models.delivery.inbox import THROTTLED, Inbox, InboxState
from services.people import enrolment
from tests.bot.town import Town

SLOWER = plain(Text("enrolment.throttled"))
NOT_IN = "您还没有入册"


class Seconds:
    """The loop's clock as the throttle sees it."""

    def __init__(self) -> None:
        self.now = 1000.0


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    clock = Seconds()
    monkeypatch.setattr(Throttle, "_loop_time", lambda _: clock.now)
    return clock


async def write(town: Town, who: int, times: int, text: str = "在吗", chat: int | None = None) -> list[str]:
    """Write so often at once; return what the bot answers in the private chat."""
    for _ in range(times):
        await town.people.send_text(chat or who, who, text)
    return [message.text for message in await town.news(who)]


async def throttled(town: Town) -> Counter[int]:
    """How many updates of each chat are stored as throttled. All others are handled."""
    async with town.desk.database.reading() as session:
        rows = (await session.exec(select(Inbox).order_by(col(Inbox.id)))).all()
    assert {row.state for row in rows} == {InboxState.DONE}
    beyond = [row for row in rows if row.error is not None]
    assert {(row.error, row.done_at is not None, row.attempts) for row in beyond} <= {(THROTTLED, True, 0)}
    return Counter(row.lane for row in beyond)


async def test_one_answer_a_minute_for_what_is_beyond_the_limit(town: Town, seconds: Seconds) -> None:
    who, other = await town.newcomer("路人"), await town.newcomer("路人乙")
    answers = await write(town, who, 10)
    assert len([text for text in answers if NOT_IN in text]) == 10
    assert await write(town, who, 30) == [SLOWER]
    assert await write(town, who, 3) == []
    # Each account has its own limit.
    assert len(await write(town, other, 10)) == 10
    seconds.now += 59
    assert [NOT_IN in text for text in await write(town, who, 9)] == [True] * 4
    seconds.now += 1
    answers = await write(town, who, 3)
    assert (answers.count(SLOWER), len(answers)) == (1, 2)
    assert await throttled(town) == {who: 30 + 3 + 5 + 2}


async def test_who_is_enrolled_is_never_throttled(town: Town, seconds: Seconds) -> None:
    who = town["责任人"]
    assert len(await write(town, who, 25, "/help")) == 25
    assert await throttled(town) == {}


async def test_a_person_in_a_hurry_gets_in(town: Town, seconds: Seconds) -> None:
    """They have written too much before they press 申请加入; their link opens whatever they wrote before."""
    who = await town.newcomer("着急的")
    assert SLOWER in await write(town, who, 15)
    (question,) = await write(town, who, 1, "/join")
    assert "单位名称" in question
    assert await write(town, who, 10, "/join") != []
    seconds.now += 60
    assert "姓名" in (await write(town, who, 1, "城管局"))[-1]

    async with town.desk.database.transaction() as session:
        (made,) = await enrolment.invite(
            session,
            now=town.desk.clock.moment,
            valid_for=timedelta(days=1),
            names=["责任人"],
            again=["责任人"],
        )
    # Both allowances are used up, and the link comes with more words than anybody may write.
    await write(town, who, 15, "/start")
    await write(town, who, 15)
    await town.people.start(who, made.token)
    for _ in range(12):
        await town.people.send_text(who, who, "在吗")
    answers = [message.text for message in await town.news(who)]
    assert "您已入册" in answers[0]
    assert SLOWER not in answers


async def test_an_unknown_link_is_no_way_around_the_limit(town: Town, seconds: Seconds) -> None:
    who = await town.newcomer("猜链接的")
    answers = await write(town, who, 20, "/start GTNc0_CVTtQyJw1EpOleAs8KsXpafUP8")
    assert (len(answers), answers.count(SLOWER)) == (11, 1)


async def test_in_a_group_a_stranger_holds_up_nobody_and_gets_no_answer(town: Town, seconds: Seconds) -> None:
    chat, _ = await town.group("责任人")
    who = await town.newcomer("群友")
    await town.people.set_member(chat, who, "member", by=town["组长"])
    assert await write(town, who, 30, chat=chat) == []
    assert await throttled(town) == {chat: 20}


async def test_what_could_not_be_stored_takes_nothing(
    town: Town, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The poller asks again for what was not stored; a person must not lose their allowance by that."""
    who = await town.newcomer("路人")
    person = {"id": who, "is_bot": False, "first_name": "路人"}
    said = {"date": 0, "chat": {"id": who, "type": "private"}, "from": person, "text": "在吗"}
    updates = [{"update_id": 9_000 + one, "message": {"message_id": one, **said}} for one in range(1, 9)]
    with monkeypatch.context() as broken:
        broken.setattr("bot.receiving.intake.inbox.store", None)
        for _ in range(3):
            with pytest.raises(TypeError):
                await town.program.intake.store(updates)
    await town.program.intake.store(updates)
    assert await town.say(who, "在吗") != []
    assert await throttled(town) == {}
