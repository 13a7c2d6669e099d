"""A roster that names a unit out of use brings it back; other sheets do not, and meanwhile it is unknown."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import col, select

from locales import plain
from models import people
from models.audit_log import Audit
from models.db import Database, ident
from models.importing import JobState
from models.people import ContactState, Unit
from rules.people.roles import Tier
from services.access import actor_of
from services.campaign import Campaign
from services.errors import DomainError
from services.importing.plans.roster_plan import RosterPlan
from services.people import unit_retirement
from tests.services.importing.builders import sheet, task, workbook
from tests.services.importing.importing_desk import ImportDesk
from tests.services.importing.plans.test_import_roster_plan import BUREAU, DISTRICT, HEADER, STREET, Office
from tests.support.turns import turn_for

VILLAGE = ("东一村", "村居", "东风街道", None, None, None, None)


@pytest.fixture
def office(database: Database, now: datetime) -> Office:
    return Office(database, now)


async def retire(database: Database, now: datetime, *names: str) -> None:
    """As if nothing had hung on them: whoever was there has left."""
    async with database.transaction() as session:
        for unit in (await people.units_named(session, names)).values():
            unit.retired_at = now
            for contact in await people.contacts_of_unit(session, ident(unit)):
                contact.state = ContactState.LEFT


async def stored(database: Database) -> dict[str, Unit]:
    async with database.reading() as session:
        return {unit.name: unit for unit in await people.all_units(session, retired=True)}


async def revivals(database: Database) -> list[int | None]:
    async with database.reading() as session:
        query = select(Audit).where(Audit.event == "revive").order_by(col(Audit.id))
        rows = (await session.exec(query)).all()
    assert all((row.before, row.after) == ({"retired": True}, {"retired": False}) for row in rows)
    return [row.subject_id for row in rows]


def said(plan: RosterPlan) -> dict[str, list[str]]:
    return {one.name: [plain(text, "zh") for text in one.texts] for one in plan.changes}


async def test_a_roster_that_names_it_brings_it_back(
    office: Office, database: Database, now: datetime
) -> None:
    await office.import_(DISTRICT, STREET, BUREAU)
    await retire(database, now, "东风街道")
    plan = await office.import_(DISTRICT, STREET, BUREAU)
    assert (plan.count_units("changed"), plan.count_units("unchanged")) == (1, 2)
    assert said(plan)["东风街道"] == ["重新启用（曾停用）"]
    assert said(plan)["东风街道联络员"] == ["已离任，导入后恢复"]
    units = await stored(database)
    assert units["东风街道"].retired_at is None
    assert units["东风街道"].parent_id == units["示范区"].id
    assert await revivals(database) == [units["东风街道"].id]
    assert (await office.import_(DISTRICT, STREET, BUREAU)).count_units("unchanged") == 3
    assert len(await revivals(database)) == 1


async def test_it_is_the_same_unit_with_another_tier(
    office: Office, database: Database, now: datetime
) -> None:
    await office.import_(DISTRICT, STREET, BUREAU)
    before = (await stored(database))["东风街道"]
    await retire(database, now, "东风街道")
    plan = await office.import_(("东风街道", "园区", None, None, None, None, None))
    assert said(plan)["东风街道"][0] == "重新启用（曾停用）"
    assert len(said(plan)["东风街道"]) == 2
    after = (await stored(database))["东风街道"]
    assert (after.id, after.tier, after.parent_id) == (before.id, Tier.PARK, before.parent_id)


async def test_its_own_spelling_stays(office: Office, database: Database, now: datetime) -> None:
    """A sheet that writes the name with other brackets means the same unit, also above another one."""
    await office.import_(("东风街道（本级）", "街道", None, None, None, None, None))
    await retire(database, now, "东风街道（本级）")
    person = ("东风街道(本级)", "街道", None, "甲", None, "联络员", None)
    village = ("东一村", "村居", "东风街道(本级)", None, None, None, None)
    plan = await office.import_(person, village)
    assert plan.refused == []
    units = await stored(database)
    assert set(units) == {"东风街道（本级）", "东一村"}
    assert units["东风街道（本级）"].retired_at is None
    assert units["东一村"].parent_id == units["东风街道（本级）"].id
    assert (await office.contacts())["甲"].unit_id == units["东风街道（本级）"].id


async def test_without_the_unit_above_it_comes_back_alone(
    office: Office, database: Database, now: datetime
) -> None:
    await office.import_(DISTRICT, STREET, BUREAU, VILLAGE)
    await retire(database, now, "东风街道", "东一村")
    plan = await office.import_(("东一村", "村居", None, None, None, None, None))
    assert said(plan)["东一村"] == ["重新启用（曾停用）", "上级单位：东风街道 → （空）"]
    units = await stored(database)
    assert (units["东一村"].retired_at, units["东一村"].parent_id) == (None, None)
    assert units["东风街道"].retired_at == now


@pytest.mark.parametrize("order", [(STREET, VILLAGE), (VILLAGE, STREET)])
async def test_with_the_unit_above_both_come_back(
    office: Office, database: Database, now: datetime, order: tuple[tuple[str | None, ...], ...]
) -> None:
    await office.import_(DISTRICT, STREET, BUREAU, VILLAGE)
    await retire(database, now, "东风街道", "东一村")
    await office.import_(*order)
    units = await stored(database)
    assert {name for name, unit in units.items() if unit.retired_at} == set()
    assert units["东一村"].parent_id == units["东风街道"].id
    assert set(await revivals(database)) == {units["东一村"].id, units["东风街道"].id}


async def test_named_only_as_the_unit_above_it_is_unknown(
    office: Office, database: Database, now: datetime
) -> None:
    await office.import_(DISTRICT, STREET, BUREAU)
    await retire(database, now, "东风街道")
    plan = await office.import_(VILLAGE)
    assert [one.unit for one in plan.refused] == ["东一村"]
    units = await stored(database)
    assert "东一村" not in units
    assert units["东风街道"].retired_at == now


async def test_a_typo_does_not_come_back_unasked(office: Office, database: Database, now: datetime) -> None:
    """城管居 was a slip for 城管局, was retired, and is asked about like a new slip."""
    typo = ("城管居", "部门", "示范区", None, None, None, None)
    await office.import_(DISTRICT, BUREAU)
    async with database.transaction() as session:
        session.add(Unit(name="城管居", tier=Tier.DEPARTMENT, retired_at=now))
    plan = await office.import_(DISTRICT, BUREAU, typo)
    assert [plain(reason, "zh") for one in plan.refused for reason in one.reasons] != []
    assert (await stored(database))["城管居"].retired_at == now


async def test_who_has_left_with_it_is_no_missing_person(
    office: Office, database: Database, now: datetime
) -> None:
    await office.import_(DISTRICT, STREET, BUREAU)
    await retire(database, now, "东风街道")
    plan = await office.import_(DISTRICT, BUREAU)
    assert plan.missing == []
    assert (await stored(database))["东风街道"].retired_at == now


# -- by a file in the chat -----------------------------------------------------------------------------


@pytest.fixture
async def desk(database: Database, now: datetime, campaign: Campaign) -> ImportDesk:
    return await ImportDesk(database, campaign, now).set_up()


async def press_retire(desk: ImportDesk, name: str) -> None:
    async with desk.database.transaction() as session:
        unit = (await people.units_named(session, [name]))[name]
        actor = await actor_of(session, desk.people["创城办甲"])
        await unit_retirement.retire(turn_for(session, actor, desk.now), ident(unit))


async def test_the_preview_says_so(desk: ImportDesk) -> None:
    await press_retire(desk, "东风街道")
    data = workbook([HEADER, ("东风街道", "街道", None, "东风街道联络员", None, "联络员", None)])
    job_id = await desk.send(data, "花名册.xlsx")
    await desk.work()
    assert "重新启用（曾停用）" in await desk.text(job_id)
    assert (await stored(desk.database))["东风街道"].retired_at is not None
    await desk.confirm(job_id)
    await desk.work()
    assert (await desk.job(job_id)).state is JobState.DONE
    unit = (await stored(desk.database))["东风街道"]
    assert unit.retired_at is None
    assert await revivals(desk.database) == [unit.id]


async def test_while_a_file_is_written_no_unit_goes(desk: ImportDesk) -> None:
    row = task(责任单位="东风街道", 配合单位=None, 责任人="某某", 分管领导=None)
    job_id = await desk.send(sheet(row))
    await desk.work()
    await desk.confirm(job_id)
    with pytest.raises(DomainError) as refusal:
        await press_retire(desk, "东风街道")
    assert plain(refusal.value.text, "zh").startswith("东风街道暂不能停用，还有：正在写入的导入文件1个。")
    await desk.work()
    with pytest.raises(DomainError) as refusal:
        await press_retire(desk, "东风街道")
    assert "在办任务1项" in plain(refusal.value.text, "zh")


async def test_a_preview_that_names_it_writes_nothing_for_it(desk: ImportDesk) -> None:
    """It goes out of use after the preview: that is shown, and then the other lines are written."""
    gone = task(责任单位="东风街道", 配合单位=None, 责任人="某某", 分管领导=None)
    job_id = await desk.send(sheet(gone, task(序号=2, 目标任务="整治背街小巷")))
    await desk.work()
    await press_retire(desk, "东风街道")
    await desk.confirm(job_id)
    await desk.work()
    assert await desk.tasks() == []
    assert "“东风街道”不在花名册中" in await desk.text(job_id)
    await desk.confirm(job_id)
    await desk.work()
    assert [one.objective for one in await desk.tasks()] == ["整治背街小巷"]
    assert (await stored(desk.database))["东风街道"].retired_at is not None
