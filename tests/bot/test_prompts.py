"""The loop that shows prompts: an album's card once, after the last part; a lost card again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from bot.prompts import IDLE_SECONDS, MOST_TRIES, Prompts
from bot.sending.prompt_showing import Prompt
from locales import Text, plain
from models import drafts
from models.drafts import Draft
from models.people import Contact, ContactState
from rules.delivery import delivery
from services import access
from services.drafts import draft_changes
from services.drafts.draft_changes import Addition, EvidenceFile
from services.progress import progress_dialogue
from tests.bot.desk import Commits, Desk, account
from tests.support.patience import PATIENCE
from tests.support.people import Roster
from tests.support.turns import turn_for

AGO = timedelta(seconds=5)


@dataclass
class Reporter:
    """A person with one task, who sends an album."""

    desk: Desk
    contact: Contact
    commits: Commits

    @property
    def chat(self) -> int:
        return account(self.contact)

    async def send(self, names: str, *, arrived: datetime | None = None, text: str = "") -> None:
        """Send one photo per letter, each in its own commit, as intake does."""
        for name in names:
            async with self.desk.database.transaction() as session:
                view = await progress_dialogue.receive(
                    turn_for(
                        session,
                        await access.actor_of(session, await session.get_one(Contact, self.contact.id)),
                        self.desk.clock.moment,
                        self.desk.campaign,
                        chat=self.chat,
                    ),
                    Addition(
                        text,
                        [EvidenceFile("photo", name, f"u{name}")],
                        "album",
                        message_id=ord(name),
                        arrived_at=arrived or datetime.now(UTC),
                    ),
                    about=[],
                )
            assert view is None

    async def draft(self) -> Draft:
        async with self.desk.database.reading() as session:
            return (await session.exec(select(Draft))).one()

    async def noted(self) -> None:
        """Wait until the draft knows its card."""
        async with asyncio.timeout(PATIENCE):
            while True:
                self.commits.rearm()
                if (await self.draft()).card_message_id is not None:
                    return
                await self.commits.next()

    def albums(self) -> Prompts:
        return Prompts(self.desk.database, self.desk.sender, self.desk.clock, self.desk.campaign)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Prompts]:
        albums = self.albums()
        work = asyncio.create_task(albums.run())
        yield albums
        albums.stop_looking()
        await work


@pytest.fixture
async def reporter(desk: Desk, commits: Commits) -> Reporter:
    contact = await desk.contact("责任人")
    async with desk.database.transaction() as session:
        roster = Roster(session, desk.clock.moment, desk.campaign)
        await roster.task(await roster.unit("公安交警大队"), "清理违规广告牌匾", None, contact)
    return Reporter(desk, contact, commits)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft_changes, "CARD_DELAY", timedelta(milliseconds=50))


@pytest.mark.usefixtures("quick")
async def test_one_card_after_the_last_part_and_late_ones_join_it(desk: Desk, reporter: Reporter) -> None:
    async with reporter.running() as albums:
        await reporter.send("abc")
        albums.wake()
        card = await desk.people.wait_for(reporter.chat, contains="3 张图片")
        await reporter.noted()
        await reporter.send("d")
        albums.wake()
        card = await desk.people.wait_for_edit(card, contains="4 张图片")
        await reporter.send("e", text="今天清理违规广告牌匾12处")
        albums.wake()
        await desk.people.wait_for_edit(card, contains=["5 张图片", "12处"])
    await desk.stop()
    (message,) = await desk.received(reporter.chat)
    draft = await reporter.draft()
    assert (draft.card_message_id, draft.card_due_at) == (message.message_id, None)


@pytest.mark.usefixtures("quick")
async def test_a_card_that_was_deleted_comes_anew(desk: Desk, reporter: Reporter) -> None:
    await reporter.send("ab", arrived=datetime.now(UTC) - AGO)
    albums = reporter.albums()
    await albums.look()
    card = await desk.people.wait_for(reporter.chat, contains="2 张图片")
    await reporter.noted()
    await desk.people.delete_message(reporter.chat, reporter.chat, card.message_id)
    await reporter.send("c", arrived=datetime.now(UTC) - AGO)
    await albums.look()
    again = await desk.people.wait_for(reporter.chat, card.message_id, contains="3 张图片")
    await desk.sender.stop(5)
    draft = await reporter.draft()
    assert (draft.card_message_id, draft.card_due_at) == (again.message_id, None)


async def test_a_card_waits_for_just_as_long_as_parts_may_follow(desk: Desk, reporter: Reporter) -> None:
    albums = reporter.albums()
    assert await albums.look() == IDLE_SECONDS
    await reporter.send("ab")
    rest = await albums.look()
    assert 0 < rest <= draft_changes.CARD_DELAY.total_seconds()
    await desk.sender.stop(5)
    assert await desk.texts(reporter.chat) == []


async def test_a_clock_that_was_put_back_holds_no_card_up(desk: Desk, reporter: Reporter) -> None:
    await reporter.send("ab", arrived=datetime.now(UTC) + timedelta(hours=1))
    await reporter.albums().look()
    await desk.people.wait_for(reporter.chat, contains="2 张图片")


@pytest.mark.parametrize("when", ["before it is handed over", "while it is sent"])
@pytest.mark.usefixtures("quick")
async def test_a_card_that_was_not_sent_comes_after_the_restart(
    desk: Desk, reporter: Reporter, when: str
) -> None:
    await reporter.send("ab", arrived=datetime.now(UTC) - AGO)
    if when == "while it is sent":
        await desk.people.fail("sendMessage", mode="hang")
        await reporter.albums().look()
        await desk.people.wait_for_call("sendMessage", answered=False)
        await desk.crash()
    desk.new_sender()
    async with reporter.running():
        await desk.people.wait_for(reporter.chat, contains="2 张图片")
    await desk.stop()
    assert len(await desk.texts(reporter.chat)) == 1
    assert (await reporter.draft()).card_due_at is None


async def test_a_card_is_handed_over_once(desk: Desk, reporter: Reporter) -> None:
    """The card is not handed over again while it waits for its turn."""
    await desk.people.fail("sendMessage", status=429, parameters={"retry_after": 1})
    await reporter.send("ab", arrived=datetime.now(UTC) - AGO)
    albums = reporter.albums()
    await albums.look()
    await desk.people.wait_for_call("sendMessage")
    assert await albums.look() == IDLE_SECONDS
    await desk.people.wait_for(reporter.chat, contains="2 张图片")
    await desk.sender.stop(5)
    assert await albums.look() == IDLE_SECONDS
    assert len(await desk.texts(reporter.chat)) == 1


async def test_a_card_that_got_lost_is_shown_later(
    desk: Desk, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network is down for longer than a card is tried: the album must still get its answer."""
    monkeypatch.setattr("bot.prompts.AGAIN_AFTER", 0.0)
    await desk.people.fail("sendMessage", mode="drop_before")
    await reporter.send("ab", arrived=datetime.now(UTC) - AGO)
    albums = reporter.albums()
    await albums.look()
    await desk.people.wait_for_call("sendMessage", answered=False)
    await albums.look()
    await desk.people.wait_for(reporter.chat, contains="2 张图片")


async def test_a_card_that_cannot_be_shown_holds_no_other_up(
    desk: Desk, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reporter.send("ab", arrived=datetime.now(UTC) - AGO)

    def broken(*_arguments: object) -> None:
        raise RuntimeError("a mistake in the program")

    albums = reporter.albums()
    with monkeypatch.context() as patched:
        patched.setattr("bot.prompts.render_view", broken)
        assert await albums.look() == IDLE_SECONDS
    assert await albums.look() == IDLE_SECONDS
    assert await desk.texts(reporter.chat) == []
    await reporter.send("c", arrived=datetime.now(UTC) - AGO)
    await albums.look()
    await desk.people.wait_for(reporter.chat, contains="3 张图片")


async def test_who_cannot_be_reached_is_left_alone(desk: Desk, reporter: Reporter) -> None:
    await reporter.send("ab", arrived=datetime.now(UTC) - AGO)
    async with desk.database.transaction() as session:
        contact = await session.get_one(Contact, reporter.contact.id)
        contact.state = ContactState.UNREACHABLE
    await reporter.albums().look()
    await desk.sender.stop(5)
    assert (await reporter.draft()).card_due_at is None
    assert await desk.people.calls("sendMessage") == []


# -- promised cards ------------------------------------------------------------------------------------


async def promised(reporter: Reporter) -> tuple[int, datetime]:
    """A draft whose card was answered with, and is not known to be out: its id, and when."""
    at = datetime.now(UTC)
    async with reporter.desk.database.transaction() as session:
        draft = Draft(contact_id=reporter.contact.id or 0, chat_id=reporter.chat, updated_at=at)
        draft.content = {"candidates": []}
        session.add(draft)
        await session.flush()
        draft_id = draft.id or 0
        await drafts.promise_card(session, draft_id, at)
    return draft_id, at


async def test_a_card_that_intake_sends_is_not_sent_twice(
    desk: Desk, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop takes it over when intake's own try has had plenty of time, as after a long cut."""
    draft_id, at = await promised(reporter)
    loop = reporter.albums()
    loop.on_its_way(draft_id, at)
    await loop.look()
    assert desk.sender._lanes == {}
    monkeypatch.setattr("bot.prompts.AGAIN_AFTER", 0.0)
    loop.on_its_way(draft_id, at)
    await loop.look()
    await desk.people.wait_for(reporter.chat, contains=plain(Text("progress.which_task")))
    await reporter.noted()
    assert (await reporter.draft()).card_promised_at is None
    await loop.look()
    await desk.stop()
    assert len(await desk.texts(reporter.chat)) == 1


@pytest.fixture
def handed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[Prompt]:
    """What the sender is given; it sends nothing of it."""
    handed: list[Prompt] = []
    monkeypatch.setattr("bot.prompts.AGAIN_AFTER", 0.0)
    monkeypatch.setattr(desk.sender, "submit", handed.extend)
    return handed


async def tried(loop: Prompts, desk: Desk, handed: list[Prompt], outcome: delivery.Outcome) -> int:
    """How often the loop hands the card over while each try ends like this."""
    before = len(handed)
    for _ in range(MOST_TRIES + 3):
        count = len(handed)
        await loop.look()
        for prompt in handed[count:]:
            desk.sender._lost(prompt.key or 0, outcome)
    return len(handed) - before


async def test_a_card_that_telegram_refuses_is_given_up(
    desk: Desk, reporter: Reporter, handed: list[Prompt]
) -> None:
    await promised(reporter)
    loop = reporter.albums()
    assert await tried(loop, desk, handed, delivery.RejectedOutcome("odd")) == MOST_TRIES
    loop.network_is_back()
    assert await tried(loop, desk, handed, delivery.RejectedOutcome("odd")) == 0


async def test_a_card_is_tried_as_long_as_there_is_no_connection(
    desk: Desk, reporter: Reporter, handed: list[Prompt]
) -> None:
    await promised(reporter)
    unsent = delivery.UnsentOutcome("ConnectError")
    assert await tried(reporter.albums(), desk, handed, unsent) == MOST_TRIES + 3


async def test_a_card_without_an_answer_is_tried_again_when_the_network_is_back(
    desk: Desk, reporter: Reporter, handed: list[Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that answers 502 for half an hour: the card comes as soon as Telegram answers again."""
    await promised(reporter)
    loop = reporter.albums()
    unknown = delivery.UnknownOutcome("502")
    assert await tried(loop, desk, handed, unknown) == MOST_TRIES
    monkeypatch.undo()
    loop.network_is_back()
    await loop.look()
    await desk.people.wait_for(reporter.chat, contains=plain(Text("progress.which_task")))
    await desk.stop()
    assert len(await desk.texts(reporter.chat)) == 1


async def test_a_card_that_is_being_sent_is_not_handed_over_again(
    desk: Desk, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await promised(reporter)
    monkeypatch.setattr("bot.prompts.AGAIN_AFTER", 0.0)
    await desk.people.fail("sendMessage", mode="hang")
    loop = reporter.albums()
    await loop.look()
    await desk.people.wait_for_call("sendMessage", answered=False)
    await loop.look()
    assert not desk.sender._lanes[reporter.chat].prompts
    await desk.crash()


async def test_a_chat_that_rests_gets_its_card_once(
    desk: Desk, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram lets the chat rest for longer than the loop waits."""
    await promised(reporter)
    monkeypatch.setattr("bot.prompts.AGAIN_AFTER", 0.0)
    await desk.people.fail("sendMessage", status=429, parameters={"retry_after": 600})
    loop = reporter.albums()
    await loop.look()
    await desk.people.wait_for_call("sendMessage", count=1)
    async with asyncio.timeout(PATIENCE):
        # The pause is committed when the card is back in its lane.
        while True:
            reporter.commits.rearm()
            if desk.sender.has_prompt(reporter.chat, (await reporter.draft()).id or 0):
                break
            await reporter.commits.next()
    for _ in range(3):
        await loop.look()
    assert len(desk.sender._lanes[reporter.chat].prompts) == 1


async def test_the_rest_of_a_chat_is_no_try(
    desk: Desk, reporter: Reporter, handed: list[Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card that waited in the sender for hours, and is then lost, comes again."""
    await promised(reporter)
    loop = reporter.albums()
    await loop.look()
    monkeypatch.setattr(desk.sender, "has_prompt", lambda _chat, _key: True)
    for _ in range(MOST_TRIES + 3):
        await loop.look()
    assert len(handed) == 1
    monkeypatch.setattr(desk.sender, "has_prompt", lambda _chat, _key: False)
    desk.sender._lost(handed[0].key or 0, delivery.UnknownOutcome("502"))
    assert await tried(loop, desk, handed, delivery.UnknownOutcome("502")) == MOST_TRIES - 1
