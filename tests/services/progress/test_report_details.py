"""What a report holds beside words, figures and photos; and numbers that are asked about again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlmodel import select

from locales import plain
from models.db import Session
from models.drafts import Draft
from reports.formats import files_text
from services.drafts import draft_changes
from services.drafts.draft_changes import NUMBERS_LIMIT, EvidenceFile
from services.progress import report_card_buttons
from services.views import View
from tests.services.conftest import World
from tests.services.progress.talk import Talk, buttons, keys, line, photo, refused, revision
from tests.support.people import Roster
from tests.support.turns import turn_for

SENTENCE = "今天清理违规广告牌匾12处"


async def draft_of(talk: Talk) -> Draft:
    return (await talk.session.exec(select(Draft).where(Draft.chat_id == talk.chat_id))).one()


# -- progress in per cent --------------------------------------------------------------------------------


async def test_a_receipt_rounds_nothing(talk: Talk) -> None:
    await talk.report("今天发放宣传单32,050份")
    (receipt,) = await talk.receipts()
    assert plain(line(receipt, "progress.receipt.figure"), "zh").endswith("本次 32050份，各单位累计 32050份")


async def test_progress_is_shown_and_filed(talk: Talk) -> None:
    card = await talk.write(f"{SENTENCE}，总体完成进度80%，合格率98%")
    assert line(card, "progress.card.percent").values["percent"] == 80
    await talk.confirm(card)
    (report,) = await talk.reports()
    assert (report.percent, [added for *_, added in await talk.figures()]) == (80, [Decimal(12)])


async def test_progress_alone_is_not_a_report_without_numbers(talk: Talk) -> None:
    card = await talk.write("已完成八成")
    assert keys(card)[-2:] == ["progress.card.percent", "progress.card.ask_confirm"]


async def test_what_is_no_progress_is_dropped_and_stays_dropped(talk: Talk) -> None:
    """A button drops it, and it stays dropped until other words state another percentage."""
    card = await talk.write("完成进度80%")
    assert card is not None
    card = await report_card_buttons.drop_percent(
        turn_for(talk.session, talk.actor, talk.now, chat=talk.chat_id), revision(card)
    )
    assert "progress.card.percent" not in keys(card)
    assert not buttons(card, "report.percent")
    card = await talk.write("现场已复查")
    assert "progress.card.percent" not in keys(card)
    await talk.edit(card)
    card = await talk.write("完成进度90%")
    assert line(card, "progress.card.percent").values["percent"] == 90
    await talk.confirm(card)
    assert [report.percent for report in await talk.reports()] == [90]


async def test_more_than_all_is_refused_and_nothing_else(talk: Talk) -> None:
    card = await talk.write(f"{SENTENCE}，完成进度120%")
    assert line(card, "progress.card.percent_over").values["percent"] == 120
    assert not buttons(card, "report.percent")
    await talk.confirm(card)
    (report,) = await talk.reports()
    assert (report.percent, len(await talk.figures())) == (None, 1)


async def test_more_numbers_than_a_report_counts(talk: Talk) -> None:
    """Beyond a limit numbers are not counted, and the card says so; new words in their place are whole."""
    card = await talk.write("清理1处，" * (NUMBERS_LIMIT + 5))
    assert line(card, "progress.card.numbers_left_out").values == {"limit": NUMBERS_LIMIT, "count": 5}
    assert keys(card).count("progress.card.figure") == NUMBERS_LIMIT
    await talk.edit(card)
    assert "progress.card.numbers_left_out" not in keys(await talk.write(SENTENCE))


# -- place, video, documents, origin ---------------------------------------------------------------------


async def test_a_place_joins_the_report(talk: Talk) -> None:
    """The last place counts, with its name where it has one."""
    card = await talk.write("", location=(31.23041, 121.47370, None), message_id=1)
    assert line(card, "progress.card.location").values["place"] == "31.2304, 121.4737"
    card = await talk.write(SENTENCE, photo("a"))
    card = await talk.write("", location=(31.5, 121.5, "人民广场"), message_id=2)
    assert line(card, "progress.card.location").values["place"] == "人民广场"
    await talk.confirm(card)
    (report,) = await talk.reports()
    assert (report.latitude, report.longitude, report.place) == (31.5, 121.5, "人民广场")


async def test_a_video_and_several_documents(talk: Talk) -> None:
    await talk.write(SENTENCE, EvidenceFile("video", "v", "uv", "现场.mp4"))
    for name in "abc":
        card = await talk.write("", EvidenceFile("document", name, f"u{name}", f"{name}.pdf"))
    assert line(card, "progress.card.files").values["files"] == files_text(["video", *["document"] * 3])
    await talk.confirm(card)
    assert await talk.evidence() == ["v", "a", "b", "c"]


async def test_what_is_forwarded_is_shown_as_such(talk: Talk) -> None:
    card = await talk.write(SENTENCE, source="创城快报")
    card = await talk.write("出动20人", source="创城快报")
    card = await talk.write("现场已复查", source="张三")
    assert line(card, "progress.card.forwarded").values["sources"] == ["创城快报", "张三"]


async def test_somebody_elses_nothing_new_is_not_filed(talk: Talk) -> None:
    card = await talk.write("今天无情况", source="张三")
    assert "progress.card.forwarded" in keys(card)
    assert await talk.reports() == []


# -- far from the usual ----------------------------------------------------------------------------------


@pytest.fixture
async def used(talk: Talk) -> Talk:
    """A person whose unit reports about twelve a day."""
    for amount in (10, 12, 14):
        await talk.report(f"今天清理违规广告牌匾{amount}处")
    return talk


async def counted(talk: Talk) -> list[Decimal]:
    return [added for *_, added in await talk.figures()][3:]


def usual(view: View | None) -> tuple[str, int]:
    values = line(view, "progress.card.unusual").values
    return f"{values['usual'].values['grouped']}", values["times"]


async def test_a_number_of_ten_times_the_usual_is_asked_about_once(used: Talk) -> None:
    card = await used.write("今天清理违规广告牌匾576处")
    assert usual(card) == ("12", 48)
    question = await used.confirm(card)
    assert keys(question)[0] == "progress.unusual.title"
    assert usual(question) == ("12", 48)
    # A double tap on the card is not the answer.
    assert await refused(used.confirm(card)) == "progress.old_card"
    assert await counted(used) == []
    assert keys(await used.confirm(question)) == ["progress.confirmed"]
    assert await counted(used) == [Decimal(576)]


async def test_asked_again_when_the_numbers_have_changed(used: Talk) -> None:
    question = await used.confirm(await used.write("今天清理违规广告牌匾576处"))
    again = await report_card_buttons.show_draft_card(
        turn_for(used.session, used.actor, chat=used.chat_id), revision(question)
    )
    assert usual(again) == ("12", 48)
    await used.edit(question)
    question = await used.confirm(await used.write("今天清理违规广告牌匾567处"))
    assert keys(question)[0] == "progress.unusual.title"
    await used.edit(question)
    assert keys(await used.confirm(await used.write("今天清理违规广告牌匾57处"))) == ["progress.confirmed"]
    assert await counted(used) == [Decimal(57)]


async def test_of_a_total_what_it_adds_is_compared(used: Talk) -> None:
    assert "progress.card.unusual" not in keys(await used.write("累计清理违规广告牌匾150处"))
    await used.cancel()
    assert usual(await used.write("累计清理违规广告牌匾636处")) == ("12", 50)


@pytest.mark.parametrize("what", ["another metric", "not counted", "undecided"])
async def test_nothing_to_compare(used: Talk, what: str) -> None:
    card = await used.write("今天清运垃圾576吨" if what == "another metric" else "清理违规广告牌匾576处")
    if what == "not counted":
        card = await used.change(card, choice="drop")
    assert "progress.card.unusual" not in keys(card)
    if what != "undecided":
        assert keys(await used.confirm(card)) == ["progress.confirmed"]


async def test_each_unit_has_its_own_usual(
    used: Talk, session: Session, world: World, roster: Roster
) -> None:
    """Another unit's small numbers say nothing about this unit's usual."""
    world.task.lead_unit_id = world.other_unit.id or 0
    other = Talk(session, world.other_liaison, used.now, used.campaign)
    card = await other.write("今天清理违规广告牌匾576处", about=[world.task_id])
    assert "progress.card.unusual" not in keys(card)


async def test_what_was_taken_back_is_not_usual(used: Talk) -> None:
    (first, *_) = await used.reports()
    first.withdrawn = True
    assert "progress.card.unusual" not in keys(await used.write("今天清理违规广告牌匾576处"))


async def test_the_parts_of_a_draft(talk: Talk) -> None:
    """The draft keeps the parts by which a correction finds the report later."""
    await talk.write(SENTENCE, message_id=7)
    await talk.write("", photo("a"), message_id=8)
    await talk.write("", location=(1.0, 2.0, None), message_id=9)
    parts = (await draft_of(talk)).content["parts"]
    assert [(part["message_id"], part["text"], len(part["files"])) for part in parts] == [
        (7, SENTENCE, 0),
        (8, "", 1),
        (9, "", 0),
    ]
    assert draft_changes.location_of(await draft_of(talk)) == (1.0, 2.0, None)
