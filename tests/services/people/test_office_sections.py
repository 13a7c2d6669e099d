"""Who of the office hears of what: the section that sees to it, or all where there is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import col, select

from models.db import Session, ident
from models.delivery.messages import Outbox
from models.delivery.office_matters import OfficeNotice
from models.importing import Job
from models.people import ContactState
from models.people.office_sections import OfficeSection
from rules.delivery.delivery import DeliveryState
from rules.delivery.notice_rhythm import NoticeRhythm
from rules.nags.levels import Level
from rules.people.office_subjects import OfficeSubject
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from services import calendar, office_notices
from services.access import Actor
from services.campaign import Campaign
from services.cases.lists import case_piles
from services.nags.orders.case_escalation import Escalation
from services.office import monthly_papers
from services.people import enrolment, joining
from services.people.joining import Applicant
from services.recipients import Directory, OfficeShare, office_hearers, own_tasks
from services.tasks import deciders
from services.views import View, say
from tests.services.conftest import World
from tests.services.progress.talk import Talk, buttons, keys
from tests.support.cases import TO_FED_BACK, CaseDesk
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

S = OfficeSubject
TODAY = date(2026, 12, 15)
MATERIALS, GENERAL = "材料组", "综合组"


@dataclass
class Office:
    """综合组 has two members, 材料组 one, and one belongs to no section."""

    session: Session
    roster: Roster
    general: Actor
    second: Actor
    materials: Actor
    free: Actor

    @property
    def everybody(self) -> set[int]:
        return {one.id for one in (self.general, self.second, self.materials, self.free)}

    async def give(self, subject: OfficeSubject, section: str) -> OfficeSection:
        row = OfficeSection(
            subject=subject, section=section, made_by=self.general.id, made_at=self.roster.now
        )
        self.session.add(row)
        await self.session.flush()
        return row

    async def hears(self, subject: OfficeSubject | None, day: date = TODAY) -> set[int]:
        share = None if subject is None else OfficeShare(subject, day)
        return {ident(one) for one in await office_hearers(self.session, share)}

    async def told(self) -> set[int]:
        """The members of the office who were promised something."""
        found = set(await self.session.exec(select(Outbox.contact_id)))
        return self.everybody & {one for one in found if one is not None}

    async def leave(self, *away: Actor) -> None:
        for one in away:
            await self.roster.leave(one.contact, self.free.contact, TODAY)


@pytest.fixture
async def office(session: Session, roster: Roster, world: World) -> Office:
    async def member(name: str, section: str | None) -> Actor:
        found = await roster.actor(world.office.unit, name, Role.OFFICE)
        found.contact.section = section
        return found

    world.office.contact.section = GENERAL
    second, materials = await member("第二人", " 综合 组"), await member("材料", MATERIALS)
    free = await member("无科室", None)
    await session.flush()
    return Office(session, roster, world.office, second, materials, free)


class TestHearers:
    """The section that sees to a subject hears of it; all do where nobody of it would."""

    @pytest.mark.parametrize("subject", S)
    async def test_the_section_hears_alone(self, office: Office, subject: OfficeSubject) -> None:
        await office.give(subject, MATERIALS)
        assert await office.hears(subject) == {office.materials.id}
        others = set(S) - {subject}
        assert [await office.hears(other) for other in others] == [office.everybody] * len(others)

    async def test_a_section_is_told_by_its_name_however_it_is_spaced(self, office: Office) -> None:
        await office.give(S.CASES, GENERAL)
        assert await office.hears(S.CASES) == {office.general.id, office.second.id}

    async def test_all_hear_of_what_is_no_sections(self, office: Office) -> None:
        await office.give(S.CASES, MATERIALS)
        assert await office.hears(None) == office.everybody

    async def test_without_a_table_all_hear(self, office: Office) -> None:
        assert [await office.hears(subject) for subject in S] == [office.everybody] * len(S)

    async def test_all_hear_where_nobody_is_in_the_section(self, office: Office) -> None:
        await office.give(S.PEOPLE, "督导组")
        assert await office.hears(S.PEOPLE) == office.everybody

    @pytest.mark.parametrize("state", [ContactState.UNREACHABLE, ContactState.NOT_ENROLLED])
    async def test_all_who_can_be_reached_hear_if_nobody_of_the_section_can(
        self, office: Office, state: ContactState
    ) -> None:
        await office.give(S.PEOPLE, MATERIALS)
        office.materials.contact.state = state
        await office.session.flush()
        assert await office.hears(S.PEOPLE) == office.everybody - {office.materials.id}

    async def test_all_hear_while_all_of_the_section_are_away(self, office: Office) -> None:
        await office.give(S.CASES, GENERAL)
        await office.leave(office.general)
        mine = {office.general.id, office.second.id}
        assert await office.hears(S.CASES) == mine, "one of them is there"
        await office.leave(office.second)
        assert await office.hears(S.CASES) == office.everybody
        assert await office.hears(S.CASES, TODAY + timedelta(days=1)) == mine, "they are back"

    async def test_a_namesake_section_of_another_unit_hears_nothing(
        self, office: Office, world: World
    ) -> None:
        await office.give(S.CASES, MATERIALS)
        world.liaison.contact.section = MATERIALS
        await office.session.flush()
        assert await office.hears(S.CASES) == {office.materials.id}


class TestPushes:
    """Each push asks for the hearers of its own subject."""

    async def test_a_request_to_join(self, office: Office, world: World, now: datetime) -> None:
        await office.give(S.PEOPLE, MATERIALS)
        applicant = Applicant(7_100_000_001, "zh")
        unit_id = ident(world.unit)
        await joining.submit(office.session, applicant, unit_id, "新人", "科员", now=now, today=TODAY)
        assert await office.told() == {office.materials.id}

    async def test_somebody_who_blocks_the_bot(self, office: Office, world: World, now: datetime) -> None:
        await office.give(S.PEOPLE, MATERIALS)
        account = world.liaison.contact.telegram_user_id or 0
        await enrolment.lose_contact(office.session, account, now=now, today=TODAY)
        assert await office.told() == {office.materials.id}

    async def test_what_a_unit_says_about_its_case(
        self, office: Office, world: World, case_desk: CaseDesk
    ) -> None:
        await office.give(S.CASES, MATERIALS)
        case = await case_desk.report(world.other_liaison, await case_desk.category(unit=world.unit))
        await case_desk.bring(case, *TO_FED_BACK, office=office.free, unit=world.liaison)
        assert await office.told() == {office.materials.id}

    async def test_a_request_for_completion(self, office: Office, world: World) -> None:
        await office.give(S.COMPLETION, MATERIALS)
        await deciders.tell(tick_for(office.session), world.task, "submitted", say("help.voice"))
        assert await office.told() == {office.materials.id}

    async def test_the_papers_of_a_month(
        self, office: Office, talk: Talk, world: World, campaign: Campaign
    ) -> None:
        await office.give(S.PAPERS, MATERIALS)
        await talk.report("今天清理违规广告牌匾12处")
        at = datetime.fromisoformat("2027-01-04T08:00+08:00")
        await monthly_papers.papers_tick(tick_for(office.session, at, campaign))
        readers = set(await office.session.exec(select(Job.contact_id)))
        assert readers & office.everybody == {office.materials.id}
        assert world.leader.id in readers, "leaders get them as before"

    async def test_alarms_of_the_system_go_to_all(self, office: Office, campaign: Campaign) -> None:
        for subject in S:
            await office.give(subject, MATERIALS)
        last = campaign.calendar.known_until
        at = datetime(last.year, 12, 30, 10, tzinfo=campaign.zone)
        assert await calendar.alarm_tick(tick_for(office.session, at, campaign))
        assert await office.told() == office.everybody

    async def test_the_news_of_an_overdue_order(
        self, office: Office, now: datetime, campaign: Campaign
    ) -> None:
        await office.give(S.CASES, MATERIALS)
        heard = await Escalation(office.session, campaign, now)._of_office()
        assert [one.id for one in heard] == [office.materials.id]

    async def test_a_nag_at_the_offices_level(self, office: Office, world: World) -> None:
        await office.give(S.COMPLETION, MATERIALS)
        for directory in (
            await Directory.load(office.session, TODAY),
            await Directory.about(office.session, [world.task], TODAY),
        ):
            assert [one.contact_id for one in directory.readers(world.task, Level.OFFICE)] == [
                office.materials.id
            ]

    async def test_all_of_the_office_may_do_what_waits_for_it(self, office: Office, world: World) -> None:
        """Of the push one section hears; whoever of the office may act for nobody is not asked for theirs."""
        await office.give(S.COMPLETION, MATERIALS)
        for one in (world.responsible, world.liaison):
            one.contact.state = ContactState.UNREACHABLE
        await office.session.flush()
        for member in (office.materials, office.general, office.free):
            assert await own_tasks(office.session, member, [world.task], TODAY) == [world.task]


class TestInsideTheSection:
    """Each member's choice of hours and 我来办 apply among those who hear."""

    ABOUT = ("case", 7)

    async def tell(self, office: Office, now: datetime, key: str = "k") -> int:
        share = OfficeShare(S.CASES, TODAY)
        return await office_notices.tell(
            office.session, key, say("help.voice"), now=now, share=share, about=self.ABOUT
        )

    async def kept(self, office: Office) -> list[OfficeNotice]:
        return list(await office.session.exec(select(OfficeNotice).order_by(col(OfficeNotice.id))))

    async def test_who_gathers_notices_gathers_those_of_the_section(
        self, office: Office, now: datetime
    ) -> None:
        await office.give(S.CASES, GENERAL)
        await office_notices.choose(turn_for(office.session, office.second), NoticeRhythm.TWICE_A_DAY)
        assert await self.tell(office, now) == 2
        assert await office.told() == {office.general.id}
        waiting = [one.contact_id for one in await self.kept(office) if one.outbox_id is None]
        assert waiting == [office.second.id]

    async def test_a_claim_of_another_section_counts(self, office: Office, now: datetime) -> None:
        await office.give(S.CASES, GENERAL)
        await self.tell(office, now)
        (matter_id,) = {one.matter_id for one in await self.kept(office)}
        assert matter_id is not None
        claimed = await office_notices.claim(turn_for(office.session, office.free), matter_id)
        assert claimed.key == "office_notices.claimed"
        again = await office_notices.claim(turn_for(office.session, office.general), matter_id)
        assert again.key == "office_notices.claimed_before"

    async def test_what_began_with_one_section_goes_on_with_it_and_with_the_new_one(
        self, office: Office, now: datetime
    ) -> None:
        """The table changes between two notices: each is heard by whoever sees to it then."""
        row = await office.give(S.CASES, GENERAL)
        await self.tell(office, now)
        row.section = MATERIALS
        await office.session.flush()
        assert await office_notices.is_told(office.session, "k")
        await self.tell(office, now)
        assert len(await self.kept(office)) == 3, "nobody is told of the same twice"
        await office_notices.settle(
            office.session, self.ABOUT, office.general.id, say("help.voice").lines[0], now=now
        )
        assert await self.tell(office, now, "k2") == 1

    async def test_what_was_told_to_a_section_is_withdrawn_after_the_table_changed(
        self, office: Office, now: datetime
    ) -> None:
        row = await office.give(S.CASES, GENERAL)
        await self.tell(office, now)
        row.section = MATERIALS
        await office.session.flush()
        await office_notices.untell(office.session, "k")
        states = set(await office.session.exec(select(Outbox.state)))
        assert states == {DeliveryState.WITHDRAWN}


class TestTodo:
    """The first page of ``/todo`` is the section's; 全部 shows the rest, and nobody loses a right."""

    async def work(self, office: Office, world: World, case_desk: CaseDesk) -> None:
        """Two cases to register, and a task to complete."""
        category = await case_desk.category(unit=world.unit)
        for _ in range(2):
            await case_desk.report(world.other_liaison, category)
        world.task.state = TaskState.SUBMITTED
        await office.session.flush()

    async def page(self, office: Office, actor: Actor, *, whole: bool = False) -> View:
        return await case_piles.front(turn_for(office.session, actor), whole=whole)

    async def test_what_is_another_sections_is_one_button(
        self, office: Office, world: World, case_desk: CaseDesk
    ) -> None:
        await self.work(office, world, case_desk)
        everything = await self.page(office, office.general)
        assert keys(everything).count("desk.of_others") == 0
        await office.give(S.CASES, MATERIALS)
        mine = await self.page(office, office.general)
        assert buttons(mine, "desk.pile") == []
        assert [one.arguments["whole"] for one in buttons(mine, "desk.front")] == [True]
        assert mine.lines[-1].values["count"] == 2
        assert (await self.page(office, office.materials)).lines == everything.lines

    async def test_all_shows_the_rest(self, office: Office, world: World, case_desk: CaseDesk) -> None:
        await self.work(office, world, case_desk)
        before = await self.page(office, office.general)
        for subject in (S.CASES, S.COMPLETION):
            await office.give(subject, MATERIALS)
        mine = await self.page(office, office.general)
        assert mine.lines[-1].values["count"] == 3
        assert keys(mine)[0] == "desk.nothing"
        assert await self.page(office, office.general, whole=True) == before
        assert await self.page(office, office.materials) != mine

    async def test_who_hears_because_nobody_else_does_sees_all(
        self, office: Office, world: World, case_desk: CaseDesk
    ) -> None:
        await self.work(office, world, case_desk)
        await office.give(S.CASES, MATERIALS)
        await office.leave(office.materials)
        assert "desk.of_others" not in keys(await self.page(office, office.general))

    async def test_nobody_outside_the_office_sees_a_difference(
        self, office: Office, world: World, case_desk: CaseDesk
    ) -> None:
        await self.work(office, world, case_desk)
        before = await self.page(office, world.liaison)
        for subject in S:
            await office.give(subject, MATERIALS)
        assert await self.page(office, world.liaison) == before
