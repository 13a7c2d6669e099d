"""抄送工作群: a notice goes to groups, too, without names and without buttons."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from models import audit_log
from models.db import Database
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.messages import Outbox
from models.drafts import Draft
from models.people import Contact
from rules.delivery.delivery import DeliveryState
from rules.people.roles import Tier
from tests.conftest import NOW
from tests.handlers.notice_chats import (
    ASK_ATTEND,
    BACK,
    BY_NAME,
    EACH,
    GROUPS,
    MEETING,
    NO_GROUPS,
    RESPONSIBLE,
    SEND,
    SENDER,
    URGENT,
    WHOM,
    NoticeChats,
    notice_chats,
)
from tests.support.chat import Chats, Shown
from tests.support.chat import text_of as says

READ, SURE = says("notices.answer_button.read"), says("notices.send_now_button")
STREET, VILLAGE, OTHER = "东城工作群", "西山村群", "西城工作群"
DISTRICT, STREETS, VILLAGES = "全区创城群", "街道群", "村级群"
LATER = MEETING.replace("9时", "10时")
PLEASE = says("notices.groups.please", by="12月16日18:00")


@pytest.fixture
async def notices(chats: Chats, database: Database) -> NoticeChats:
    return await notice_chats(chats, database)


async def bound(notices: NoticeChats, *titles: str) -> None:
    """Groups of these titles are bound."""
    scopes: dict[str, tuple[str | None, Tier | None]] = {
        DISTRICT: (None, None),
        STREETS: (None, Tier.STREET),
        VILLAGES: (None, Tier.VILLAGE),
        STREET: ("东城街道", None),
        VILLAGE: ("西山村", None),
        OTHER: ("西城街道", None),
    }
    for title in titles:
        await notices.group(title, *scopes[title])


async def pressed(notices: NoticeChats, *labels: str) -> Shown:
    """The issuer opens the count of their notice and presses these buttons."""
    listed = await notices.chats.say(notices.person(SENDER), "/notice")
    return await notices.tiers.presses(SENDER, listed, "1 12月16日", *labels)


async def changed(notices: NoticeChats, way: str, text: str = LATER) -> None:
    await pressed(notices, says("notices.revise_button"))
    card = await notices.chats.say(notices.person(SENDER), text)
    await notices.tiers.press(SENDER, card, says(f"notices.{way}_button"))


async def rows(notices: NoticeChats) -> list[Outbox]:
    async with notices.tiers.database.reading() as session:
        query = select(Outbox).where(Outbox.view == "notice_group").order_by(Outbox.id)  # type: ignore[arg-type]  # a column
        return list(await session.exec(query))


# -- the straight path ---------------------------------------------------------------------------------


async def test_a_group_gets_a_copy_and_its_number_follows_the_answers(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    card = await notices.addressed(await notices.write(), GROUPS)
    assert says("notices.groups.card", count=1, names=[STREET]) in card.text
    assert card.labels()[-3:] == [NO_GROUPS, SEND, says("notices.cancel_button")]
    done = await notices.tiers.press(SENDER, card, SEND)
    assert done.text.splitlines()[1] == says("notices.groups.sending", groups=1)
    copies = await notices.posted()
    assert sorted(copies) == sorted([STREET, "西山", "东山", "南山甲", "南山乙", "北山"])
    assert copies[STREET].labels() == []
    assert copies[STREET].text.splitlines() == [
        says("notices.groups.head", unit="东城街道", html=True),
        MEETING,
        "发给：全部下属单位·联络员、责任人",
        PLEASE,
        "4个单位已阅0",
    ]
    await notices.tiers.press("西山", copies["西山"], READ)
    assert (await notices.in_group(STREET))[-1] == "4个单位已阅1"
    assert says("notices.groups.count", sent=1, groups=1) in await notices.count()
    assert await notices.posted() == {}


async def test_the_number_speaks_of_answers_and_of_people(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    await notices.send(ASK_ATTEND, EACH, GROUPS)
    assert (await notices.in_group(STREET))[-1] == "5人已答复0"


async def test_what_goes_to_people_by_name_names_nobody_in_the_group(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    person = notices.person(SENDER)
    await notices.tiers.presses(SENDER, await notices.write(), WHOM, BY_NAME)
    found = await notices.chats.say(person, "西山钱")
    card = await notices.tiers.presses(SENDER, found, BACK, GROUPS)
    assert "西山钱" in card.text
    await notices.tiers.press(SENDER, card, SEND)
    copy = (await notices.posted())[STREET].text
    assert "西山" not in copy
    assert copy.endswith("1个单位已阅0")


async def test_a_notice_is_not_copied_unless_that_is_chosen(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    card = await notices.addressed(await notices.write(), GROUPS, NO_GROUPS)
    assert STREET not in card.text
    await notices.tiers.press(SENDER, card, SEND)
    assert STREET not in await notices.posted()
    assert "工作群" not in await notices.count()
    assert await rows(notices) == []


async def test_without_a_group_nothing_is_offered(notices: NoticeChats) -> None:
    await bound(notices, DISTRICT, OTHER)
    assert GROUPS not in (await notices.addressed(await notices.write())).labels()


# -- whose groups --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        (SENDER, {STREET, VILLAGE}),
        ("创城办", {DISTRICT, STREETS, VILLAGES, STREET, VILLAGE, OTHER}),
    ],
)
async def test_who_may_write_to_which_groups(notices: NoticeChats, name: str, titles: set[str]) -> None:
    await bound(notices, DISTRICT, STREETS, VILLAGES, STREET, VILLAGE, OTHER)
    card = await notices.addressed(await notices.write(name=name), GROUPS, name=name)
    assert f"抄送工作群{len(titles)}个：" in card.text
    await notices.tiers.press(name, card, SEND)
    assert {title for title in await notices.posted() if title in notices.groups} == titles


async def test_only_groups_in_which_readers_are(notices: NoticeChats) -> None:
    await bound(notices, STREETS, VILLAGE, OTHER, DISTRICT)
    await notices.tiers.presses("创城办", await notices.write(name="创城办"), WHOM, BY_NAME)
    found = await notices.chats.say(notices.person("创城办"), "西山村")
    card = await notices.tiers.presses("创城办", found, RESPONSIBLE, BACK, GROUPS)
    (line,) = [line for line in card.text.splitlines() if line.startswith("抄送工作群")]
    assert {title for title in notices.groups if title in line} == {VILLAGE, DISTRICT}


async def test_a_group_unbound_before_sending_shows_the_card_again(notices: NoticeChats) -> None:
    await bound(notices, STREET, VILLAGE)
    card = await notices.addressed(await notices.write(), GROUPS)
    await notices.unbind(VILLAGE)
    again = await notices.tiers.press(SENDER, card, SEND)
    assert says("notices.groups.card", count=1, names=[STREET]) in again.text
    assert await notices.notices() == 0
    await notices.tiers.press(SENDER, again, SEND)
    assert set(await notices.posted()) & set(notices.groups) == {STREET}


async def test_a_group_that_gets_no_copy_does_not_stop_the_sending(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    card = await notices.addressed(await notices.write())
    await notices.unbind(STREET)
    await notices.tiers.press(SENDER, card, SEND)
    assert await notices.notices() == 1


async def test_the_only_group_unbound_leaves_a_notice_without_copies(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    card = await notices.addressed(await notices.write(), GROUPS)
    await notices.unbind(STREET)
    again = await notices.tiers.press(SENDER, card, SEND)
    assert "工作群" not in "".join([again.text, *again.labels()])
    await notices.tiers.press(SENDER, again, SEND)
    assert not (await notices.notice()).in_groups
    assert await rows(notices) == []


# -- when it goes out ----------------------------------------------------------------------------------


async def test_at_night_the_group_waits(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    notices.chats.clock.moment = NOW + timedelta(hours=13)
    assert await notices.send(GROUPS) == {}
    assert says("notices.groups.count", sent=0, groups=1) in await notices.count()
    await notices.tick(NOW + timedelta(hours=24))
    assert STREET in await notices.posted()


async def test_an_urgent_one_does_not_wait(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    notices.chats.clock.moment = NOW + timedelta(hours=13)
    card = await notices.addressed(await notices.write(), URGENT, GROUPS)
    await notices.tiers.presses(SENDER, card, SEND, SURE)
    copy = (await notices.posted())[STREET].text
    assert copy.splitlines()[0] == says("notices.groups.head_urgent", unit="东城街道", html=True)


async def test_what_ended_in_the_night_goes_to_no_group(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    notices.chats.clock.moment = NOW + timedelta(hours=13)
    await notices.send(GROUPS)
    await pressed(notices, says("notices.withdraw_button"), says("notices.withdraw_now_button"))
    await notices.tick(NOW + timedelta(hours=24))
    assert await notices.posted() == {}
    assert await rows(notices) == []


async def test_promised_and_taken_back_before_it_went(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    await notices.tiers.press(SENDER, await notices.addressed(await notices.write(), GROUPS), SEND)
    await pressed(notices, says("notices.withdraw_button"), says("notices.withdraw_now_button"))
    assert await notices.posted() == {}
    assert [row.state for row in await rows(notices)] == [DeliveryState.WITHDRAWN]


async def test_a_group_unbound_before_it_went_gets_nothing_and_is_named(notices: NoticeChats) -> None:
    await bound(notices, STREET, VILLAGE)
    await notices.tiers.press(SENDER, await notices.addressed(await notices.write(), GROUPS), SEND)
    await notices.unbind(VILLAGE)
    assert set(await notices.posted()) & set(notices.groups) == {STREET}
    count = await notices.count()
    assert says("notices.groups.count", sent=1, groups=2) in count
    assert says("notices.groups.missed", names=[VILLAGE]) in count


async def test_a_group_that_refuses_is_named(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    await notices.tiers.press(SENDER, await notices.addressed(await notices.write(), GROUPS), SEND)
    async with notices.tiers.database.transaction() as session:
        row = (await session.exec(select(Outbox).where(Outbox.view == "notice_group"))).one()
        row.state = DeliveryState.UNDELIVERABLE
    await notices.posted()
    assert says("notices.groups.missed", names=[STREET]) in await notices.count()


# -- what becomes of it --------------------------------------------------------------------------------


async def test_a_correction_edits_the_copy_in_the_group(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    copies = await notices.send(GROUPS)
    await notices.tiers.press("西山", copies["西山"], READ)
    await changed(notices, "correct")
    assert await notices.posted() == {}
    lines = await notices.in_group(STREET)
    assert lines[1] == LATER
    assert lines[2] == says("notices.changed_text", number=2, at="12月15日08:45")
    assert lines[-1] == "4个单位已阅1"


async def test_asked_anew_the_group_gets_a_new_copy_and_the_old_is_void(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    copies = await notices.send(GROUPS)
    await notices.tiers.press("西山", copies["西山"], READ)
    await changed(notices, "renew")
    again = await notices.posted()
    assert LATER in again[STREET].text
    assert again[STREET].text.endswith("4个单位已阅0")
    old, new = await notices.lives(LiveKind.NOTICE_GROUP, STREET)
    assert old is not None
    assert new is not None
    assert old.plain("zh").splitlines()[1:] == [says("notices.void")]
    assert LATER in new.plain("zh")


async def test_a_copy_of_the_earlier_text_that_was_not_sent_never_goes(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    await notices.tiers.press(SENDER, await notices.addressed(await notices.write(), GROUPS), SEND)
    await changed(notices, "renew")
    assert LATER in (await notices.posted())[STREET].text
    states = [row.state for row in await rows(notices)]
    assert states == [DeliveryState.WITHDRAWN, DeliveryState.SENT]


@pytest.mark.parametrize("way", ["end", "withdraw"])
async def test_the_end_stands_in_the_group(notices: NoticeChats, way: str) -> None:
    await bound(notices, STREET)
    copies = await notices.send(GROUPS)
    await notices.tiers.press("西山", copies["西山"], READ)
    sure = [says("notices.withdraw_now_button")] if way == "withdraw" else []
    await pressed(notices, says(f"notices.{way}_button"), *sure)
    lines = await notices.in_group(STREET)
    assert lines[-1] == says("notices.over.ended" if way == "end" else "notices.over.withdrawn")
    assert (MEETING in lines) is (way == "end")
    assert ("4个单位已阅1" in lines) is (way == "end")
    assert PLEASE not in lines


async def test_a_group_that_was_unbound_sees_no_more_numbers_but_a_withdrawal(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    await notices.send(GROUPS)
    await notices.unbind(STREET)
    assert await notices.lives(LiveKind.NOTICE_GROUP, STREET) == [None]
    assert says("notices.groups.count", sent=1, groups=1) in await notices.count()
    await pressed(notices, says("notices.withdraw_button"), says("notices.withdraw_now_button"))
    assert (await notices.in_group(STREET))[-1] == says("notices.over.withdrawn")


async def test_each_answer_lets_the_groups_message_follow(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    copies = await notices.send(GROUPS)

    async def version() -> int:
        async with notices.tiers.database.reading() as session:
            query = select(LiveMessage).where(LiveMessage.kind == LiveKind.NOTICE_GROUP)
            return (await session.exec(query)).one().version

    before = await version()
    await notices.tiers.press("西山", copies["西山"], READ)
    assert await version() == before + 1


# -- what was there before -----------------------------------------------------------------------------


async def test_a_draft_of_an_earlier_release_goes_on(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    card = await notices.addressed(await notices.write())
    async with notices.tiers.database.transaction() as session:
        draft = (await session.exec(select(Draft))).one()
        plan = dict(draft.content["notice"])
        del plan["in_groups"]
        plan["reach"] = {name: value for name, value in plan["reach"].items() if name != "groups"}
        draft.content = {**draft.content, "notice": plan}
    await notices.tiers.press(SENDER, card, SEND)
    assert await notices.notices() == 1
    assert await rows(notices) == []


async def test_the_audit_counts_the_groups(notices: NoticeChats) -> None:
    await bound(notices, STREET, VILLAGE)
    await notices.send(GROUPS)
    async with notices.tiers.database.reading() as session:
        query = select(audit_log.Audit).where(audit_log.Audit.event == "notice_send")
        assert (await session.exec(query)).one().after["groups"] == 2  # type: ignore[index]  # it has one


async def test_in_english(notices: NoticeChats) -> None:
    await bound(notices, STREET)
    await notices.send(GROUPS)
    shown = (await notices.live(LiveKind.NOTICE_GROUP, STREET)).plain("en").splitlines()
    assert shown[0] == "[Notice] 东城街道"
    assert shown[-2].startswith("Those to whom it goes: please answer in the private chat (by ")
    assert shown[-1] == "Read by 0 of 4 units"
    async with notices.tiers.database.reading() as session:
        people = (await session.exec(select(Contact))).all()
    assert not [one.name for one in people if one.name in "\n".join(shown)]
