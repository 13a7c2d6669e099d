"""``/sections``: the table is shown and changed by the office, and each change is audited."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import col, select

from locales import LOCALES, Text
from models.audit_log import Audit
from models.db import Database, Session
from models.people import office_sections
from models.people.office_sections import OfficeSection
from rules.people.office_subjects import OfficeSubject
from rules.people.roles import Role
from services.access import Actor
from services.campaign import Campaign
from services.office import section_table
from services.people import section_changes
from services.views import TurnOutcome, View
from tests.services.conftest import World, make_world
from tests.services.progress.talk import buttons, keys, refused
from tests.support.people import Roster
from tests.support.turns import turn_for

S = OfficeSubject
MATERIALS, GENERAL = "材料组", "综合组"


@pytest.fixture
async def colleague(session: Session, roster: Roster, world: World) -> Actor:
    """Two sections: 综合组 and 材料组, with a member each."""
    found = await roster.actor(world.office.unit, "第二人", Role.OFFICE)
    found.contact.section, world.office.contact.section = MATERIALS, f" {GENERAL}"
    await session.flush()
    return found


async def put(
    session: Session, actor: Actor, section: str, seen: str = "", subject: OfficeSubject = S.CASES
) -> TurnOutcome:
    return await section_table.set_section(turn_for(session, actor), subject, section, seen)


async def table(session: Session) -> dict[OfficeSubject, str]:
    return await office_sections.sections(session)


async def audited(session: Session) -> list[tuple[int | None, Any, Any]]:
    query = select(Audit).where(Audit.event == section_changes.EVENT).order_by(col(Audit.id))
    return [(row.actor_id, row.before, row.after) for row in await session.exec(query)]


def offered(view: View) -> list[object]:
    return [one.arguments["section"] for one in buttons(view, "section.set")]


async def test_without_a_table_every_subject_is_everybodys(session: Session, world: World) -> None:
    shown = await section_table.view(turn_for(session, world.office))
    assert keys(shown) == ["sections.title", *["sections.line"] * len(S), "sections.how"]
    assert {one.values["who"].key for one in shown.lines[1:-1]} == {"sections.everybody"}
    assert [one.arguments["subject"] for one in buttons(shown, "section.choose")] == list(S)


async def test_the_sections_are_those_of_the_offices_people(
    session: Session, world: World, colleague: Actor
) -> None:
    world.liaison.contact.section = "执法科"
    await session.flush()
    shown = await section_table.choose(turn_for(session, world.office), S.CASES)
    assert offered(shown) == [GENERAL, MATERIALS], "without all of the office, as it is so already"
    await put(session, world.office, MATERIALS)
    shown = await section_table.choose(turn_for(session, world.office), S.CASES)
    assert offered(shown) == [GENERAL, MATERIALS, ""]


async def test_an_office_without_sections_learns_where_to_name_them(session: Session, world: World) -> None:
    shown = await section_table.choose(turn_for(session, world.office), S.PAPERS)
    assert keys(shown) == ["sections.choose", "sections.none"]
    assert offered(shown) == []


async def test_a_subject_is_given_changed_and_cleared(
    session: Session, world: World, colleague: Actor
) -> None:
    done = await put(session, world.office, MATERIALS)
    assert done.text == Text("sections.kept")
    await put(session, world.office, MATERIALS, "", S.PEOPLE)
    assert await table(session) == {S.CASES: MATERIALS, S.PEOPLE: MATERIALS}
    await put(session, colleague, GENERAL, MATERIALS)
    await put(session, world.office, "", GENERAL)
    assert await table(session) == {S.PEOPLE: MATERIALS}
    said = [{"subject": "cases", "section": one} for one in (None, MATERIALS, GENERAL, None)]
    people = [{"subject": "people", "section": one} for one in (None, MATERIALS)]
    mine, other = world.office.id, colleague.id
    assert await audited(session) == [
        (mine, said[0], said[1]),
        (mine, people[0], people[1]),
        (other, said[1], said[2]),
        (mine, said[2], said[3]),
    ]


async def test_a_choice_that_changes_nothing_is_no_change(
    session: Session, world: World, colleague: Actor
) -> None:
    await put(session, world.office, MATERIALS)
    await put(session, colleague, MATERIALS, MATERIALS)
    (row,) = await session.exec(select(OfficeSection))
    assert row.made_by == world.office.id
    assert len(await audited(session)) == 1


async def test_an_old_button_changes_nothing(session: Session, world: World, colleague: Actor) -> None:
    await put(session, world.office, MATERIALS)
    late = await put(session, colleague, GENERAL)
    assert (late.done, late.text) == (False, Text("sections.changed_meanwhile"))
    assert await table(session) == {S.CASES: MATERIALS}
    assert keys(late.view)[0] == "sections.title"


async def test_a_section_that_nobody_is_in_any_more_is_refused(
    session: Session, world: World, colleague: Actor
) -> None:
    colleague.contact.section = GENERAL
    await session.flush()
    assert await refused(put(session, world.office, MATERIALS)) == "sections.gone"
    assert await table(session) == {}


async def test_a_section_that_has_emptied_is_shown_as_such(
    session: Session, world: World, colleague: Actor
) -> None:
    await put(session, world.office, MATERIALS)
    colleague.contact.section = GENERAL
    await session.flush()
    shown = await section_table.view(turn_for(session, world.office))
    whose = [one.values["who"].key for one in shown.lines[1:-1]]
    assert whose.count("sections.empty_section") == 1


async def test_only_the_office_sees_and_changes_it(session: Session, world: World, colleague: Actor) -> None:
    for actor in (world.leader, world.liaison):
        turn = turn_for(session, actor)
        for step in (
            section_table.view(turn),
            section_table.choose(turn, S.CASES),
            section_table.set_section(turn, S.CASES, MATERIALS, ""),
        ):
            assert await refused(step) == "tasks.office_only"
    assert await table(session) == {}


@pytest.mark.parametrize("locale", LOCALES)
async def test_it_reads_well_in_both_languages(
    session: Session, world: World, colleague: Actor, locale: str
) -> None:
    await put(session, world.office, MATERIALS)
    shown = await section_table.view(turn_for(session, world.office))
    words = {"zh": "· 案卷与督办：材料组（1人）", "en": "· Cases and orders: 材料组 (1)"}[locale]
    assert words in shown.plain(locale).splitlines()


@pytest.mark.both_engines("side by side")
@pytest.mark.parametrize("first", ["", MATERIALS])
async def test_of_two_at_once_the_second_sees_the_change(
    database: Database, now: datetime, campaign: Campaign, first: str
) -> None:
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        world = await make_world(roster)
        world.office.contact.section = GENERAL
        other = await roster.actor(world.office.unit, "第二人", Role.OFFICE)
        other.contact.section = MATERIALS
        third = await roster.actor(world.office.unit, "第三人", Role.OFFICE)
        third.contact.section = "督导组"
        await session.flush()
        if first:
            await put(session, world.office, first)

    async def press(actor: Actor, section: str) -> bool:
        async with database.transaction() as session:
            return (await put(session, actor, section, first)).done

    done: Sequence[bool] = await asyncio.gather(press(world.office, GENERAL), press(other, "督导组"))
    assert sorted(done) == [False, True]
    async with database.reading() as session:
        assert await table(session) == {S.CASES: GENERAL if done[0] else "督导组"}
        assert len(await audited(session)) == (2 if first else 1)
