"""/mine: a person's own last reports, and one of them with all that became of it."""

from __future__ import annotations

from dataclasses import replace

from services.campaign import Campaign
from services.progress import my_reports
from services.views import View
from tests.services.conftest import World
from tests.services.progress.talk import Talk, buttons, keys, line, photo
from tests.support.turns import turn_for

ITEM = "清理违规广告牌匾"


async def test_mine_lists_and_opens(talk: Talk, world: World, campaign: Campaign) -> None:
    assert keys(await my_reports.list_view(turn_for(talk.session, talk.actor, campaign=campaign))) == [
        "mine.none"
    ]
    await talk.write("无情况")
    await replace(talk, actor=world.liaison).report(f"今天{ITEM}99处")
    await talk.report(f"今天{ITEM}12处", photo("a"), message_id=7)
    await talk.correct(7, f"今天{ITEM}21处", photo("b"))
    shown = await my_reports.list_view(turn_for(talk.session, talk.actor, campaign=campaign))
    lines = [one for one in shown.lines if one.key == "mine.line"]
    assert [one.values["counted"] for one in lines][1].key == "mine.zero"
    assert lines[0].values["counted"][0].values["quantity"].values["grouped"] == "21"
    assert line(shown, "mine.marks").values["marks"][0].values["times"] == 1
    opened = await open_first(talk, shown)
    texts = [one.values["text"] for one in opened.lines if one.key == "mine.text"]
    assert texts == [f"今天{ITEM}21处", f"今天{ITEM}12处"]
    assert [file.file_id for file in opened.files] == ["file-b"]
    await talk.withdraw(opened)
    opened = await open_first(talk, shown)
    assert (opened.rows, line(opened, "mine.status").values["marks"][1].key) == ([], "mine.mark.withdrawn")
    assert [file.file_id for file in opened.files] == ["file-b"], "what was withdrawn can still be read"


async def open_first(talk: Talk, shown: View) -> View:
    button = buttons(shown, "mine.open")[0]
    return await my_reports.open_one(
        turn_for(talk.session, talk.actor, campaign=talk.campaign), **button.arguments
    )


async def test_mine_is_no_longer_than_ten(talk: Talk, campaign: Campaign) -> None:
    for number in range(my_reports.LISTED + 2):
        await talk.report(f"今天{ITEM}{number + 1}处")
    shown = await my_reports.list_view(turn_for(talk.session, talk.actor, campaign=campaign))
    numbers = [one.values["number"] for one in shown.lines if one.key == "mine.line"]
    assert numbers == [f"20261215-{number:04}" for number in range(my_reports.LISTED + 2, 2, -1)]
