"""Queries of units, contacts and their roles."""

from __future__ import annotations

from datetime import datetime

import pytest

from models import people
from models.db import Database, Session
from models.people import Contact, ContactRole, ContactState
from rules.people.roles import Role, Tier
from services.campaign import Campaign
from tests.support.people import Roster
from tests.support.rows import Rows, id_of, ids_of


async def test_a_tree_is_a_unit_with_all_below_it(session: Session, roster: Roster) -> None:
    district = await roster.unit("某区", Tier.DISTRICT)
    street = await roster.unit("甲街道", Tier.STREET, district)
    other = await roster.unit("乙街道", Tier.STREET, district)
    village = await roster.unit("丙村", Tier.VILLAGE, street)
    assert await people.unit_tree(session, id_of(district)) == {*ids_of(district, street, other, village)}
    assert await people.unit_tree(session, id_of(street)) == {*ids_of(street, village)}
    assert await people.unit_tree(session, id_of(village)) == {id_of(village)}
    assert await people.unit_tree(session, 99) == frozenset()


async def test_a_tree_ends_where_units_are_each_others_parents(session: Session, roster: Roster) -> None:
    one = await roster.unit("甲街道", Tier.STREET)
    other = await roster.unit("乙街道", Tier.STREET, one)
    one.parent_id = other.id
    assert await people.unit_tree(session, id_of(one)) == {*ids_of(one, other)}


async def test_units_that_are_not_there_are_left_out(session: Session, roster: Roster) -> None:
    unit = await roster.unit("城管局")
    await roster.unit("交通局")
    assert await people.units_named(session, ["城管局", "住建局"]) == {"城管局": unit}


async def test_contacts_are_found_by_pairs_of_unit_and_name(session: Session, roster: Roster) -> None:
    one, other = await roster.unit("城管局"), await roster.unit("交通局")
    first = await roster.contact(one, "张三")
    await roster.contact(one, "李四")
    last = await roster.contact(other, "李四")
    keys = [(id_of(one), "张三"), (id_of(other), "李四"), (id_of(other), "王五")]
    assert await people.contacts_named(session, keys) == {keys[0]: first, keys[1]: last}
    assert await people.contact_by_name(session, id_of(other), "张三") is None
    assert await people.contact_by_name(session, id_of(other), "李四") == last


async def test_accounts_are_those_that_are_bound(session: Session, roster: Roster) -> None:
    unit = await roster.unit("城管局")
    first = await roster.contact(unit, "张三")
    await roster.contact(unit, "李四", enrolled=False)
    last = await roster.contact(unit, "王五")
    assert await people.all_accounts(session) == [first.telegram_user_id, last.telegram_user_id]
    assert await people.contact_by_account(session, last.telegram_user_id or 0) == last
    assert await people.contact_by_account(session, 1) is None


async def test_everybody_stands_by_id(session: Session, roster: Roster) -> None:
    ours, other = await roster.unit("城管局"), await roster.unit("交通局")
    first, second, third = [
        await roster.contact(unit, name) for unit, name in ((ours, "乙"), (other, "丙"), (ours, "甲"))
    ]
    assert await people.all_units(session) == [ours, other]
    assert await people.all_contacts(session) == [first, second, third]
    assert await people.contacts_of_unit(session, id_of(ours)) == [first, third]
    assert await people.contacts_by_id(session, [id_of(second), 99]) == {id_of(second): second}
    names = {(one.unit_id, one.name) for one in await people.all_names(session)}
    assert names == {(ours.id, "乙"), (other.id, "丙"), (ours.id, "甲")}


MISSING = [
    (ContactState.NOT_ENROLLED, False, True),
    (ContactState.UNREACHABLE, False, True),
    (ContactState.ENROLLED, False, False),
    (ContactState.LEFT, False, False),
    (ContactState.NOT_ENROLLED, True, False),
    (ContactState.UNREACHABLE, True, False),
]


@pytest.mark.both_engines("locks")
@pytest.mark.parametrize(("state", "told", "missing"), MISSING)
async def test_who_is_missing(
    session: Session, roster: Roster, now: datetime, state: ContactState, told: bool, missing: bool
) -> None:
    unit = await roster.unit("城管局")
    contact = await roster.contact(unit, "张三")
    await roster.contact(unit, "未问及", enrolled=False)
    contact.state, contact.missed_at = state, now if told else None
    assert await people.missing(session, [id_of(contact)]) == ({id_of(contact)} if missing else set())


async def test_nobody_is_missing_of_nobody(session: Session, roster: Roster) -> None:
    await roster.contact(await roster.unit("城管局"), "张三", enrolled=False)
    assert await people.missing(session, []) == set()


@pytest.mark.both_engines("locks")
@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_whom_somebody_is_changing_is_passed_over(
    database: Database, campaign: Campaign, now: datetime
) -> None:
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        unit = await roster.unit("城管局")
        held = id_of(await roster.contact(unit, "张三", enrolled=False))
        free = id_of(await roster.contact(unit, "李四", enrolled=False))
    async with database.transaction() as session, database.transaction() as second:
        await session.get(Contact, held, with_for_update=True)
        assert await people.missing(second, [held, free]) == {free}


async def test_around_are_the_unit_the_named_and_the_holders_of_the_role(
    session: Session, roster: Roster
) -> None:
    ours, other, office = [await roster.unit(name) for name in ("城管局", "交通局", "创城办")]
    await roster.unit("住建局")
    liaison = await roster.contact(ours, "联络员", Role.LIAISON, Role.RESPONSIBLE_PERSON)
    plain = await roster.contact(ours, "无职务")
    named = await roster.contact(other, "被点名", Role.LIAISON)
    await roster.contact(other, "无关", Role.LIAISON)
    holder = await roster.contact(office, "创城办", Role.OFFICE, Role.LIAISON)
    found = await people.around(session, [id_of(ours)], [id_of(named)], Role.OFFICE)
    assert list(found.contacts) == [liaison, plain, named, holder]
    assert found.unit_names == {id_of(ours): "城管局", id_of(other): "交通局", id_of(office): "创城办"}
    assert found.roles == {
        id_of(liaison): {Role.LIAISON, Role.RESPONSIBLE_PERSON},
        id_of(plain): frozenset(),
        id_of(named): {Role.LIAISON},
        id_of(holder): {Role.OFFICE, Role.LIAISON},
    }


async def test_around_a_unit_without_people_is_its_name(session: Session, roster: Roster) -> None:
    unit = await roster.unit("城管局")
    found = await people.around(session, [id_of(unit)], [], Role.OFFICE)
    assert (list(found.contacts), found.roles, found.unit_names) == ([], {}, {id_of(unit): "城管局"})


async def test_roles_are_those_of_each_person(session: Session, roster: Roster) -> None:
    unit = await roster.unit("城管局")
    both = id_of(await roster.contact(unit, "张三", Role.LIAISON, Role.LEADER_IN_CHARGE))
    one = id_of(await roster.contact(unit, "李四", Role.LIAISON))
    none = id_of(await roster.contact(unit, "王五"))
    two = frozenset({Role.LIAISON, Role.LEADER_IN_CHARGE})
    assert await people.roles_of(session, both) == two
    assert await people.roles_of(session, none) == frozenset()
    assert await people.roles_of_all(session, [both, none]) == {both: two}
    assert await people.roles_by_contact(session) == {both: two, one: {Role.LIAISON}}


async def test_new_roles_take_the_place_of_all_former_ones(
    session: Session, roster: Roster, rows: Rows
) -> None:
    unit = await roster.unit("城管局")
    contact = await roster.contact(unit, "张三", Role.LIAISON, Role.OFFICE)
    other = await roster.contact(unit, "李四", Role.OFFICE)
    await people.set_roles(session, id_of(contact), [Role.LIAISON, Role.INSPECTOR])
    assert await people.roles_of(session, id_of(contact)) == {Role.LIAISON, Role.INSPECTOR}
    assert await people.roles_of(session, id_of(other)) == {Role.OFFICE}
    await people.set_roles(session, id_of(contact), [])
    assert await rows.count(ContactRole) == 1


@pytest.fixture
async def holders(roster: Roster) -> dict[str, Contact]:
    """Liaisons of two units, one of each reachable by the bot, and a person with another role."""
    ours, other = await roster.unit("城管局"), await roster.unit("交通局")
    found = {
        "ours": await roster.contact(ours, "张三", Role.LIAISON, Role.RESPONSIBLE_PERSON),
        "blocked": await roster.contact(ours, "李四", Role.LIAISON),
        "unbound": await roster.contact(ours, "王五", Role.LIAISON),
        "other": await roster.contact(other, "赵六", Role.LIAISON),
        "no liaison": await roster.contact(ours, "钱七", Role.OFFICE),
    }
    found["blocked"].state = ContactState.UNREACHABLE
    found["unbound"].telegram_user_id = None
    return found


async def test_who_holds_a_role_and_can_be_written_to(session: Session, holders: dict[str, Contact]) -> None:
    found = await people.enrolled_with_role(session, Role.LIAISON)
    assert found == [holders["ours"], holders["other"]]


async def test_who_holds_a_role_in_one_unit(session: Session, holders: dict[str, Contact]) -> None:
    ours, other = holders["ours"], holders["other"]
    assert await people.enrolled_with_role(session, Role.LIAISON, ours.unit_id) == [ours]
    assert await people.enrolled_with_role(session, Role.LIAISON, other.unit_id) == [other]
    assert await people.enrolled_with_role(session, Role.OFFICE, other.unit_id) == []


MOVES = [
    pytest.param(ContactState.ENROLLED, "none", True, id="of any account"),
    pytest.param(ContactState.ENROLLED, "theirs", True, id="of their account"),
    pytest.param(ContactState.ENROLLED, "another", False, id="of an account that is theirs no more"),
    pytest.param(ContactState.UNREACHABLE, "none", False, id="somebody was first"),
    pytest.param(ContactState.UNREACHABLE, "theirs", False, id="somebody was first, with the account"),
]


@pytest.mark.parametrize(("present", "account", "moved"), MOVES)
async def test_a_contact_leaves_a_state_once(
    session: Session, roster: Roster, rows: Rows, present: ContactState, account: str, moved: bool
) -> None:
    unit = await roster.unit("城管局")
    contact, other = await roster.contact(unit, "张三"), await roster.contact(unit, "李四")
    contact.state = present
    await session.flush()
    asked = {"none": None, "theirs": contact.telegram_user_id, "another": other.telegram_user_id}[account]
    old, new = ContactState.ENROLLED, ContactState.LEFT
    assert await people.move_state(session, id_of(contact), old, new, account=asked) is moved
    assert (await rows.read(contact)).state is (new if moved else present)
    assert (await rows.read(other)).state is ContactState.ENROLLED


async def test_who_has_no_account_is_not_the_one_of_an_account(session: Session, roster: Roster) -> None:
    contact = await roster.contact(await roster.unit("城管局"), "张三", enrolled=False)
    old, new = ContactState.NOT_ENROLLED, ContactState.LEFT
    assert not await people.move_state(session, id_of(contact), old, new, account=1)
