"""Who cannot be reached: the notice, the office's own list and its digest count the same people."""

from __future__ import annotations

from datetime import date

from sqlmodel import col, select

from models.db import Session
from models.delivery.messages import Outbox
from models.people import ContactState
from models.people.absences import Absence
from rules.people.roles import Role
from services.access import Actor
from services.campaign import Campaign
from services.nags import nag_digest
from services.views import View
from tests.services.conftest import Local
from tests.services.nags.families import Broken, Family, make_family, run, shown
from tests.support.people import Roster
from tests.support.turns import tick_for

DEADLINE = date(2026, 12, 15)


async def lost(session: Session, *people: Actor) -> None:
    for one in people:
        one.contact.state = ContactState.UNREACHABLE
    await session.flush()


async def office_reads(
    session: Session, family: Family, local: Local, campaign: Campaign, day: int
) -> tuple[list[str], str, list[str]]:
    """The lines of the notice, the whole list, and the lines of the digest of that morning."""
    await run(session, local(12, day, 8), local(12, day, 12), campaign)
    since, until = local(12, day, 0), local(12, day, 23)
    there = (col(Outbox.created_at).between(since, until), col(Outbox.contact_id) == family.office.id)
    rows = list(await session.exec(select(Outbox).where(*there).order_by(col(Outbox.id))))
    told = [View.from_json(row.content).plain("zh") for row in rows if row.dedupe_key.startswith("missed:")]
    lists = [await shown(session, row, campaign) for row in rows if row.view == "nag"]
    read = "".join(one.plain("zh") for one in lists if one is not None)
    digest = await nag_digest.digest_view(
        tick_for(session, local(12, day, 12), campaign), date(2026, 12, day), None
    )
    return "".join(told).splitlines(), read, digest.plain("zh").splitlines()


async def test_the_office_counts_people_of_parts_on_which_nobody_decides(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """On the first morning and on later ones, when no notice comes any more."""
    family = await make_family(roster, Broken(DEADLINE, since=roster.now), "西山村", "东山村")
    people = [family.decider, *(one.person for one in family.villages)]
    await lost(session, family.liaison, *people)
    names = [one.contact.name for one in people]
    for day in (15, 16, 17):
        notice, read, digest = await office_reads(session, family, local, campaign, day)
        if day == 15:
            assert "以下 3 位责任人收不到任务提醒" in notice[0]
        else:
            assert notice == []
        assert all(f"应通知：{name}" in read for name in names), day
        assert f"⚠️ 3 位责任人收不到提醒（{'、'.join(names)}），其中 3 位由创城办代转" in digest


async def test_where_somebody_decides_the_digest_leaves_people_of_parts_out(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    family = await make_family(roster, Broken(DEADLINE, since=roster.now), "西山村")
    await lost(session, family.villages[0].person)
    notice, read, digest = await office_reads(session, family, local, campaign, 15)
    assert (notice, read) == ([], "")
    assert not [line for line in digest if "收不到" in line]


async def test_leaders_have_a_line_of_their_own_and_who_is_away_is_not_missed(
    session: Session, roster: Roster, local: Local, campaign: Campaign
) -> None:
    """The notice is about 责任人 alone. Two people of one name are two."""
    family = await make_family(roster, Broken(date(2026, 12, 14), since=roster.now))
    other = await roster.unit("城管局")
    namesake = await roster.actor(other, family.decider.contact.name, Role.RESPONSIBLE_PERSON)
    await roster.actor(other, "城管局联络员", Role.LIAISON)
    await roster.task(other, "清理河道", date(2026, 12, 14), namesake.contact, state=family.task.state)
    await lost(session, family.decider, family.leader, namesake)
    notice, *_ = await office_reads(session, family, local, campaign, 15)
    *_, digest = await office_reads(session, family, local, campaign, 17)
    name = family.decider.contact.name
    assert "以下 2 位责任人" in notice[0]
    assert f"⚠️ 2 位责任人收不到提醒（{name}、{name}），已由他人代收" in digest
    assert f"⚠️ 1 位分管领导收不到提示（{family.leader.contact.name}），已由他人代收" in digest
    for one in (family.decider, family.leader):
        session.add(
            Absence(
                contact_id=one.id,
                deputy_id=family.liaison.id,
                first=date(2026, 12, 15),
                last=date(2026, 12, 20),
                made_by=one.id,
                made_at=roster.now,
            )
        )
    await session.flush()
    *_, digest = await office_reads(session, family, local, campaign, 17)
    assert [line for line in digest if "收不到" in line] == [
        f"⚠️ 1 位责任人收不到提醒（{name}），已由他人代收"
    ]
