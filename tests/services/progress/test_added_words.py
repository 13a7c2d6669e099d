"""Words that are added to a draft: the next card says which numbers came, changed or are gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from locales import plain
from models.drafts import Draft
from services.drafts import figure_changes
from services.drafts.draft_figures import DraftFigure
from services.views import View
from tests.services.progress.talk import Talk, photo

FIRST = "今天清理违规广告牌匾12处"
LONG = DraftFigure("清理农贸市场及周边的广告牌匾", "999999999999.1234", "平方米", True, "牌匾", "平方米")


def told(card: View | None) -> list[str]:
    """The lines of the card about what was added."""
    assert card is not None
    return [plain(line, "zh") for line in card.lines if line.key.startswith("progress.added.")]


async def test_the_first_card_tells_of_no_change(talk: Talk) -> None:
    assert told(await talk.write(FIRST, photo("a"))) == []


async def test_a_number_that_came(talk: Talk) -> None:
    await talk.write(FIRST)
    assert told(await talk.write("清运垃圾3吨")) == ["✏️ 本次补充：清运垃圾 3吨"]
    assert told(await talk.write("出动20人")) == ["✏️ 本次补充：出动人员 20人"], "only of the last words"


async def test_changes_that_no_card_has_shown_stay_on_the_next_one(talk: Talk) -> None:
    """Two late parts of an album, or two edits in quick succession."""
    await talk.write(FIRST, photo("a"), album="g", message_id=7)
    await talk.due()
    await talk.write("清运垃圾3吨", photo("b"), album="g")
    await talk.write("出动20人", photo("c"), album="g")
    assert told((await talk.due()).view) == ["✏️ 本次补充：清运垃圾 3吨、出动人员 20人"]
    await talk.rewrite(7, "今天清理违规广告牌匾15处", photo("a"))
    await talk.rewrite(7, "今天清理违规广告牌匾16处", photo("a"))
    assert told((await talk.due()).view) == ["✏️ 本次补充：清理违规广告牌匾 12处→16处"]


async def test_words_without_a_number(talk: Talk) -> None:
    await talk.write(FIRST)
    assert told(await talk.write("在东门一带")) == ["✏️ 本次补充：没有新的数字"]
    assert told(await talk.write("", photo("a"))) == [], "a photo says nothing about the numbers"


async def test_other_words_in_their_place(talk: Talk) -> None:
    """修改: an amount changes, another number is gone."""
    card = await talk.write(f"{FIRST}，清运垃圾3吨")
    await talk.edit(card)
    assert told(await talk.write("今天清理违规广告牌匾15处")) == [
        "✏️ 本次补充：清理违规广告牌匾 12处→15处、去掉清运垃圾 3吨"
    ]


async def test_a_unit_of_measure_that_was_missing_is_no_other_number(talk: Talk) -> None:
    await talk.report(FIRST)
    await talk.edit(await talk.write("清理违规广告牌匾15"))
    assert told(await talk.write("清理违规广告牌匾15处")) == ["✏️ 本次补充：没有新的数字"]


async def test_an_edited_message(talk: Talk) -> None:
    await talk.write(FIRST, photo("a"), album="g", message_id=7)
    await talk.rewrite(7, "今天清理违规广告牌匾11处", photo("a"))
    assert told((await talk.due()).view) == [], "the first card is not out yet"
    await talk.rewrite(7, "今天清理违规广告牌匾12处", photo("a"))
    await talk.due()
    await talk.rewrite(7, "今天清理违规广告牌匾21处", photo("a"))
    assert told((await talk.due()).view) == ["✏️ 本次补充：清理违规广告牌匾 12处→21处"]


async def test_a_correction(talk: Talk) -> None:
    await talk.report(FIRST)
    assert told(await talk.reopen(await talk.undo())) == [], "nothing is added yet"
    assert told(await talk.write("今天清理违规广告牌匾15处")) == ["✏️ 本次补充：清理违规广告牌匾 12处→15处"]


async def test_an_album_alone_gets_a_first_card(talk: Talk) -> None:
    """Its caption may stand under any of the photos; one that comes after the card is an addition."""
    await talk.write("", photo("a"), album="g")
    await talk.write(FIRST, photo("b"), album="g")
    assert told((await talk.due()).view) == []
    await talk.write("清运垃圾3吨", photo("c"), album="h")
    await talk.write("", photo("d"), album="h")
    assert told((await talk.due()).view) == ["✏️ 本次补充：清运垃圾 3吨"]


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("count", [1, 2, 12])
@pytest.mark.parametrize("before", [[], [replace(LONG, value="12")]])
def test_the_line_is_short(before: list[DraftFigure], count: int, locale: str, now: datetime) -> None:
    draft = Draft(contact_id=1, chat_id=1, updated_at=now)
    figure_changes.note(
        draft, before, [replace(LONG, read_unit=f"{n}" if n else "平方米") for n in range(count)]
    )
    (line,) = figure_changes.lines(draft)
    assert "999" in plain(line, locale)
    assert len(plain(line, locale)) <= (60 if locale == "zh" else 80)


def test_a_number_that_does_not_count_is_no_change(now: datetime) -> None:
    draft = Draft(contact_id=1, chat_id=1, updated_at=now)
    figure_changes.note(draft, [], [replace(LONG, dropped=True)])
    (line,) = figure_changes.lines(draft)
    assert line.key == "progress.added.nothing"
