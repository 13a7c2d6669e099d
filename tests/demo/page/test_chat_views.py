"""What the page shows of a chat: messages, albums, days, keyboards, menus and unread counts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from demo.page.chat_views import DayView, MessageView, ViewMaker
from demo.page.district import District
from demo.page.rendering import Rendering
from demo.page.words import PageWords
from sandbox import speaking, topics
from tests.demo.page.small_district import NAMES, bot_says, small_district


@pytest.fixture
def district(tmp_path: Path) -> District:
    return small_district(tmp_path)


@pytest.fixture
def contact(district: District) -> int:
    return district.resident(NAMES[0]).id


def views(district: District, user: int, **more: int) -> ViewMaker:
    return ViewMaker(district, PageWords("zh"), user, **more)


def shown(district: District, chat: int, user: int = 0, **more: int) -> list[MessageView]:
    found = views(district, user or chat, **more).messages(district.world.chats[chat])
    return [view for view in found if isinstance(view, MessageView)]


def test_own_and_others_words(district: District, contact: int) -> None:
    bot_says(district, contact, "您好 <b>")
    first, second = shown(district, contact)
    assert (first.own, first.text) == (True, "/start")  # the token of a link is never shown
    assert (second.own, str(second.html), second.time) == (False, "您好 &lt;b&gt;", "08:40")


def test_each_day_has_its_line(district: District, contact: int) -> None:
    bot_says(district, contact, "一")
    district.world.clock.advance(timedelta(days=1).total_seconds())
    bot_says(district, contact, "二")
    found = views(district, contact).messages(district.world.chats[contact])
    assert [view.text for view in found if isinstance(view, DayView)] == ["12月18日 周五", "12月19日 周六"]


def test_an_album_is_one_message(district: District, contact: int) -> None:
    for caption in ("三张", None, None):
        content = speaking.photo_content(district.world, None, caption)
        speaking.say(district.world, contact, contact, content, media_group_id="7")
    content = speaking.photo_content(district.world, None, None)
    speaking.say(district.world, contact, contact, content, media_group_id="8")
    _, album, other = shown(district, contact)
    assert (len(album.files), album.text, len(other.files)) == (3, "三张", 1)


def test_the_last_messages_first_and_the_older_ones_counted(district: District, contact: int) -> None:
    for number in range(70):
        bot_says(district, contact, f"第{number}条")
    maker = views(district, contact, limit=50)
    found = maker.messages(district.world.chats[contact])
    assert (len(found), maker.older) == (51, 21)
    assert isinstance(found[-1], MessageView)
    assert found[-1].text == "第69条"


def test_a_pinned_picture_without_words_has_a_name(district: District, contact: int) -> None:
    chat = district.world.chats[contact]
    content = speaking.photo_content(district.world, None, None)
    chat.pinned.append(district.world.post(chat, district.world.bot.id, content).message_id)
    assert views(district, contact).pinned(chat) == (chat.pinned[-1], "照片")


def test_deleted_messages_are_gone(district: District, contact: int) -> None:
    message = bot_says(district, contact, "删去")
    district.world.delete(district.world.chats[contact], message, by=contact)
    assert [one.text for one in shown(district, contact)] == ["/start"]


def test_buttons_of_each_kind_keep_their_place(district: District, contact: int) -> None:
    rows = [
        [{"text": "签收", "callback_data": "1"}, {"text": "地图", "url": "https://a.example.org"}],
        [{"text": "复制", "copy_text": {"text": "35处"}}],
    ]
    bot_says(district, contact, "卡片", reply_markup={"inline_keyboard": rows})
    kinds = [[(one.place, one.kind) for one in row] for row in shown(district, contact)[-1].rows]
    assert kinds == [[(0, "press"), (1, "url")], [(2, "copy")]]


def test_a_reply_names_what_it_answers(district: District, contact: int) -> None:
    first = bot_says(district, contact, "字" * 80)
    bot_says(district, contact, "答", reply_to=first.message_id)
    reply = shown(district, contact)[-1].reply
    assert reply is not None
    assert (reply[0], reply[1], len(reply[2])) == (first.message_id, "创城通", 61)


@pytest.mark.parametrize(
    ("kind", "words"), [("voice", "语音"), ("contact", "名片 +8613800000000"), ("dice", "其他内容")]
)
def test_other_contents_have_a_name(district: District, contact: int, kind: str, words: str) -> None:
    content = speaking.other_content(district.world, kind, None, None)
    speaking.say(district.world, contact, contact, content)
    assert [one.name for one in shown(district, contact)[-1].files] == [words]


def test_topics_divide_a_group(district: District, contact: int) -> None:
    group = district.world.chats[district.group]
    (topic,) = group.topics.values()
    bot_says(district, group.id, "日报", thread_id=topic.thread_id)
    bot_says(district, group.id, "其他")
    within = shown(district, group.id, contact, thread=topic.thread_id)
    assert [one.text for one in within if not one.service] == ["日报"]
    assert [one.text for one in shown(district, group.id, contact) if not one.service] == ["日报", "其他"]


def test_service_messages_are_sentences(district: District, contact: int) -> None:
    group = district.world.chats[district.group]
    (topic,) = group.topics.values()
    topics.close_topic(district.world, group, contact, topic.thread_id)
    services = [one.service for one in shown(district, group.id, contact) if one.service]
    assert "新建话题：每日播报" in services
    assert "关闭了话题" in services


def test_unread_counts_what_nobody_has_looked_at(district: District, contact: int) -> None:
    chat = district.world.chats[contact]
    district.read(chat)
    bot_says(district, contact, "一")
    bot_says(district, contact, "二")
    assert district.unread(chat) == 2
    district.read(chat)
    assert district.unread(chat) == 0


def test_the_reply_keyboard_is_the_last_one(district: District, contact: int) -> None:
    chat = district.world.chats[contact]
    assert views(district, contact).keyboard(chat) == []
    bot_says(
        district, contact, "选", other_markup={"keyboard": [["甲", {"text": "乙", "request_location": True}]]}
    )
    keys = views(district, contact).keyboard(chat)
    assert keys == [[{"text": "甲"}, {"text": "乙", "request_location": True}]]
    bot_says(district, contact, "收", other_markup={"remove_keyboard": True})
    assert views(district, contact).keyboard(chat) == []


def test_the_menu_of_a_chat_goes_before_that_of_its_kind(district: District, contact: int) -> None:
    chat, commands = district.world.chats[contact], district.world.commands
    assert views(district, contact).commands(chat) == []
    general = [{"command": "help", "description": "帮助"}]
    own = [{"command": "tasks", "description": "任务"}]
    commands['{"type": "all_private_chats"}', ""] = general
    assert views(district, contact).commands(chat) == general
    commands[f'{{"chat_id": {contact}, "type": "chat"}}', "zh"] = own
    assert views(district, contact).commands(chat) == own


def test_templates_escape_what_people_write(district: District, contact: int) -> None:
    """Names, files, buttons and words are shown as they are, whatever they hold."""
    evil = "<script>alert(1)</script>"
    content = speaking.document_content(district.world, evil, b"x", evil)
    speaking.say(district.world, contact, contact, content)
    bot_says(district, contact, evil, reply_markup={"inline_keyboard": [[{"text": evil, "url": evil}]]})
    render = Rendering(PageWords("zh"))
    for view in shown(district, contact):
        assert "<script" not in render("message", m=view)


def test_a_window_that_fails_holds_up_no_other(district: District) -> None:
    looked: list[str] = []

    def fails() -> None:
        raise RuntimeError("a template that does not fit")

    district.watchers = {fails, lambda: looked.append("the other")}
    with structlog.testing.capture_logs() as logs:
        district.changed()
    assert looked == ["the other"]
    assert [line["event"] for line in logs] == ["a window of the page cannot be shown"]
