"""全部未报: the missing reports that a tally only counts are behind a button, by the reader's rights."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from models.db import Session
from services.campaign import Campaign
from services.tallies import missed_list
from services.views import LISTED, View
from tests.services.conftest import Local, World
from tests.services.groups import tallied
from tests.services.progress.talk import buttons, keys, line
from tests.support.people import Roster
from tests.support.turns import turn_for


def pressed(view: View) -> dict[str, Any]:
    """The arguments of 全部未报 as the handler gives them."""
    (found,) = buttons(view, "figures.missed")
    moments = {name: datetime.fromisoformat(found.arguments[name]) for name in ("since", "until")}
    return {**found.arguments, **moments}


async def test_all_that_is_missing_is_behind_a_button(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """Twenty of the one unit and three of the other; eight are named."""
    await tallied.bind(session, world.office, local(12, 14, 20), campaign)
    for number in range(23):
        unit = world.unit if number < 20 else world.other_unit
        await roster.task(unit, f"每日巡查{number}", None)
    (view,) = await tallied.run(session, local(12, 15, 18), campaign)
    assert keys(view).count("tally.missed_line") == 8
    office = turn_for(session, world.office, local(12, 15, 19), campaign)
    first = await missed_list.all_missed(office, **pressed(view))
    assert line(first, "tally.all_missed").values["count"] == 23
    assert keys(first).count("tally.missed_line") == LISTED
    rest = await missed_list.all_missed(office, **pressed(first))
    assert keys(rest).count("tally.missed_line") == 23 - LISTED
    theirs = turn_for(session, world.other_liaison, local(12, 15, 19), campaign)
    mine = await missed_list.all_missed(theirs, **pressed(view))
    assert keys(mine) == ["tally.all_missed", *["tally.missed_line"] * 3, "sources.within_your_view"]


async def test_what_is_named_whole_has_no_button(
    session: Session, world: World, roster: Roster, local: Local, campaign: Campaign
) -> None:
    await tallied.bind(session, world.office, local(12, 14, 20), campaign)
    await roster.task(world.unit, "每日巡查", None)
    (view,) = await tallied.run(session, local(12, 15, 18), campaign)
    assert "tally.missed_line" in keys(view)
    assert buttons(view, "figures.missed") == []
