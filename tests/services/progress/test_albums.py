"""Albums: their parts come one by one, and the card comes once, after the last part."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from models.audit_log import Audit
from models.db import Session
from models.drafts import Draft
from models.people import ContactState
from models.progress import Evidence, ReportPart
from models.tasks import Task
from reports.formats import files_text
from services.delivery import prompts
from services.drafts import late_parts
from services.drafts.draft_changes import CARD_DELAY, EVIDENCE_LIMIT, TEXT_LIMIT
from services.tasks import task_steps
from tests.services.conftest import World
from tests.services.progress.talk import Talk, buttons, keys, line, photo, refused, revision
from tests.support.people import Roster
from tests.support.turns import turn_for

SENTENCE = "今天清理违规广告牌匾12处"
# The system's clock, which is not the campaign's.
MOMENT = datetime(2031, 1, 1, tzinfo=UTC)


@pytest.fixture
async def other(world: World, roster: Roster) -> Task:
    """A second task of the same person."""
    return await roster.task(world.unit, "整治背街小巷环境", date(2026, 12, 25), world.responsible.contact)


async def send(talk: Talk, names: str, album: str, *, caption_on: int = 0, words: str = SENTENCE) -> None:
    """Send an album of one photo per letter; nothing is answered while it comes in."""
    for place, name in enumerate(names):
        text = words if place == caption_on else ""
        assert await talk.write(text, photo(name), album=album, message_id=ord(name)) is None


async def kept(talk: Talk) -> str:
    return "".join(name.removeprefix("file-") for name in await talk.evidence())


@pytest.mark.parametrize("caption_on", [0, 1, 2])
async def test_one_card_after_the_last_part(talk: Talk, session: Session, caption_on: int) -> None:
    for place, name in enumerate("abc"):
        arrived = MOMENT + timedelta(seconds=place)
        text = SENTENCE if place == caption_on else ""
        assert await talk.write(text, photo(name), album="x", arrived_at=arrived) is None
        ((_, due),) = await prompts.to_come(session)
        assert due == arrived + CARD_DELAY
    card = await talk.due()
    assert line(card.view, "progress.card.files").values["files"] == files_text(["photo"] * 3)
    assert await prompts.to_come(session) == []
    await talk.confirm(card.view)
    assert await kept(talk) == "abc"
    assert await talk.figures() == [("清理违规广告牌匾", "处", Decimal(12))]


async def test_a_late_part_joins_the_card_that_is_out(talk: Talk) -> None:
    """The buttons of the card stay valid, before it is edited and after."""
    await send(talk, "ab", "x")
    card = await talk.due(message_id=77)
    assert card.edit is None
    await send(talk, "c", "x", caption_on=-1)
    again = await talk.due()
    assert (again.edit, revision(again.view)) == (77, revision(card.view))
    assert line(again.view, "progress.card.files").values["files"] == files_text(["photo"] * 3)
    await talk.confirm(card.view)
    assert await kept(talk) == "abc"


async def test_a_part_that_comes_while_the_card_is_on_its_way(talk: Talk, session: Session) -> None:
    """The card is edited then, not shown twice."""
    await send(talk, "ab", "x")
    ((draft_id, due),) = await prompts.to_come(session)
    assert await talk.write("", photo("c"), album="x", arrived_at=MOMENT) is None
    await prompts.shown(draft_id, due)(session, 77)
    assert await prompts.due_prompt(session, draft_id, due, talk.campaign) is None
    assert (await talk.due()).edit == 77


async def test_late_words_are_not_confirmed_unread(talk: Talk) -> None:
    await send(talk, "ab", "x", caption_on=-1)
    card = await talk.due(message_id=77)
    await send(talk, "c", "x")
    assert await refused(talk.confirm(card.view)) == "progress.old_card"
    again = await talk.due()
    assert again.edit == 77
    await talk.confirm(again.view)
    assert (await kept(talk), len(await talk.figures())) == ("abc", 1)


async def test_two_albums_at_once_and_words_between(talk: Talk) -> None:
    """One report and one card: whatever comes in during an album joins it."""
    await send(talk, "a", "x")
    await send(talk, "b", "y", words="出动20人")
    assert await talk.write("清运垃圾3吨") is None
    await send(talk, "c", "x", caption_on=-1)
    await send(talk, "d", "y", caption_on=-1)
    card = await talk.due()
    assert line(card.view, "progress.card.text").values["text"] == f"{SENTENCE}\n出动20人\n清运垃圾3吨"
    await talk.confirm(card.view)
    assert (await kept(talk), len(await talk.figures())) == ("abcd", 3)


async def test_another_album_has_a_card_of_its_own_below(talk: Talk) -> None:
    await send(talk, "ab", "x")
    first = await talk.due(message_id=77)
    await send(talk, "c", "y", caption_on=-1)
    assert await refused(talk.confirm(first.view)) == "progress.old_card"
    second = await talk.due(message_id=78)
    assert second.edit is None
    await talk.confirm(second.view)
    assert await kept(talk) == "abc"


async def test_more_photos_than_a_report_takes(talk: Talk, session: Session) -> None:
    """Telegram sends 35 as four albums; the card says so once and keeps the first 30."""
    names = [f"{number:02d}" for number in range(EVIDENCE_LIMIT + 5)]
    for place, name in enumerate(names):
        assert await talk.write("", photo(name), album=f"x{place // 10}") is None
    card = await talk.due()
    assert line(card.view, "progress.card.files").values["files"] == files_text(["photo"] * EVIDENCE_LIMIT)
    assert line(card.view, "progress.card.files_left_out").values["count"] == 5
    assert await refused(talk.write("", photo("alone"))) == "progress.too_many_files"
    await talk.confirm(card.view)
    assert await talk.evidence() == [f"file-{name}" for name in names[:EVIDENCE_LIMIT]]


async def test_captions_longer_than_a_report_takes_leave_the_photos(talk: Talk) -> None:
    for name in "abcde":
        await talk.write("长" * 1024, photo(name), album="x")
    card = (await talk.due()).view
    assert line(card, "progress.card.words_left_out").values["limit"] == TEXT_LIMIT
    assert len(line(card, "progress.card.text").values["text"]) == 3 * 1024 + 2
    await talk.confirm(card)
    assert await kept(talk) == "abcde"


async def test_other_words_leave_nothing_out(talk: Talk) -> None:
    """修改 after captions that were too long: the new words end the warning."""
    for name in "abcde":
        await talk.write("长" * 1024, photo(name), album="x")
    await talk.edit((await talk.due()).view)
    assert "progress.card.words_left_out" not in keys(await talk.write(SENTENCE))


async def test_the_task_is_asked_once_after_the_album(talk: Talk, other: Task) -> None:
    await send(talk, "abc", "x", caption_on=-1)
    question = await talk.due(message_id=77)
    assert keys(question.view) == ["progress.which_task"]
    await talk.pick(question.view, other.id or 0)
    await send(talk, "d", "x", caption_on=-1)
    card = await talk.due()
    assert (card.edit, list(card.view.task_ids)) == (77, [other.id])
    await talk.confirm(card.view)
    assert await kept(talk) == "abcd"


@pytest.mark.parametrize("replies", [(0,), (2,), (0, 1, 2)])
async def test_an_album_as_a_reply(talk: Talk, other: Task, replies: tuple[int, ...]) -> None:
    """Any of its parts may be the reply; the words alone would mean another task."""
    for place, name in enumerate("abc"):
        about = [other.id or 0] if place in replies else []
        assert await talk.write(SENTENCE if place == 1 else "", photo(name), album="x", about=about) is None
    card = (await talk.due()).view
    assert list(card.task_ids) == [other.id]
    await talk.confirm(card)
    assert await kept(talk) == "abc"


async def test_an_album_joins_an_unfinished_report(talk: Talk) -> None:
    await talk.write(SENTENCE, photo("a"))
    await send(talk, "bc", "x", words="出动20人")
    await talk.confirm((await talk.due()).view)
    assert (await kept(talk), len(await talk.figures())) == ("abc", 2)


async def test_an_album_about_another_task_is_refused_once(talk: Talk, other: Task) -> None:
    """The unfinished report stays as it is."""
    card = await talk.write(SENTENCE, photo("a"))
    about = [other.id or 0]
    answers = [await talk.write("", photo(name), album="x", about=about) for name in "bcd"]
    assert [keys(answer) for answer in answers] == [["progress.finish_first"], [], []]
    await talk.confirm(card)
    assert await kept(talk) == "a"


async def test_an_album_about_what_is_over_is_refused_once(talk: Talk, world: World) -> None:
    await task_steps.complete(turn_for(talk.session, world.office, talk.now), world.task_id)
    answers = [await talk.write("", photo(name), album="x", about=[world.task_id]) for name in "abc"]
    assert [keys(answer) for answer in answers] == [["progress.task_finished"], [], []]
    assert await prompts.to_come(talk.session) == []


async def test_new_words_take_the_place_of_captions(talk: Talk) -> None:
    await send(talk, "ab", "x")
    await talk.edit((await talk.due()).view)
    card = await talk.write("今天清理违规广告牌匾21处")
    await talk.confirm(card)
    assert (await kept(talk), [added for *_, added in await talk.figures()]) == ("ab", [Decimal(21)])


async def test_who_has_left_gets_no_card(talk: Talk, session: Session) -> None:
    await send(talk, "ab", "x")
    talk.actor.contact.state = ContactState.LEFT
    await session.flush()
    ((draft_id, due),) = await prompts.to_come(session)
    assert await prompts.due_prompt(session, draft_id, due, talk.campaign) is None
    assert await prompts.to_come(session) == []


# -- parts that come when the report is filed ------------------------------------------------------------


async def test_a_photo_that_comes_after_the_confirmation_joins_its_report(
    talk: Talk, session: Session
) -> None:
    await send(talk, "ab", "x")
    await talk.confirm((await talk.due()).view)
    talk.now += late_parts.WITHIN
    (report,) = await talk.reports()
    answers = [await talk.write("", photo(name), album="x", message_id=ord(name)) for name in "cd"]
    assert [keys(answer) for answer in answers] == [["progress.joined_late"], []]
    assert line(answers[0], "progress.joined_late").values["number"] == report.receipt_no
    assert (await kept(talk), len(await talk.reports())) == ("abcd", 1)
    parts = (await session.exec(select(ReportPart.message_id, ReportPart.report_id))).all()
    assert sorted(parts) == [(ord(name), report.id) for name in "abcd"]
    evidence = (await session.exec(select(Evidence.message_id, Evidence.revision))).all()
    assert sorted(evidence) == [(ord(name), report.revision) for name in "abcd"]
    changes = [
        (row.before, row.after) for row in await session.exec(select(Audit)) if row.event == "evidence"
    ]
    assert changes == [({"evidence": 2}, {"evidence": 3}), ({"evidence": 3}, {"evidence": 4})]


@pytest.mark.parametrize("why", ["words", "late", "withdrawn", "full", "another album"])
async def test_what_does_not_join_is_a_report_of_its_own(talk: Talk, session: Session, why: str) -> None:
    for number in range(EVIDENCE_LIMIT if why == "full" else 2):
        await talk.write("", photo(str(number)), album="x", message_id=1 + number)
    await talk.confirm((await talk.due()).view)
    (report,) = await talk.reports()
    report.withdrawn = why == "withdrawn"
    talk.now += late_parts.WITHIN + timedelta(seconds=why == "late")
    album = "y" if why == "another album" else "x"
    assert await talk.write(SENTENCE if why == "words" else "", photo("z"), album=album) is None
    await talk.confirm((await talk.due()).view)
    assert len(await talk.reports()) == 2


# -- messages that are edited while they are parts of the draft ------------------------------------------


async def test_an_edited_message_changes_its_part_and_the_card(talk: Talk, session: Session) -> None:
    await talk.report("清理违规广告牌匾100处，出动20人")
    await talk.write("清理违规广告牌匾130处，出动25人", message_id=1)
    card = await talk.write("现场已复查", photo("a"), message_id=2)
    assert card is not None
    assert card.draft_id is not None
    await prompts.shown(card.draft_id)(session, 77)
    card = await talk.change(await talk.change(card, 0, mode="increment"), 1, choice="drop")
    assert await talk.rewrite(1, "清理违规广告牌匾131处，出动25人")
    again = await talk.due()
    assert again.edit == 77
    assert (
        line(again.view, "progress.card.text").values["text"] == "清理违规广告牌匾131处，出动25人\n现场已复查"
    )
    assert await refused(talk.confirm(card)) == "progress.old_card"
    assert "progress.card.ask_mode" in keys(again.view)  # another number: the old choice is not about it
    await talk.confirm(await talk.change(again.view, 0, mode="increment"))
    assert [added for *_, added in await talk.figures()] == [Decimal(100), Decimal(20), Decimal(131)]


async def test_an_edited_caption(talk: Talk) -> None:
    await send(talk, "ab", "x", caption_on=-1)
    assert await talk.rewrite(ord("b"), SENTENCE, photo("new"))
    await talk.confirm((await talk.due()).view)
    assert (await talk.evidence(), len(await talk.figures())) == (["file-a", "file-new"], 1)


async def test_words_are_given_a_picture_by_an_edit(talk: Talk) -> None:
    await talk.write(SENTENCE, message_id=1)
    assert await talk.rewrite(1, SENTENCE, photo("a"))
    await talk.confirm((await talk.due()).view)
    assert await talk.evidence() == ["file-a"]


async def test_an_edit_that_changes_nothing(talk: Talk, session: Session) -> None:
    """Telegram tells of edits that nobody sees, such as a link's preview."""
    card = await talk.write(SENTENCE, photo("a"), message_id=1)
    assert await talk.rewrite(1, SENTENCE, photo("a"))
    assert await prompts.to_come(session) == []
    await talk.confirm(card)


async def test_an_edit_of_what_is_no_part(talk: Talk, session: Session, other: Task) -> None:
    """Such an edit does not say which task the report is about, either."""
    assert not await talk.rewrite(1, SENTENCE)
    question = await talk.write("出动20人", message_id=1)
    assert not await talk.rewrite(2, SENTENCE)
    assert await prompts.to_come(session) == []
    (draft,) = (await session.exec(select(Draft))).all()
    assert (draft.text, draft.task_id) == ("出动20人", None)
    assert buttons(question, "report.pick")


async def test_an_edit_instead_of_new_words(talk: Talk) -> None:
    """After 修改 the person edits the message that they sent before."""
    await talk.edit(await talk.write(SENTENCE, message_id=1))
    assert await talk.rewrite(1, "今天清理违规广告牌匾21处")
    await talk.confirm((await talk.due()).view)
    assert [added for *_, added in await talk.figures()] == [Decimal(21)]


async def test_replaced_words_do_not_come_back_by_an_edit(talk: Talk) -> None:
    await talk.edit(await talk.write(SENTENCE, message_id=1))
    card = await talk.write("今天清理违规广告牌匾21处", message_id=2)
    assert not await talk.rewrite(1, "今天清理违规广告牌匾22处")
    await talk.confirm(card)
    assert [added for *_, added in await talk.figures()] == [Decimal(21)]


async def test_an_edit_that_is_too_long(talk: Talk) -> None:
    card = await talk.write(SENTENCE, message_id=1)
    assert await refused(talk.rewrite(1, "长" * (TEXT_LIMIT + 1))) == "progress.too_long"
    await talk.confirm(card)
    assert [report.text for report in await talk.reports()] == [SENTENCE]


async def test_an_edit_may_name_the_task(talk: Talk, other: Task) -> None:
    question = await talk.write("出动20人", message_id=1)
    assert buttons(question, "report.pick")
    assert await talk.rewrite(1, "今天背街小巷环境整治5条，出动20人")
    assert list((await talk.due()).view.task_ids) == [other.id]
