"""又称: the office sees and forgets a unit's other names on its card; everybody finds the unit by them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from locales import html_text, plain
from models.audit_log import Audit
from models.db import Session
from models.people import Unit, aliases
from models.people.aliases import UnitAlias
from rules.people.roles import Role, Tier
from services import audit_texts
from services.access import Actor
from services.directory_names import DirectoryNames
from services.people import forgetting_names, unit_card, unit_retirement
from services.turn import Turn
from services.views import ButtonSpec, View
from tests.services.conftest import World
from tests.services.progress.talk import buttons, keys, line, refused
from tests.support.people import Roster
from tests.support.rows import id_of
from tests.support.turns import turn_for

NAME = "区城管局"


async def called(session: Session, unit: Unit, *names: str, now: datetime, by: Actor | None = None) -> None:
    made_by = None if by is None else by.id
    session.add_all(
        UnitAlias(name=name, unit_id=id_of(unit), made_by=made_by, made_at=now + timedelta(seconds=number))
        for number, name in enumerate(names)
    )
    await session.flush()


def labels(found: list[ButtonSpec]) -> list[str]:
    return [plain(one.label, "zh") for one in found]


def titles(view: View) -> list[str]:
    """The unit of a card, or the units of a choice."""
    if keys(view)[0] in {"units.title", "units.title_below"}:
        return [view.lines[0].values["unit"]]
    return labels(buttons(view, "unit.card"))


@pytest.fixture
def turn(session: Session, world: World, now: datetime) -> Turn:
    return turn_for(session, world.office, now)


async def names_left(session: Session) -> list[str]:
    return list((await session.exec(select(UnitAlias.name).order_by(col(UnitAlias.id)))).all())


# -- the card ------------------------------------------------------------------------------------------


async def test_the_card_names_them_with_a_button_each(turn: Turn, world: World) -> None:
    assert not buttons(await unit_card.card(turn, id_of(world.unit)), "unit.ask_forget")
    await called(turn.session, world.unit, NAME, "综合执法局", now=turn.now)
    await called(turn.session, world.other_unit, "东风办", now=turn.now)
    view = await unit_card.card(turn, id_of(world.unit))
    assert plain(line(view, "units.also"), "zh") == "又称：区城管局、综合执法局"
    assert labels(buttons(view, "unit.ask_forget")) == ["不再认定“区城管局”", "不再认定“综合执法局”"]
    assert {one.only_for for one in buttons(view, "unit.ask_forget")} == {world.office.id}
    assert not buttons(view, "unit.names")


async def test_six_stand_on_the_card_and_the_others_behind_more(turn: Turn, world: World) -> None:
    names = [f"第{number}个名称" for number in range(1, 14)]
    await called(turn.session, world.unit, *names, now=turn.now)
    view = await unit_card.card(turn, id_of(world.unit))
    assert plain(line(view, "units.also_more"), "zh") == "又称：" + "、".join(names[:6]) + " 等 13 个"
    assert [one.arguments["name"] for one in buttons(view, "unit.ask_forget")] == names[:6]
    (more,) = buttons(view, "unit.names")
    assert plain(more.label, "zh") == "更多别称（7 个）"
    first = await forgetting_names.page(turn, **more.arguments)
    (forth,) = buttons(first, "unit.names")
    second = await forgetting_names.page(turn, **forth.arguments)
    shown = [one.arguments["name"] for view in (first, second) for one in buttons(view, "unit.ask_forget")]
    assert shown == names
    assert plain(second.lines[1], "zh") == "11. 第11个名称"
    for page in (first, second):
        assert [one.arguments for one in buttons(page, "unit.show")] == [{"unit_id": id_of(world.unit)}]


async def test_a_page_that_is_gone_shows_the_first(turn: Turn, world: World) -> None:
    await called(turn.session, world.unit, NAME, now=turn.now)
    view = await forgetting_names.page(turn, id_of(world.unit), offset=10)
    assert [one.arguments["name"] for one in buttons(view, "unit.ask_forget")] == [NAME]


async def test_a_long_name_is_shortened_and_forgotten_whole(turn: Turn, world: World) -> None:
    long = "某" * 100
    await called(turn.session, world.unit, long, "<b>&", now=turn.now)
    view = await unit_card.card(turn, id_of(world.unit))
    assert html_text(line(view, "units.also"), "zh") == f"又称：{'某' * 39}…、&lt;b&gt;&amp;"
    button = buttons(view, "unit.ask_forget")[0]
    assert len(plain(button.label, "zh")) < 40
    await forgetting_names.forget(turn, **button.arguments)
    assert await names_left(turn.session) == ["<b>&"]


# -- forgetting ----------------------------------------------------------------------------------------


async def test_the_question_says_who_said_so_and_one_press_forgets(turn: Turn, world: World) -> None:
    await called(turn.session, world.unit, NAME, "综合执法局", now=turn.now, by=world.office)
    card = await unit_card.card(turn, id_of(world.unit))
    asked = await forgetting_names.ask(turn, **buttons(card, "unit.ask_forget")[0].arguments)
    (question,) = asked.view.lines
    assert html_text(question, "zh").startswith(
        "不再认定“区城管局”即<b>城管局</b>吗？（12月15日08:45由创城办 创城办工作人员认定）"
    )
    assert html_text(question, "en").startswith("Shall “区城管局” mean <b>城管局</b> no longer?")
    assert buttons(asked.view, "unit.show")
    assert await names_left(turn.session) == [NAME, "综合执法局"]
    (confirm,) = buttons(asked.view, "unit.forget")
    outcome = await forgetting_names.forget(turn, **confirm.arguments)
    assert outcome.done
    assert outcome.text is not None
    assert plain(outcome.text, "zh") == "已不再认定“区城管局”即城管局。"
    assert plain(line(outcome.view, "units.also"), "zh") == "又称：综合执法局"
    assert await names_left(turn.session) == ["综合执法局"]


async def test_it_is_audited_and_has_words(turn: Turn, world: World) -> None:
    await called(turn.session, world.unit, NAME, now=turn.now)
    await forgetting_names.forget(turn, id_of(world.unit), NAME)
    (row,) = (await turn.session.exec(select(Audit).where(Audit.event == "forget_alias"))).all()
    assert (row.subject_type, row.subject_id, row.actor_id) == ("unit", world.unit.id, world.office.id)
    assert (row.before, row.after) == ({"unit_id": world.unit.id, "name": NAME}, None)
    assert plain(audit_texts.event_text(row), "zh") == "不再认定单位别称"
    assert plain(audit_texts.event_text(row), "en") == "Other name of a unit forgotten"
    found = audit_texts.changes(row, await DirectoryNames.load(turn.session))
    assert [(plain(one.field, "zh"), one.old and plain(one.old, "zh"), one.new) for one in found] == [
        ("单位", "城管局", None),
        ("名称", NAME, None),
    ]


@pytest.mark.parametrize("step", [forgetting_names.ask, forgetting_names.forget])
async def test_what_is_gone_or_moved_is_said_with_the_card_as_it_is(
    turn: Turn, world: World, step: object
) -> None:
    """An old button forgets nothing that means another unit by now."""
    assert callable(step)
    await called(turn.session, world.other_unit, NAME, now=turn.now)
    outcome = await step(turn, id_of(world.unit), NAME)
    assert not outcome.done
    assert plain(outcome.text, "zh") == "“区城管局”已不再认定为城管局，无需再办。"
    assert titles(outcome.view) == ["城管局"]
    assert await names_left(turn.session) == [NAME]
    assert not (await turn.session.exec(select(Audit).where(Audit.event == "forget_alias"))).all()


@pytest.mark.parametrize("role", [*(role for role in Role if role is not Role.OFFICE), None])
async def test_only_the_office_sees_and_forgets_them(
    turn: Turn, world: World, roster: Roster, role: Role | None
) -> None:
    await called(turn.session, world.unit, NAME, now=turn.now)
    actor = await roster.actor(world.unit, "某人", *([] if role is None else [role]))
    theirs = turn_for(turn.session, actor, turn.now)
    unit_id = id_of(world.unit)
    assert await refused(forgetting_names.page(theirs, unit_id)) == "tasks.office_only"
    assert await refused(forgetting_names.ask(theirs, unit_id, NAME)) == "tasks.office_only"
    assert await refused(forgetting_names.forget(theirs, unit_id, NAME)) == "tasks.office_only"
    assert await names_left(turn.session) == [NAME]
    if unit_card.in_scope(actor, unit_id):
        view = await unit_card.card(theirs, unit_id)
        assert not {"units.also", "units.also_more"}.intersection(keys(view))
        assert not buttons(view, "unit.ask_forget")


# -- /unit by another name -----------------------------------------------------------------------------


async def found(turn: Turn, words: str, actor: Actor | None = None) -> list[str]:
    reader = turn if actor is None else turn_for(turn.session, actor, turn.now)
    return titles(await unit_card.find(reader, words))


async def test_another_name_finds_the_unit_for_whoever_sees_it(turn: Turn, world: World) -> None:
    await called(turn.session, world.unit, "区ABC局", now=turn.now)
    for actor in (world.office, world.leader):
        assert await found(turn, "区abc局", actor) == ["城管局"]
        assert await found(turn, "区 ＡＢＣ 局", actor) == ["城管局"]
    theirs = turn_for(turn.session, world.other_liaison, turn.now)
    assert world.other_liaison.scope is not None
    assert world.unit.id not in world.other_liaison.scope
    assert await refused(unit_card.find(theirs, "区ABC局")) == "units.none"
    await forgetting_names.forget(turn, id_of(world.unit), "区ABC局")
    assert await refused(unit_card.find(turn, "区ABC局")) == "units.none"


async def test_an_exact_name_comes_before_another_name(turn: Turn, world: World, roster: Roster) -> None:
    """It does so as well if the reader may not see the unit of that name."""
    await roster.unit("执法大队")
    await called(turn.session, world.unit, "执法大队", now=turn.now)
    assert await found(turn, "执法大队") == ["执法大队"]
    theirs = turn_for(turn.session, world.leader, turn.now)
    assert await refused(unit_card.find(theirs, "执法大队")) == "units.none"


async def test_another_name_comes_before_a_part_of_a_name(turn: Turn, world: World, roster: Roster) -> None:
    await roster.unit("区城管局一所", Tier.VILLAGE)
    await called(turn.session, world.unit, NAME, now=turn.now)
    assert await found(turn, NAME) == ["城管局", "区城管局一所"]


async def test_parts_of_other_names_are_looked_at_where_no_name_fits(turn: Turn, world: World) -> None:
    await called(turn.session, world.unit, "综合执法局", "行政执法局", now=turn.now)
    await called(turn.session, world.other_unit, "城管东风站", now=turn.now)
    assert await found(turn, "执法") == ["城管局"]
    assert await found(turn, "执法 综合") == ["城管局"]
    assert await found(turn, "城管") == ["城管局"]


# -- units out of use ----------------------------------------------------------------------------------


async def test_a_retired_unit_shows_its_names_and_is_not_found_by_them(turn: Turn, roster: Roster) -> None:
    unit = await roster.unit("城管居")
    await called(turn.session, unit, "区城管居委", now=turn.now)
    assert await found(turn, "区城管居委") == ["城管居"]
    card = await unit_retirement.retire(turn, id_of(unit))
    assert "units.retired" in keys(card)
    assert plain(line(card, "units.also"), "zh") == "又称：区城管居委"
    assert await aliases.names(turn.session) == {}
    assert await refused(unit_card.find(turn, "区城管居委")) == "units.none"
    (button,) = buttons(card, "unit.ask_forget")
    outcome = await forgetting_names.forget(turn, **button.arguments)
    assert outcome.done
    assert "units.retired" in keys(outcome.view)
    assert await names_left(turn.session) == []


async def test_a_retired_unit_of_that_very_name_stands_first(
    turn: Turn, world: World, roster: Roster
) -> None:
    unit = await roster.unit(NAME)
    await unit_retirement.retire(turn, id_of(unit))
    await called(turn.session, world.unit, NAME, now=turn.now)
    assert await found(turn, NAME) == ["区城管局（已停用）", "城管局"]
