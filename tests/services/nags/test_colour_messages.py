"""Messages about a colour: checked again when they go out; the release to a 主要领导; a city's own names."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from sqlmodel import select

from models.audit_log import Audit
from models.cases import Case, SupervisionOrder
from models.db import ident
from models.nags import Nag, NagReason, NagState
from models.people import ContactRole, ContactState
from models.people.absences import Absence
from rules.cases.case_facts import Colour
from rules.cases.case_lifecycle import CaseEvent
from rules.cases.colour_names import read_names
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role, Tier
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor
from services.cases.cards import case_card
from services.cases.case_steps import MovedOnError
from services.delivery import rendering
from services.errors import DomainError
from services.nags.messages import live_nags
from services.nags.orders import leader_hints
from services.tasks import task_steps
from services.views import ButtonSpec, View
from tests.services.conftest import Local
from tests.services.nags.coloured import Ladder, kinds
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.turns import tick_for, turn_for

pytestmark = pytest.mark.usefixtures("colours_at_once")

NAG, HINT, NOTICE = MessageKind.NAG, MessageKind.HINT, MessageKind.NOTICE
SECOND = timedelta(seconds=1)


@pytest.fixture
async def ladder(roster: Roster, case_desk: CaseDesk) -> Ladder:
    return await Ladder.make(roster, case_desk)


def buttons(view: View) -> list[ButtonSpec]:
    return [button for row in view.rows for button in row]


class TestAtDelivery:
    """Promised at 14:48 on the Saturday, when the case turned blue; delivered later."""

    @pytest.fixture
    async def case(self, ladder: Ladder, local: Local) -> Case:
        case = await ladder.case(local(10, 8, 14))
        await ladder.tick(local(10, 10, 14, 48))
        assert len(await ladder.promised()) == 3
        return case

    async def test_as_it_was_promised(self, ladder: Ladder, case: Case, local: Local) -> None:
        assert len(await ladder.delivered(local(10, 10, 15))) == 3

    async def test_on_the_next_day_too_for_no_other_message_takes_its_place(
        self, ladder: Ladder, case: Case, local: Local
    ) -> None:
        assert len(await ladder.delivered(local(10, 11, 9))) == 3

    async def test_mended_meanwhile(self, ladder: Ladder, case: Case, local: Local) -> None:
        await ladder.step(case, CaseEvent.FEEDBACK, ladder.responsible, local(10, 10, 15))
        assert await ladder.delivered(local(10, 10, 15)) == {}

    async def test_closed_meanwhile(self, ladder: Ladder, case: Case, local: Local) -> None:
        await ladder.step(case, CaseEvent.FEEDBACK, ladder.responsible, local(10, 10, 15))
        await ladder.step(case, CaseEvent.CLOSE, ladder.office, local(10, 10, 15))
        assert await ladder.delivered(local(10, 10, 15)) == {}

    async def test_given_to_another_unit_meanwhile(
        self, ladder: Ladder, roster: Roster, case: Case, local: Local
    ) -> None:
        other = await roster.unit("东风街道", Tier.STREET)
        await ladder.step(case, CaseEvent.REASSIGN, ladder.office, local(10, 10, 15), unit_id=other.id)
        assert await ladder.delivered(local(10, 10, 15)) == {}

    async def test_extended_meanwhile(self, ladder: Ladder, case: Case, local: Local) -> None:
        await ladder.step(case, CaseEvent.ASK_EXTENSION, ladder.responsible, local(10, 10, 15))
        await ladder.step(case, CaseEvent.EXTEND, ladder.office, local(10, 10, 15))
        await ladder.tick(local(10, 10, 15))
        assert await ladder.delivered(local(10, 10, 15)) == {}

    async def test_risen_meanwhile_they_are_nagged_once(
        self, ladder: Ladder, case: Case, local: Local
    ) -> None:
        await ladder.tick(local(10, 12, 9, 36))
        blue, yellow = (await ladder.promised())[:3], (await ladder.promised())[3:]
        at = local(10, 12, 10)
        shown = [await rendering.render(tick_for(ladder.session, at, ladder.campaign), row) for row in blue]
        to = {row.contact_id: view for row, view in zip(blue, shown, strict=True)}
        assert to[ladder.responsible.id] is None
        assert to[ladder.office.id] is None
        assert to[ladder.colleague.id] is not None, "the section hears of no other colour"
        assert len(yellow) == 3

    async def test_what_could_not_be_sent_for_days_is_one_message_each(
        self, ladder: Ladder, case: Case, local: Local
    ) -> None:
        """The scans go on meanwhile.

        The section, which is told of no other colour than blue, hears how the case stands now.
        """
        for at in (local(10, 12, 9, 36), local(10, 12, 12) + SECOND):
            await ladder.tick(at)
        assert len(await ladder.promised()) == 9
        heard = await ladder.delivered(local(10, 13, 9))
        assert kinds(heard) == {
            "责任人甲": NAG,
            "分管领导丁": HINT,
            "创城办工作人员": NOTICE,
            "科员乙": HINT,
        }
        assert all("🔴" in text and "已超时" in text for _, text in heard.values())

    async def test_what_is_left_is_told(self, ladder: Ladder, local: Local) -> None:
        mended, left = await ladder.case(local(10, 8, 14)), await ladder.case(local(10, 8, 14), name="乱停车")
        await ladder.tick(local(10, 10, 14, 48))
        await ladder.step(mended, CaseEvent.FEEDBACK, ladder.responsible, local(10, 10, 15))
        text = (await ladder.delivered(local(10, 10, 15)))["责任人甲"][1]
        assert "共 1 件" in text
        assert left.number in text
        assert mended.number not in text

    async def test_not_to_a_leader_who_is_none_any_more(self, ladder: Ladder, local: Local) -> None:
        await ladder.case(local(10, 8, 14))
        await ladder.tick(local(10, 12, 9, 36))
        role = await ladder.session.get(ContactRole, (ladder.leader.id, Role.LEADER_IN_CHARGE))
        await ladder.session.delete(role)
        await ladder.session.flush()
        assert "分管领导丁" not in await ladder.delivered(local(10, 12, 10))

    async def test_a_nag_goes_to_who_answers_for_it_now(
        self, ladder: Ladder, roster: Roster, local: Local
    ) -> None:
        case = await ladder.case(local(10, 8, 14), signed=False)
        await ladder.tick(local(10, 10, 14, 48))
        await ladder.step(case, CaseEvent.ACKNOWLEDGE, ladder.colleague, local(10, 10, 15))
        assert "联络员丙" not in await ladder.delivered(local(10, 10, 15))


async def test_what_waits_for_one_who_blocks_the_bot_goes_to_their_unit(ladder: Ladder, local: Local) -> None:
    """The person sleeps until ten and cannot be reached at ten: the unit's next reader hears at once."""
    who = ladder.responsible.contact
    who.quiet_from, who.quiet_until = time(20), time(10)
    ladder.session.add(who)
    case = await ladder.case(local(10, 8, 14))
    await ladder.tick(local(10, 12, 9, 36))
    who.state = ContactState.UNREACHABLE
    ladder.session.add(who)
    await ladder.tick(local(10, 12, 10))
    _, text = (await ladder.delivered(local(10, 12, 10)))["联络员丙"]
    assert case.number in text
    query = select(Nag.reason).where(Nag.contact_id == who.id, Nag.state == NagState.MOOT)
    assert set(await ladder.session.exec(query)) == {NagReason.MOVED}
    await ladder.tick(local(10, 12, 10, 5))
    assert "联络员丙" not in await ladder.delivered(local(10, 12, 10, 5))


async def test_a_leader_who_is_away_is_heard_for_by_their_deputy(ladder: Ladder, local: Local) -> None:
    """The deputy hears whether or not the leader can be reached."""
    leader, deputy = ladder.leader.contact, ladder.liaison
    theirs, first, last = leader.id or 0, local(10, 10).date(), local(10, 13).date()
    ladder.session.add(
        Absence(
            contact_id=theirs,
            deputy_id=deputy.id,
            first=first,
            last=last,
            made_by=theirs,
            made_at=local(10, 8),
        )
    )
    leader.state = ContactState.UNREACHABLE
    ladder.session.add(leader)
    await ladder.case(local(10, 8, 14))
    await ladder.tick(local(10, 12, 9, 36))
    heard = kinds(await ladder.delivered(local(10, 12, 10)))
    assert heard["联络员丙"] is HINT
    assert "分管领导丁" not in heard


@pytest.mark.parametrize("signed", [True, False])
async def test_the_deputy_hears_in_place_of_whoever_is_away(
    ladder: Ladder, roster: Roster, local: Local, signed: bool
) -> None:
    """The absent person is the 责任人 or, before 签收, the 联络员.

    An absent 责任人 does not hear as a colleague of their own section either.
    """
    deputy = await roster.contact(await roster.unit("东风街道", Tier.STREET), "代理人")
    theirs, day = (ladder.responsible if signed else ladder.liaison).id, local(10, 10).date()
    who: dict[str, Any] = {"contact_id": theirs, "deputy_id": deputy.id, "made_by": theirs}
    ladder.session.add(Absence(first=day, last=day, made_at=local(10, 8), **who))
    await ladder.case(local(10, 8, 14), signed=signed)
    heard = kinds(await ladder.scan(local(10, 10, 14, 48)))
    assert heard == {"代理人": NAG, "创城办工作人员": NOTICE} | ({"科员乙": HINT} if signed else {})


async def test_tasks_and_orders_stand_in_one_message(ladder: Ladder, roster: Roster, local: Local) -> None:
    """The office gets a message of its own; a leader gets only a 提示."""
    who, over = ladder.responsible.contact, local(10, 10).date()
    task = await roster.task(ladder.unit, "整治占道经营", over, who, state=TaskState.IN_PROGRESS)
    task.created_at = task.assigned_at = local(10, 8)
    task_steps.schedule_nags(task, local(10, 10, 10))
    case = await ladder.case(local(10, 8, 14))
    heard = await ladder.scan(local(10, 12, 9, 36))
    assert kinds(heard) == {"责任人甲": NAG, "分管领导丁": HINT, "创城办工作人员": NOTICE}
    for name, opened in (
        ("责任人甲", "【任务提醒】10月12日，共 2 项"),
        ("分管领导丁", "【工作提示】10月12日，共 2 项"),
    ):
        text = heard[name][1]
        assert text.startswith(opened)
        assert text.index(case.number) < text.index(task.objective), "it runs by the hour"
    assert task.objective not in heard["创城办工作人员"][1]


async def test_eight_cases_stand_on_a_page(ladder: Ladder, local: Local) -> None:
    for number in range(23):
        await ladder.case(local(10, 8, 14), name=f"第{number}类")
    at = local(10, 10, 14, 48)
    text = (await ladder.scan(at))["责任人甲"][1]
    assert "共 23 件" in text
    assert "8. 🔵" in text
    assert "9. " not in text
    row = next(row for row in await ladder.promised() if row.contact_id == ladder.responsible.id)
    shown = await rendering.render(tick_for(ladder.session, at, ladder.campaign), row)
    assert shown is not None
    assert len(shown[0].case_ids) == 23, "a reply to it may be about any of them"
    actions = [(button.action, button.arguments.get("offset")) for button in buttons(shown[0])]
    assert actions == [("case.card", None)] * 8 + [("nag.page", 8), ("snooze.choose", None)]
    last = await live_nags.turn_page(
        turn_for(ladder.session, ladder.responsible, at, ladder.campaign), row.id or 0, offset=16
    )
    assert "17. 🔵" in last.plain("zh")
    assert [button.arguments.get("offset") for button in buttons(last)] == [None] * 7 + [8, None]
    with pytest.raises(DomainError) as refused:
        await live_nags.turn_page(
            turn_for(ladder.session, ladder.colleague, at, ladder.campaign), row.id or 0, offset=0
        )
    assert refused.value.text.key == "nags.nothing_left"


async def test_a_unit_without_a_leader_the_office_is_told(ladder: Ladder, local: Local) -> None:
    ladder.leader.contact.state = ContactState.UNREACHABLE
    ladder.session.add(ladder.leader.contact)
    await ladder.session.flush()
    await ladder.case(local(10, 8, 14))
    heard = await ladder.scan(local(10, 12, 9, 36))
    assert kinds(heard) == {"责任人甲": NAG, "创城办工作人员": NOTICE}
    assert "（城管局，责任人：责任人甲）" in heard["创城办工作人员"][1]
    assert "尚无可通知的单位分管领导" in heard["创城办工作人员"][1]


async def test_a_red_one_of_a_unit_without_a_principal_leader(ladder: Ladder, local: Local) -> None:
    """The office learns of it before it presses; a yellow case has nothing to release yet."""
    ladder.principal.contact.state = ContactState.NOT_ENROLLED
    ladder.session.add(ladder.principal.contact)
    await ladder.session.flush()
    await ladder.case(local(10, 8, 14))
    heard = await ladder.scan(local(10, 12, 9, 36))
    assert "尚无可通知的" not in heard["创城办工作人员"][1]
    heard = await ladder.scan(local(10, 12, 12) + SECOND)
    assert "尚无可通知的单位主要领导" in heard["创城办工作人员"][1]


async def test_a_unit_in_which_nobody_can_be_reached(ladder: Ladder, local: Local) -> None:
    """Only the office hears, and its message names the missing readers."""
    await ladder.case(local(10, 8, 14))
    there = (ladder.responsible, ladder.colleague, ladder.liaison, ladder.leader, ladder.principal)
    for actor in there:
        actor.contact.state = ContactState.UNREACHABLE
    ladder.session.add_all([actor.contact for actor in there])
    await ladder.session.flush()
    heard = await ladder.scan(local(10, 12, 12) + SECOND)
    assert kinds(heard) == {"创城办工作人员": NOTICE}
    assert "尚无可通知的责任人、单位分管领导、单位主要领导" in heard["创城办工作人员"][1]


async def test_without_an_office_the_unit_hears_all_the_same(ladder: Ladder, local: Local) -> None:
    await ladder.case(local(10, 8, 14))
    ladder.office.contact.state = ContactState.UNREACHABLE
    ladder.session.add(ladder.office.contact)
    await ladder.session.flush()
    heard = await ladder.scan(local(10, 12, 12) + SECOND)
    assert kinds(heard) == {"责任人甲": NAG, "分管领导丁": HINT}


async def test_who_answered_for_it_cannot_be_reached_any_more(ladder: Ladder, local: Local) -> None:
    """The person who stands in their place is nagged."""
    await ladder.case(local(10, 8, 14))
    ladder.responsible.contact.state = ContactState.UNREACHABLE
    ladder.session.add(ladder.responsible.contact)
    await ladder.session.flush()
    assert kinds(await ladder.scan(local(10, 12, 9, 36))) == {
        "联络员丙": NAG,
        "分管领导丁": HINT,
        "创城办工作人员": NOTICE,
    }


async def test_the_leader_whom_the_order_names(
    ladder: Ladder, roster: Roster, case_desk: CaseDesk, local: Local
) -> None:
    other = await roster.contact(ladder.unit, "副局长壬", Role.LEADER_IN_CHARGE)
    order = SupervisionOrder(
        year=2026,
        serial=1,
        number="创城督办〔2026〕1号",
        unit_id=ladder.unit.id or 0,
        leader_in_charge=other.name,
        requirement="恢复原状",
        issued_at=local(10, 8, 14),
        issued_by=ladder.office.id,
    )
    ladder.session.add(order)
    await ladder.session.flush()
    case = await ladder.case(local(10, 8, 14))
    case.order_id = order.id
    ladder.session.add(case)
    await ladder.session.flush()
    heard = kinds(await ladder.scan(local(10, 12, 9, 36)))
    assert heard == {"责任人甲": NAG, "副局长壬": HINT, "创城办工作人员": NOTICE}


class TestRelease:
    @pytest.fixture
    async def red(self, ladder: Ladder, local: Local) -> Case:
        case = await ladder.case(local(10, 8, 14))
        assert "主要领导戊" not in await ladder.scan(local(10, 12, 12) + SECOND)
        await ladder.session.refresh(case)
        assert case.colour is Colour.RED
        return case

    async def test_the_office_finds_a_button_for_each_red_one(
        self, ladder: Ladder, red: Case, local: Local
    ) -> None:
        row = next(row for row in await ladder.promised() if row.contact_id == ladder.office.id)
        shown = await rendering.render(tick_for(ladder.session, local(10, 12, 13), ladder.campaign), row)
        assert shown is not None
        assert [(button.action, button.arguments.get("seen")) for button in buttons(shown[0])] == [
            ("case.card", None),
            ("case.release", red.steps),
        ]

    async def test_the_leader_gets_one_hint(self, ladder: Ladder, red: Case, local: Local) -> None:
        at = local(10, 12, 22)
        said = await leader_hints.hint_about_one(
            turn_for(ladder.session, ladder.office, at, ladder.campaign), red.id or 0, red.steps
        )
        assert said.values["names"] == ["主要领导戊"]
        heard = await ladder.delivered(at)
        assert kinds(heard) == {"主要领导戊": HINT}
        assert "【督办提示】" in heard["主要领导戊"][1]
        assert red.number in heard["主要领导戊"][1]

    async def test_a_second_press_finds_it_done(self, ladder: Ladder, red: Case, local: Local) -> None:
        seen, at = red.steps, local(10, 12, 13)
        await leader_hints.hint_about_one(
            turn_for(ladder.session, ladder.office, at, ladder.campaign), red.id or 0, seen
        )
        with pytest.raises(MovedOnError):
            await leader_hints.hint_about_one(
                turn_for(ladder.session, ladder.office, at, ladder.campaign), red.id or 0, seen
            )
        with pytest.raises(DomainError) as refused:
            await leader_hints.hint_about_one(
                turn_for(ladder.session, ladder.office, at, ladder.campaign), red.id or 0, red.steps
            )
        assert refused.value.text.key == "cases.refused.released"
        assert kinds(await ladder.delivered(at)) == {"主要领导戊": HINT}

    @pytest.mark.parametrize("who", ["responsible", "leader", "principal", "district"])
    async def test_only_the_office_releases(self, ladder: Ladder, red: Case, local: Local, who: str) -> None:
        with pytest.raises(DomainError) as refused:
            await leader_hints.hint_about_one(
                turn_for(ladder.session, getattr(ladder, who), local(10, 12, 13), ladder.campaign),
                red.id or 0,
                red.steps,
            )
        assert refused.value.text.key == "cases.not_for_you.office"

    async def test_one_hint_about_many(self, ladder: Ladder, red: Case, local: Local) -> None:
        """A leader gets one message; what moved on, or has no leader, is named."""
        at = local(10, 12, 13)
        again = await ladder.case(local(10, 8, 14), name="乱堆乱放")
        blue = await ladder.case(local(10, 11, 14), name="小广告")
        await ladder.scan(at)
        for case in (red, again, blue):
            await ladder.session.refresh(case)
        picked = tuple((ident(case), case.steps) for case in (red, again, blue))
        outcome = await leader_hints.hint_about_picked(
            turn_for(ladder.session, ladder.office, at, ladder.campaign), picked
        )
        assert outcome.done
        said = outcome.view.plain("zh")
        assert "主要领导戊" in said
        assert blue.number in said
        heard = await ladder.delivered(at)
        assert kinds(heard) == {"主要领导戊": HINT}
        assert all(case.number in heard["主要领导戊"][1] for case in (red, again))
        second = await leader_hints.hint_about_picked(
            turn_for(ladder.session, ladder.office, at, ladder.campaign), picked
        )
        assert not second.done

    async def test_many_without_a_leader(self, ladder: Ladder, red: Case, local: Local) -> None:
        ladder.principal.contact.state = ContactState.NOT_ENROLLED
        ladder.session.add(ladder.principal.contact)
        await ladder.session.flush()
        turn = turn_for(ladder.session, ladder.office, local(10, 12, 13), ladder.campaign)
        outcome = await leader_hints.hint_about_picked(turn, ((ident(red), red.steps),))
        assert not outcome.done
        assert red.number in outcome.view.plain("zh")
        await ladder.session.refresh(red)
        assert not red.released

    async def test_only_what_is_red(self, ladder: Ladder, local: Local) -> None:
        case = await ladder.case(local(10, 8, 14))
        with pytest.raises(DomainError) as refused:
            await leader_hints.hint_about_one(
                turn_for(ladder.session, ladder.office, local(10, 9, 9), ladder.campaign), case.id or 0, None
            )
        assert refused.value.text.key == "cases.refused.not_red"

    async def test_a_unit_without_a_principal_leader(self, ladder: Ladder, red: Case, local: Local) -> None:
        ladder.principal.contact.state = ContactState.NOT_ENROLLED
        ladder.session.add(ladder.principal.contact)
        await ladder.session.flush()
        with pytest.raises(DomainError) as refused:
            async with ladder.session.begin_nested():
                await leader_hints.hint_about_one(
                    turn_for(ladder.session, ladder.office, local(10, 12, 13), ladder.campaign),
                    red.id or 0,
                    red.steps,
                )
        assert refused.value.text.key == "colours.no_leader"
        await ladder.session.refresh(red)
        assert not red.released

    async def test_mended_before_the_hint_goes_out(self, ladder: Ladder, red: Case, local: Local) -> None:
        at = local(10, 12, 13)
        await leader_hints.hint_about_one(
            turn_for(ladder.session, ladder.office, at, ladder.campaign), red.id or 0, red.steps
        )
        await ladder.step(red, CaseEvent.FEEDBACK, ladder.responsible, at)
        assert await ladder.delivered(at) == {}

    async def test_the_card_offers_it_to_the_office_alone(
        self, ladder: Ladder, red: Case, local: Local
    ) -> None:
        async def offered(actor: Actor) -> bool:
            shown = await case_card.card(
                turn_for(ladder.session, actor, local(10, 12, 13), ladder.campaign), red.id or 0
            )
            return any(button.action == "case.release" for button in buttons(shown))

        assert await offered(ladder.office)
        assert not await offered(ladder.responsible)
        assert not await offered(ladder.leader)
        await leader_hints.hint_about_one(
            turn_for(ladder.session, ladder.office, local(10, 12, 13), ladder.campaign),
            red.id or 0,
            red.steps,
        )
        assert not await offered(ladder.office)


async def test_a_city_that_has_orange_instead_of_yellow(ladder: Ladder, local: Local) -> None:
    ladder.campaign = replace(ladder.campaign, colour_names=read_names("蓝,橙色督办,红"))
    case = await ladder.case(local(10, 8, 14))
    at = local(10, 12, 9, 36)
    text = (await ladder.scan(at))["责任人甲"][1]
    assert "🟠" in text
    assert "🟡" not in text
    shown = await case_card.card(turn_for(ladder.session, ladder.office, at, ladder.campaign), case.id or 0)
    assert "督办变色：橙色督办" in shown.plain("zh")
    assert "🟠" in shown.plain("zh")


async def test_every_change_is_audited(ladder: Ladder, local: Local) -> None:
    case = await ladder.case(local(10, 8, 14))
    await ladder.scan(local(10, 12, 12) + SECOND)
    rows = (await ladder.session.exec(select(Audit).where(Audit.event == "case_colour"))).all()
    assert [(row.subject_id, row.actor_id) for row in rows] == [(case.id, None)]
