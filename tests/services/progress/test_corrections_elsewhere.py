"""Reports corrected from another chat, where the same numbers mean other messages."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from models import progress as reports
from models.db import Session
from models.progress import report_revisions
from services.progress import corrections, my_reports
from services.views import View
from tests.services.groups.tallied import GROUP
from tests.services.progress.talk import Talk, buttons, photo
from tests.support.turns import turn_for

ITEM = "清理违规广告牌匾"


@dataclass
class InGroup(Talk):
    """The same person, in the group."""

    @property
    def chat_id(self) -> int:
        return GROUP


@pytest.fixture
async def opened(talk: Talk) -> View:
    """Open 更正 for the report of message 7 in the group; message 7 of the private chat is a report, too."""
    in_group = InGroup(talk.session, talk.actor, talk.now, talk.campaign)
    await in_group.report(f"今天{ITEM}12处", photo("a"), message_id=7)
    await talk.report("今天清理垃圾3吨", message_id=7)
    listed = await my_reports.list_view(turn_for(talk.session, talk.actor, campaign=talk.campaign))
    button = buttons(listed, "mine.open")[1]
    shown = await my_reports.open_one(
        turn_for(talk.session, talk.actor, campaign=talk.campaign), **button.arguments
    )
    return await talk.reopen(shown)


async def test_an_edit_here_is_of_the_report_that_was_made_here(talk: Talk, opened: View) -> None:
    assert not await talk.rewrite(7, "今天清理垃圾5吨"), "it is no part of what is being corrected"
    assert await talk.correct(7, "今天清理垃圾5吨") is None
    assert [report.text for report in await talk.reports()] == [f"今天{ITEM}12处", "今天清理垃圾5吨"]


async def test_words_from_here_join_pictures_from_there(talk: Talk, opened: View, session: Session) -> None:
    report = (await talk.reports())[0]
    await talk.confirm(await talk.write(f"今天{ITEM}21处", message_id=9))
    rows = await report_revisions.parts_of(session, report.id or 0)
    assert [(row.chat_id, row.message_id) for row in rows] == [(GROUP, 7), (talk.chat_id, 9)]
    in_group = InGroup(talk.session, talk.actor, talk.now, talk.campaign)
    await in_group.correct(7, "", photo("b"))
    assert await talk.correct(9, f"今天{ITEM}22处") is None
    assert [file.file_id for file in await reports.evidence_of(session, report)] == ["file-b"]
    assert not await corrections.is_part(turn_for(session, talk.actor, chat=GROUP), 9)
