"""What a visitor does, without a program: what is sent, and what is refused by one sentence."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from demo.page import faults, samples
from demo.page.act import MOST_CAPTION, MOST_WORDS
from demo.page.acts import perform
from demo.page.district import District, Resident
from demo.page.errors import PageError
from demo.page.walk import Walk
from locales import COMPLETE, Text, plain
from sandbox import people
from sandbox.model import Message
from tests.demo.page.small_district import NAMES, bot_says, small_district

LONG_CAPTION = "字" * (MOST_CAPTION + 1)


@pytest.fixture
def district(tmp_path: Path) -> District:
    return small_district(tmp_path)


@pytest.fixture
def contact(district: District) -> int:
    return district.resident(NAMES[0]).id


def newcomer(district: District) -> int:
    """A person who has not opened their link yet."""
    user = people.create_user(district.world, "新人")
    district.residents[user.id] = Resident(user.id, "新人", "科员", "联络员", "东城街道", link="token")
    return user.id


async def act(district: District, name: str, /, **given: Any) -> dict[str, Any]:
    return await perform(district, Walk(district), {"act": name, **given})


def last(district: District, chat: int) -> Message:
    return list(district.world.chats[chat].messages.values())[-1]


async def test_words_are_sent_as_the_person(district: District, contact: int) -> None:
    await act(district, "send_text", chat=contact, user=contact, text="今天清理3处")
    message = last(district, contact)
    assert (message.sender_id, message.words) == (contact, "今天清理3处")
    assert district.world.updates.pending()[-1]["message"]["text"] == "今天清理3处"


async def test_a_group_hears_the_chosen_member_in_the_chosen_topic(district: District, contact: int) -> None:
    (thread,) = district.world.chats[district.group].topics
    await act(district, "send_text", chat=district.group, user=contact, text="收到", thread=thread)
    assert (last(district, district.group).sender_id, last(district, district.group).thread_id) == (
        contact,
        thread,
    )


async def test_a_reply_and_an_edit(district: District, contact: int) -> None:
    asked = bot_says(district, contact, "多少？")
    where = {"chat": contact, "user": contact}
    await act(district, "send_text", text="35", reply_to=asked.message_id, **where)
    own = last(district, contact)
    assert own.reply_to == asked.message_id
    await act(district, "edit", message=own.message_id, text="36", **where)
    assert (own.words, own.edit_date is not None) == ("36", True)


async def test_several_samples_are_an_album(district: District, contact: int) -> None:
    where = {"chat": contact, "user": contact}
    await act(district, "send_samples", names=["stall", "clean"], text="两张", **where)
    first, second = list(district.world.chats[contact].messages.values())[-2:]
    assert first.media_group_id == second.media_group_id is not None
    assert (first.words, second.words) == ("两张", "")
    stored = district.world.files.get(first.content["photo"][-1]["file_id"])
    assert stored is not None
    assert stored.data == samples.photo("stall")


async def test_places_and_contacts(district: District, contact: int) -> None:
    where = {"chat": contact, "user": contact}
    await act(district, "send_place", name="东城农贸市场", **where)
    place = last(district, contact).content["location"]
    assert 36 < place["latitude"] < 37
    assert 117 < place["longitude"] < 118
    await act(district, "send_contact", **where)
    assert last(district, contact).content["contact"]["first_name"] == NAMES[0]


async def test_a_press_waits_for_the_answer(district: District, contact: int) -> None:
    rows = [[{"text": "签收", "callback_data": "1"}]]
    card = bot_says(district, contact, "卡片", reply_markup={"inline_keyboard": rows})
    where = {"chat": contact, "user": contact, "message": card.message_id, "place": 0, "label": "签收"}
    pressing = asyncio.create_task(act(district, "press", **where))
    await district.world.signal.until(lambda: True if district.world.callbacks else None, 5)
    (query,) = district.world.callbacks.values()
    query.answers.append({"text": "已签收", "show_alert": True, "url": None})
    district.world.signal.fire()
    assert await pressing == {"flash": "已签收", "alert": True, "url": None}


async def test_words_to_copy_and_links_are_given_to_the_browser(district: District, contact: int) -> None:
    rows = [
        [{"text": "复制", "copy_text": {"text": "35处"}}, {"text": "打开", "url": "https://a.example.org"}]
    ]
    card = bot_says(district, contact, "卡片", reply_markup={"inline_keyboard": rows})
    where = {"chat": contact, "user": contact, "message": card.message_id}
    assert await act(district, "press", place=0, label="复制", **where) == {"copied": "35处", "url": None}
    assert await act(district, "press", place=1, label="打开", **where) == {
        "copied": None,
        "url": "https://a.example.org",
    }


async def test_who_joins_is_in_the_group(district: District) -> None:
    user = newcomer(district)
    await act(district, "join", user=user)
    assert last(district, user).words == "/start token"
    assert district.world.chats[district.group].status_of(user) == "member"


async def test_a_person_stops_the_bot_and_starts_it_again(district: District, contact: int) -> None:
    for stopped in (True, False):
        await act(district, "block", user=contact)
        assert district.world.chats[contact].blocked is stopped


async def test_faults_are_ordered_and_taken_back(district: District) -> None:
    for name in faults.FAULTS:
        await act(district, "fault", name=name)
        assert name in faults.ordered(district.world)
    await act(district, "fault", name=faults.NETWORK)
    assert faults.ordered(district.world) == set(faults.FAULTS) - {faults.NETWORK}
    assert district.world.faults.take("sendMessage", None) is not None
    assert faults.ordered(district.world) == {"blocked", "timeout"}, "what has struck is over"


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"act": "send_text", "text": " \n"}, "page.error.empty"),
        ({"act": "send_text", "text": "字" * (MOST_WORDS + 1)}, "page.error.too_long"),
        ({"act": "send_text", "text": "😀" * (MOST_WORDS // 2 + 1)}, "page.error.too_long"),
        ({"act": "send_text", "text": 7}, "page.error.unreadable"),
        ({"act": "send_text", "text": "x", "chat": "1"}, "page.error.unreadable"),
        ({"act": "send_text", "text": "x", "chat": True}, "page.error.unreadable"),
        ({"act": "send_text", "text": "x", "chat": 99}, "page.error.cannot"),
        ({"act": "send_text", "text": "x", "reply_to": 99}, "page.error.cannot"),
        (
            {"act": "send_samples", "names": ["stall"], "text": "字" * (MOST_CAPTION + 1)},
            "page.error.too_long",
        ),
        ({"act": "send_samples", "names": []}, "page.error.unreadable"),
        ({"act": "send_samples", "names": ["../secret"]}, "page.error.unreadable"),
        ({"act": "send_place", "name": "无此地"}, "page.error.unreadable"),
        ({"act": "press", "message": 99, "place": 0}, "page.error.cannot"),
        ({"act": "send_samples", "names": [[]]}, "page.error.unreadable"),
        ({"act": "send_text", "text": "\ud800"}, "page.error.unreadable"),
        ({"act": "send_text", "text": "x", "chat": 10**30}, "page.error.unreadable"),
        ({"act": "send_text", "text": "x", "thread": "1"}, "page.error.unreadable"),
        ({"act": "upload", "text": "x"}, "page.error.unreadable"),
        ({"act": "edit", "message": 99, "text": "x"}, "page.error.cannot"),
        ({"act": "join", "user": 1}, "page.error.unreadable"),
        ({"act": "fault", "name": "fire"}, "page.error.unreadable"),
        ({"act": "clock_to", "moment": "morgen"}, "page.clock.unreadable"),
        ({"act": "clock_to", "moment": "2026-12-18T08:40"}, "page.clock.is_over"),
        ({"act": "clock_to", "moment": "2027-12-18T08:40"}, "page.clock.too_far"),
        ({"act": "clock_next"}, "page.clock.unknown"),
        ({"act": "__init__"}, "page.error.unreadable"),
        ({}, "page.error.unreadable"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence(
    district: District, contact: int, given: dict[str, Any], key: str
) -> None:
    before = {chat.id: len(chat.messages) for chat in district.world.chats.values()}
    with pytest.raises(PageError) as refused:
        await perform(district, Walk(district), {"chat": contact, "user": contact} | given)
    assert refused.value.text.key == key
    for locale in COMPLETE:
        assert plain(refused.value.text, locale)
    assert {chat.id: len(chat.messages) for chat in district.world.chats.values()} == before


async def test_who_has_not_joined_writes_nothing(district: District) -> None:
    user = newcomer(district)
    with pytest.raises(PageError) as refused:
        await act(district, "send_text", chat=user, user=user, text="在吗")
    assert refused.value.text.key == "page.error.not_enrolled"
    assert not district.world.chats[user].messages


async def test_nothing_is_done_while_the_sample_is_prepared(district: District, contact: int) -> None:
    district.preparing = Text("page.preparing.roster")
    with pytest.raises(PageError) as refused:
        await act(district, "send_text", chat=contact, user=contact, text="x")
    assert refused.value.text.key == "page.error.preparing"


async def test_a_button_that_has_changed_is_not_pressed(district: District, contact: int) -> None:
    rows = [[{"text": "取消", "callback_data": "1"}]]
    card = bot_says(district, contact, "卡片", reply_markup={"inline_keyboard": rows})
    card.reply_markup = {"inline_keyboard": [[{"text": "提交", "callback_data": "2"}]]}
    where = {"chat": contact, "user": contact, "message": card.message_id, "place": 0, "label": "取消"}
    with pytest.raises(PageError) as refused:
        await act(district, "press", **where)
    assert refused.value.text.key == "page.error.button_gone"
    assert not district.world.callbacks


@pytest.mark.parametrize("name", ["edit", "press"])
async def test_a_refused_act_enrols_nobody(district: District, name: str) -> None:
    user = newcomer(district)
    with pytest.raises(PageError) as refused:
        await act(district, name, chat=user, user=user, message=1, place=0, text="x", label="x")
    assert refused.value.text.key == "page.error.not_enrolled"
    assert not district.world.chats[user].started


async def test_after_a_setup_that_failed_the_program_can_be_started_alone(
    district: District, contact: int
) -> None:
    district.failed = district.preparing = Text("page.preparing.roster")
    with pytest.raises(PageError) as refused:
        await act(district, "send_text", chat=contact, user=contact, text="x")
    assert refused.value.text.key == "page.error.not_prepared"
    await act(district, "kill")


def test_a_fault_of_blocking_strikes_persons_alone(district: District, contact: int) -> None:
    faults.order(district.world, "blocked")
    assert district.world.faults.take("sendMessage", district.group) is None
    assert district.world.faults.take("sendMessage", contact) is not None


def test_the_page_says_what_a_fault_struck(district: District, contact: int) -> None:
    assert faults.struck(district.world) is None
    call = district.world.calls.open("sendMessage", monotonic=0, at="", chat_id=contact, params={})
    call.fault, call.status = "error", 429
    assert faults.struck(district.world) == ("too_many", contact)
