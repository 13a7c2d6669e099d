"""Long messages in parts, prompts among promises, and the clean end."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from bot.rendering import PART_LIMIT
from locales import LOCALES, Text, plain
from models import importing
from models.db import Session
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.text_parts import MESSAGE_LIMIT, utf16_len
from services import outbox
from services.views import ButtonSpec, FileSpec, View
from tests.bot.desk import MARK, Desk, account

pytestmark = pytest.mark.both_engines("outbox")

SENT, RETRY, UNKNOWN = DeliveryState.SENT, DeliveryState.RETRY, DeliveryState.UNKNOWN
UNDELIVERABLE, WITHDRAWN = DeliveryState.UNDELIVERABLE, DeliveryState.WITHDRAWN


LONG = "\n\n".join(f"{number}. " + "清理违规广告牌匾" * 60 for number in range(20))


async def test_a_long_message_comes_in_parts_with_the_buttons_under_the_last(desk: Desk) -> None:
    contact = await desk.contact("责任人")
    button = ButtonSpec(Text("nags.list_button"), "task.list")
    await desk.promise("长", to=contact, text=LONG, buttons=[[button]])
    desk.start()
    await desk.until_settled()
    found = await desk.received(account(contact))
    assert len(found) > 2
    assert "\n\n".join(message.text for message in found) == LONG
    assert [message.labels for message in found] == [*[[]] * (len(found) - 1), ["查看任务清单"]]


@pytest.mark.parametrize("kind", [MessageKind.RECEIPT, MessageKind.TALLY])
async def test_a_crash_between_parts_sends_only_the_rest(kind: MessageKind, desk: Desk) -> None:
    place, office = await desk.place(kind), await desk.office()
    await desk.promise("长", text=LONG, kind=kind, **place.where)
    # The first part arrives, the second hangs.
    await desk.people.fail("sendMessage", chat=place.chat, mode="delay", seconds=0)
    await desk.people.fail("sendMessage", chat=place.chat, mode="hang")
    desk.start()
    await desk.people.wait_for_call("sendMessage", chat=place.chat, count=2, answered=False)
    await desk.crash()
    before = await desk.texts(place.chat)
    assert len(before) == 1
    desk.new_sender()
    desk.start()
    if kind is MessageKind.TALLY:
        held = await desk.until_state("长", UNKNOWN)
        await desk.resend(office, held)
    await desk.until_state("长", SENT)
    texts = await desk.texts(place.chat)
    assert texts[0] == before[0]
    assert texts[1].startswith(MARK)
    assert "\n\n".join([texts[0], texts[1].removeprefix(f"{MARK}\n"), *texts[2:]]) == LONG


async def test_a_pause_between_parts_sends_only_the_rest_without_a_mark(desk: Desk) -> None:
    contact = await desk.contact("责任人")
    await desk.promise("长", to=contact, text=LONG)
    desk.start()
    await desk.people.wait_for_call("sendMessage", answered=False)
    await desk.people.fail("sendMessage", status=429, parameters={"retry_after": 1})
    await desk.until_settled()
    assert "\n\n".join(await desk.texts(account(contact))) == LONG


def test_the_mark_of_a_repeat_fits_into_every_part() -> None:
    for locale in LOCALES:
        assert PART_LIMIT + utf16_len(plain(Text("outbox.repeat_mark"), locale)) + 1 <= MESSAGE_LIMIT


async def test_a_file_that_cannot_be_read_now_goes_out_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database restarts after the words are out: the row must not stay claimed."""
    contact = await desk.contact("责任人")
    read, failures = importing.content_of, [OperationalError("SELECT", {}, OSError("connection lost"))]

    async def content_of(session: Session, stored_id: int) -> bytes | None:
        if failures:
            raise failures.pop()
        return await read(session, stored_id)

    monkeypatch.setattr(importing, "content_of", content_of)
    async with desk.database.transaction() as session:
        stored_id = await importing.store(session, "退回.xlsx", b"rows", desk.clock.moment)
        files = [FileSpec("document", None, stored_id, "退回.xlsx")]
        view = View([Text("common.as_is", text="一")], files=files)
        assert await outbox.enqueue(
            session, MessageKind.NOTICE, "一", view, now=desk.clock.moment, contact=contact
        )
    desk.start()
    await desk.until_state("一", SENT)
    assert [message.kind for message in await desk.received(account(contact))] == ["text", "document"]


# -- the end ---------------------------------------------------------------------------------------


async def test_a_clean_end_lets_a_message_on_its_way_arrive(desk: Desk) -> None:
    contact = await desk.contact("责任人")
    await desk.people.fail("sendMessage", mode="delay", seconds=0.3)
    await desk.promise("一", to=contact)
    await desk.promise("二", to=contact)
    desk.start()
    await desk.people.wait_for_call("sendMessage", answered=False)
    await desk.stop()
    rows = await desk.rows()
    assert (rows["一"].state, rows["二"].state) == (SENT, DeliveryState.NEW)


async def test_without_an_office_a_held_message_is_still_settled(desk: Desk) -> None:
    contact = await desk.contact("责任人")
    await desk.people.fail("sendMessage", status=400)
    await desk.promise("一", to=contact)
    desk.start()
    await desk.until_state("一", UNDELIVERABLE)
    assert set(await desk.rows()) == {"一"}
