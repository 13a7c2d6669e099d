"""申请加入: what a stranger is asked and told, the office's decision, and what may cross it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from locales import Text
from models import people
from models.audit_log import Audit
from models.db import Database, Session
from models.delivery.messages import Outbox, Question
from models.delivery.office_matters import OfficeMatter
from models.drafts import Draft
from models.people import Contact, ContactState, JoinRequest, JoinState
from rules.people.roles import Role
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.errors import DomainError
from services.people import admission, enrolment, joining
from services.people.joining import Applicant
from services.views import View
from tests.services.conftest import Local, World, make_world
from tests.services.progress.talk import buttons, keys, line, refused
from tests.support.people import Roster
from tests.support.turns import turn_for

ME = 7_000_000_001
DAY = timedelta(days=1)


async def hand_in(session: Session, world: World, now: datetime, name: str, account: int = ME) -> JoinRequest:
    """A waiting request to join 城管局."""
    applicant = Applicant(account, "zh")
    view = await joining.submit(
        session, applicant, world.unit.id or 0, name, "科员", now=now, today=now.date()
    )
    assert keys(view) == ["joining.handed_in"]
    query = select(JoinRequest).order_by(col(JoinRequest.id).desc())
    found = (await session.exec(query)).first()
    assert found is not None
    return found


async def approve(session: Session, actor: Actor, request: JoinRequest, now: datetime, **choice: Any) -> View:
    return await admission.approve(turn_for(session, actor, now, Campaign()), request.id or 0, **choice)


async def refuse(session: Session, actor: Actor, request: JoinRequest, now: datetime) -> View:
    return await admission.refuse(turn_for(session, actor, now, Campaign()), request.id or 0)


async def told(session: Session, chat: int) -> list[str]:
    """The first text of each message that is promised to a chat."""
    rows = await session.exec(select(Outbox).where(Outbox.chat_id == chat).order_by(col(Outbox.id)))
    return [row.content["lines"][0]["$text"] for row in rows]


async def events(session: Session) -> list[str]:
    return list(await session.exec(select(Audit.event).order_by(col(Audit.id))))


@pytest.fixture
async def office_too(roster: Roster, world: World) -> Actor:
    """A second member of the office."""
    return await actor_of(
        roster.session, await roster.contact(world.office.unit, "创城办另一位", Role.OFFICE)
    )


# -- what the applicant is asked -----------------------------------------------------------------------


async def test_they_are_asked_for_unit_name_and_post(session: Session, world: World, now: datetime) -> None:
    async def question() -> Question:
        return (await session.exec(select(Question).execution_options(populate_existing=True))).one()

    assert keys(await joining.begin(session, ME, now=now)) == ["joining.ask_unit"]
    assert (await question()).action == "join.unit"
    assert keys(await joining.take_unit(session, ME, " 城管局\u200b", now=now)) == ["joining.ask_name"]
    assert (await question()).arguments == {"unit_id": world.unit.id}
    view = await joining.take_name(session, ME, " 张  伟\n", world.unit.id or 0, now=now)
    assert line(view, "joining.ask_post").values["name"] == "张伟"
    summary = await joining.take_post(session, ME, "城管科 科长", world.unit.id or 0, "张伟")
    said = [text.values["value"] for text in summary.lines[1:]]
    assert said == ["城管局", "张伟", "城管科科长"]
    (submit,) = buttons(summary, "join.submit")
    assert submit.arguments == {
        "account": ME,
        "unit_id": world.unit.id,
        "name": "张伟",
        "post": "城管科科长",
    }
    assert (await session.exec(select(Question))).all() == []
    assert (await session.exec(select(JoinRequest))).all() == [], "nothing is kept before it is handed in"


async def test_they_see_at_most_five_units_and_only_by_name(
    session: Session, roster: Roster, now: datetime
) -> None:
    for number in range(9):
        await roster.unit(f"第{number}社区")
    await roster.unit("公安局")
    view = await joining.take_unit(session, ME, "社区", now=now)
    shown = [button.label.values["text"] for button in buttons(view, "join.pick")]
    assert len(shown) == joining.HITS
    assert all("社区" in name for name in shown)
    for words, key in (
        ("社", "joining.more_of_the_name"),
        ("", "joining.more_of_the_name"),
        ("\u200b\n", "joining.more_of_the_name"),
        ("%%", "joining.no_such_unit"),
        ("__", "joining.no_such_unit"),
        ("局" * 4000, "joining.no_such_unit"),
    ):
        assert await refused(joining.take_unit(session, ME, words, now=now)) == key


@pytest.mark.parametrize("name", ["", " \n", "\u200b", "张" * 31, "字" * 4000])
async def test_a_name_that_is_none(session: Session, world: World, now: datetime, name: str) -> None:
    step = joining.take_name(session, ME, name, world.unit.id or 0, now=now)
    assert await refused(step) == "joining.bad_name"


async def test_markup_in_a_name_is_shown_as_it_was_written(
    session: Session, world: World, now: datetime
) -> None:
    view = await joining.take_post(session, ME, "a & b", world.unit.id or 0, "<b>张伟</b>")
    assert "&lt;b&gt;张伟&lt;/b&gt;" in view.html("zh")
    assert "a &amp; b" in view.html("en")
    step = joining.take_post(session, ME, "长" * 51, world.unit.id or 0, "张伟")
    assert await refused(step) == "joining.post_too_long"


# -- handing in ----------------------------------------------------------------------------------------


async def test_the_office_is_asked_once_each(
    session: Session, world: World, office_too: Actor, now: datetime
) -> None:
    request = await hand_in(session, world, now, "张伟")
    assert (request.state, request.post, request.unit_id) == (JoinState.PENDING, "科员", world.unit.id)
    for step in (
        joining.submit(
            session, Applicant(ME, "zh"), world.unit.id or 0, "李强", "", now=now, today=now.date()
        ),
        joining.begin(session, ME, now=now),
        joining.pick_unit(session, ME, world.unit.id or 0, now=now),
    ):
        assert await refused(step) == "joining.waits"
    for member in (world.office, office_too):
        assert await told(session, member.contact.telegram_user_id or 0) == ["joining.asked"]
    assert keys(await joining.greet(session, ME, now=now, spoke=True)) == ["joining.waits"]


async def test_three_requests_a_day(session: Session, world: World, now: datetime) -> None:
    for hour in range(joining.A_DAY):
        at = now + timedelta(hours=hour)
        await refuse(session, world.office, await hand_in(session, world, at, "张伟"), at)
    assert await refused(joining.begin(session, ME, now=at)) == "joining.too_often"
    step = joining.submit(
        session, Applicant(ME, "zh"), world.unit.id or 0, "张伟", "", now=at, today=at.date()
    )
    assert await refused(step) == "joining.too_often"
    assert keys(await joining.begin(session, ME + 1, now=at)) == ["joining.ask_unit"]
    assert keys(await joining.begin(session, ME, now=now + DAY + timedelta(minutes=1))) == [
        "joining.ask_unit"
    ]


async def test_who_is_enrolled_does_not_ask(session: Session, world: World, now: datetime) -> None:
    account = world.liaison.contact.telegram_user_id or 0
    assert await refused(joining.begin(session, account, now=now)) == "enrolment.already_enrolled"


async def test_a_stranger_learns_nothing_about_who_is_enrolled(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    """Whatever the name is, the stranger sees the same."""
    await roster.contact(world.unit, "未入册的人", enrolled=False)
    seen: list[object] = []
    for number, name in enumerate(("城管局责任人", "未入册的人", "没有这个人")):
        account, unit = ME + number, world.unit.id or 0
        asked = await joining.take_name(session, account, name, unit, now=now)
        summary = await joining.take_post(session, account, "科员", unit, name)
        shown = View([*asked.lines, *summary.lines]).plain("zh").replace(name, "某人")
        await hand_in(session, world, now, name, account)
        seen.append((shown, await told(session, account)))
    assert seen[0] == seen[1] == seen[2]


async def test_greetings(session: Session, now: datetime) -> None:
    """The full greeting comes once a day, then a line for words and nothing for stickers.

    It comes in full whenever the person asks.
    """
    full, short = ["enrolment.stranger"], ["enrolment.stranger_again"]
    first = await joining.greet(session, ME, now=now, spoke=False)
    assert keys(first) == full
    assert [button.arguments for button in buttons(first, "join.begin")] == [{"account": ME}]
    assert await joining.greet(session, ME, now=now, spoke=False) is None
    assert keys(await joining.greet(session, ME, now=now, spoke=True)) == short
    assert keys(await joining.greet(session, ME, now=now, spoke=True, asked=True)) == full
    assert keys(await joining.greet(session, ME, now=now + DAY, spoke=False)) == full


# -- the decision --------------------------------------------------------------------------------------


async def test_who_is_in_the_roster_is_bound_to_their_name(
    session: Session, world: World, roster: Roster, office_too: Actor, now: datetime
) -> None:
    known = await roster.contact(world.unit, "张伟", Role.LIAISON, enrolled=False)
    await enrolment.invite(session, now=now, valid_for=DAY, names=["张伟"])
    request = await hand_in(session, world, now, "张 伟".replace(" ", ""))
    asked = (await session.exec(select(Outbox).where(Outbox.contact_id == world.office.id))).one()
    assert asked.content["lines"][-1]["$text"] == "joining.roster.waiting"
    view = await approve(session, world.office, request, now)
    assert keys(view)[:2] == ["joining.outcome.approved", "joining.line.admitted"]
    assert (known.telegram_user_id, known.state, known.enrolled_at) == (ME, ContactState.ENROLLED, now)
    assert known.post == "科员"
    actor = await actor_of(session, known)
    assert actor.roles == {Role.LIAISON}
    assert await told(session, ME) == ["enrolment.welcome"]
    assert (await events(session))[-2:] == ["join_approved", "enrol"]
    later = now + timedelta(minutes=5)
    for step in (
        approve(session, office_too, request, later),
        refuse(session, office_too, request, later),
        approve(session, office_too, request, later, role=Role.INSPECTOR),
    ):
        outcome = line(await step, "joining.outcome.approved").values
        assert outcome["by"].values["name"] == "创城办工作人员"
    assert await told(session, ME) == ["enrolment.welcome"]
    assert await refused(joining.begin(session, ME, now=later)) == "enrolment.already_enrolled"


async def test_who_is_unknown_gets_the_role_that_the_office_chooses(
    session: Session, world: World, now: datetime
) -> None:
    request = await hand_in(session, world, now, "<i>新人</i>")
    view = await approve(session, world.office, request, now)
    offered = {button.arguments["role"] for button in buttons(view, "join.approve")}
    assert offered == {role.value for role in admission.ROLES_TO_ASK}
    assert Role.OFFICE not in admission.ROLES_TO_ASK
    assert request.state is JoinState.PENDING
    assert keys(
        await admission.show_request(turn_for(session, world.office, campaign=Campaign()), request.id or 0)
    )[0] == ("joining.asked")
    done = await approve(session, world.office, request, now, role=Role.INSPECTOR)
    assert "&lt;i&gt;新人&lt;/i&gt;" in done.html("zh")
    contact = (await session.exec(select(Contact).where(Contact.telegram_user_id == ME))).one()
    assert (contact.name, contact.unit_id, contact.post) == ("<i>新人</i>", world.unit.id, "科员")
    assert (await actor_of(session, contact)).roles == {Role.INSPECTOR}


async def test_rebinding_is_confirmed_with_since_when(
    session: Session, world: World, now: datetime, local: Local
) -> None:
    contact = world.responsible.contact
    old = contact.telegram_user_id or 0
    draft = Draft(contact_id=contact.id or 0, chat_id=old, text="没报完", updated_at=now)
    session.add(draft)
    await session.flush()
    request = await hand_in(session, world, now, "城管局责任人")
    for stale in (None, old + 1):
        view = await approve(session, world.office, request, now, replacing=stale)
        since = line(view, "joining.bound_since").values["since"]
        assert since.values == {"year": 2026, "month": 12, "day": 15, "iso": "2026-12-15"}
        assert contact.telegram_user_id == old, "nothing happens before it is confirmed"
    (confirm,) = buttons(view, "join.approve")
    later = now + timedelta(minutes=1)
    done = await approve(session, world.office, request, later, replacing=confirm.arguments["replacing"])
    assert keys(done)[0] == "joining.outcome.approved"
    assert (contact.telegram_user_id, contact.enrolled_at) == (ME, later)
    assert (await actor_of(session, contact)).roles == {Role.RESPONSIBLE_PERSON}
    assert await told(session, old) == ["enrolment.released"]
    assert await told(session, ME) == ["enrolment.welcome"]
    await session.refresh(draft)
    assert (draft.chat_id, draft.text) == (ME, "没报完")
    assert (await events(session))[-1] == "rebind"


async def test_who_has_left_comes_back_with_a_new_role(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    left = await roster.contact(world.unit, "张伟", enrolled=False)
    left.state = ContactState.LEFT
    request = await hand_in(session, world, now, "张伟")
    assert keys(await approve(session, world.office, request, now))[0] == "joining.which_role"
    await approve(session, world.office, request, now, role=Role.LIAISON)
    assert (left.telegram_user_id, left.state) == (ME, ContactState.ENROLLED)
    assert (await actor_of(session, left)).roles == {Role.LIAISON}


async def test_the_office_sees_what_the_roster_makes_of_them(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    """A person admitted under a name of the office belongs to it at once.

    The request says so, also when the office returns to it from a question.
    """
    await roster.contact(world.unit, "王主任", Role.OFFICE, enrolled=False)
    request = await hand_in(session, world, now, "王主任")
    shown = await admission.show_request(
        turn_for(session, world.office, campaign=Campaign()), request.id or 0
    )
    (role,) = line(shown, "joining.roster.waiting").values["roles"]
    assert role.key == "common.role.office"
    (row,) = (await session.exec(select(Outbox).where(Outbox.contact_id == world.office.id))).all()
    assert row.content["lines"] == shown.to_json()["lines"]


async def test_who_stands_there_without_a_role_gets_one(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    """As after 恢复在册: nobody is admitted without a role."""
    back = await roster.contact(world.unit, "张伟", enrolled=False)
    request = await hand_in(session, world, now, "张伟")
    shown = await admission.show_request(
        turn_for(session, world.office, campaign=Campaign()), request.id or 0
    )
    assert keys(shown)[-1] == "joining.roster.no_role"
    assert keys(await approve(session, world.office, request, now))[0] == "joining.which_role"
    await approve(session, world.office, request, now, role=Role.LIAISON)
    assert (await actor_of(session, back)).roles == {Role.LIAISON}


async def test_a_role_that_the_roster_brings_meanwhile_stays(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    request = await hand_in(session, world, now, "张伟")
    assert keys(await approve(session, world.office, request, now))[0] == "joining.which_role"
    imported = await roster.contact(world.unit, "张伟", Role.LIAISON, Role.LEADER_IN_CHARGE, enrolled=False)
    await approve(session, world.office, request, now, role=Role.INSPECTOR)
    assert (await actor_of(session, imported)).roles == {Role.LIAISON, Role.LEADER_IN_CHARGE}


async def test_of_two_spellings_who_is_still_here_is_meant(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    left = await roster.contact(world.unit, "张 伟", enrolled=False)
    left.state = ContactState.LEFT
    here = await roster.contact(world.unit, "张伟", Role.LIAISON, enrolled=False)
    await approve(session, world.office, await hand_in(session, world, now, "张伟"), now)
    assert (here.telegram_user_id, left.telegram_user_id) == (ME, None)


async def test_a_refusal_is_told_in_their_language(session: Session, world: World, now: datetime) -> None:
    unit = world.unit.id or 0
    await joining.submit(session, Applicant(ME, "en"), unit, "Zhang Wei", "", now=now, today=now.date())
    request = (await session.exec(select(JoinRequest))).one()
    assert keys(await refuse(session, world.office, request, now))[0] == "joining.outcome.refused"
    assert keys(await refuse(session, world.office, request, now))[0] == "joining.outcome.refused"
    (row,) = (await session.exec(select(Outbox).where(Outbox.chat_id == ME))).all()
    assert (row.content["locale"], row.content["lines"][0]["$text"]) == ("en", "joining.you_are_refused")
    assert keys(await approve(session, world.office, request, now, role=Role.LIAISON))[0] == (
        "joining.outcome.refused"
    )
    assert (await session.exec(select(Contact).where(Contact.telegram_user_id == ME))).first() is None


async def test_only_the_office_decides(session: Session, world: World, now: datetime) -> None:
    request = await hand_in(session, world, now, "张伟")
    for actor in (world.leader, world.liaison, world.responsible):
        for step in (
            approve(session, actor, request, now, role=Role.OFFICE),
            refuse(session, actor, request, now),
            admission.show_request(turn_for(session, actor, campaign=Campaign()), request.id or 0),
        ):
            assert await refused(step) == "tasks.office_only"
    assert request.state is JoinState.PENDING


async def test_a_link_that_they_open_meanwhile_settles_it(
    session: Session, world: World, roster: Roster, now: datetime
) -> None:
    """This holds even for another name: the account belongs to somebody by now."""
    await roster.contact(world.other_unit, "东风街道新人", Role.LIAISON, enrolled=False)
    (made,) = await enrolment.invite(session, now=now, valid_for=DAY, names=["东风街道新人"])
    request = await hand_in(session, world, now, "张伟")
    await enrolment.enrol(session, token_hash=enrolment.hash_token(made.token), telegram_user_id=ME, now=now)
    (matter,) = (await session.exec(select(OfficeMatter))).all()
    assert (matter.settled_at, matter.settled_by) == (now, None), "nobody of the office has to see to it"
    view = await approve(session, world.office, request, now, role=Role.LIAISON)
    assert keys(view)[0] == "joining.outcome.by_link"
    assert line(view, "joining.line.admitted").values["name"] == "东风街道新人"
    found = (await session.exec(select(Contact).where(Contact.name == "张伟"))).first()
    assert found is None


# -- side by side --------------------------------------------------------------------------------------


async def at_once(database: Database, *steps: Any) -> list[str]:
    """Run steps in separate transactions, at once; the first text key of each, or of its refusal."""

    async def run(step: Any) -> str:
        try:
            async with database.transaction() as session:
                view: View = await step(session)
                return view.lines[0].key
        except DomainError as refusal:
            return refusal.text.key

    return list(await asyncio.gather(*map(run, steps)))


@pytest.mark.both_engines("side by side")
async def test_two_members_at_once(database: Database, now: datetime, campaign: Campaign) -> None:
    async with database.transaction() as session:
        world = await make_world(Roster(session, now, campaign))
        request = await hand_in(session, world, now, "新人")
    keys_seen = await at_once(
        database,
        lambda session: approve(session, world.office, request, now, role=Role.LIAISON),
        lambda session: refuse(session, world.office, request, now),
        lambda session: approve(session, world.office, request, now, role=Role.INSPECTOR),
    )
    assert len(set(keys_seen)) == 1, "the losers see what the winner decided"
    async with database.transaction() as session:
        contacts: Sequence[Contact] = (
            await session.exec(select(Contact).where(Contact.telegram_user_id == ME))
        ).all()
        state = (await session.exec(select(JoinRequest.state))).one()
        assert len(contacts) == (1 if state is JoinState.APPROVED else 0)
        assert len(await told(session, ME)) == 1


@pytest.mark.both_engines("side by side")
async def test_who_reads_a_request_before_another_approves_sees_the_approval(
    database: Database, now: datetime, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.transaction() as session:
        world = await make_world(Roster(session, now, campaign))
        request = await hand_in(session, world, now, "新人")
    inside, done, look_up = asyncio.Event(), asyncio.Event(), people.contact_by_account

    async def late(*values: Any) -> Any:
        """Look for the account when the other one has committed; SQLite lets nobody in before."""
        if not database.is_sqlite:
            inside.set()
            await done.wait()
        return await look_up(*values)

    async def first() -> None:
        if not database.is_sqlite:
            await inside.wait()
        monkeypatch.setattr(people, "contact_by_account", look_up)
        async with database.transaction() as session:
            await approve(session, world.office, request, now, role=Role.LIAISON)
        done.set()

    async def second() -> View:
        if database.is_sqlite:
            await done.wait()
        async with database.transaction() as session:
            return await approve(session, world.office, request, now, role=Role.LIAISON)

    monkeypatch.setattr(people, "contact_by_account", late)
    _, seen = await asyncio.gather(first(), second())
    assert seen.lines[0].key == "joining.outcome.approved"


@pytest.mark.both_engines("side by side")
async def test_approved_and_let_in_by_a_link_at_once(
    database: Database, now: datetime, campaign: Campaign
) -> None:
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        world = await make_world(roster)
        await roster.contact(world.unit, "张伟", Role.LIAISON, enrolled=False)
        (made,) = await enrolment.invite(session, now=now, valid_for=DAY, names=["张伟"])
        request = await hand_in(session, world, now, "张伟")

    async def by_link(session: Session) -> View:
        await enrolment.enrol(
            session, token_hash=enrolment.hash_token(made.token), telegram_user_id=ME, now=now
        )
        return View([Text("in")])

    keys_seen = await at_once(database, by_link, lambda session: approve(session, world.office, request, now))
    assert keys_seen in (
        ["in", "joining.outcome.by_link"],
        ["in", "joining.bound_elsewhere"],  # the link came after the request was read
        ["enrolment.already_enrolled", "joining.outcome.approved"],
        ["enrolment.expired_link", "joining.outcome.approved"],
    )
    async with database.transaction() as session:
        contact = (await session.exec(select(Contact).where(Contact.telegram_user_id == ME))).one()
        assert contact.name == "张伟"


@pytest.mark.both_engines("side by side")
async def test_handed_in_twice_at_once(database: Database, now: datetime, campaign: Campaign) -> None:
    async with database.transaction() as session:
        world = await make_world(Roster(session, now, campaign))
    unit = world.unit.id or 0

    async def submit(session: Session) -> View:
        return await joining.submit(session, Applicant(ME, "zh"), unit, "张伟", "", now=now, today=now.date())

    await at_once(database, submit, submit, submit)
    async with database.transaction() as session:
        assert len((await session.exec(select(JoinRequest))).all()) == 1
        assert await told(session, world.office.contact.telegram_user_id or 0) == ["joining.asked"]


async def test_a_link_opened_by_another_account_while_it_is_approved(
    database: Database, now: datetime, campaign: Campaign
) -> None:
    """Nobody agreed that the account of the link gives way: the office is asked about it."""
    async with database.transaction() as session:
        roster = Roster(session, now, campaign)
        world = await make_world(roster)
        await roster.contact(world.unit, "张伟", Role.LIAISON, enrolled=False)
        (made,) = await enrolment.invite(session, now=now, valid_for=DAY, names=["张伟"])
        request = await hand_in(session, world, now, "张伟")
    other = ME + 1

    async def by_link(session: Session) -> View:
        token = enrolment.hash_token(made.token)
        await enrolment.enrol(session, token_hash=token, telegram_user_id=other, now=now)
        await asyncio.sleep(0.3)
        return View([Text("in")])

    async def approved(session: Session) -> View:
        await asyncio.sleep(0.1)
        return await approve(session, world.office, request, now)

    keys_seen = await at_once(database, by_link, approved)
    assert keys_seen[0] == "in"
    assert keys_seen[1] in {"joining.changed", "joining.bound_since"}
    async with database.transaction() as session:
        contact = (await session.exec(select(Contact).where(Contact.name == "张伟"))).one()
        assert contact.telegram_user_id == other
        assert (await session.exec(select(JoinRequest.state))).one() is JoinState.PENDING
        assert await told(session, ME) == []
