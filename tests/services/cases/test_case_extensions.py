"""延期, 挂账, 超时申诉 and 复开, as the office decides them and the unit hears of them."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from models import cases
from models.cases import case_by_id
from models.db import Database
from rules.cases.case_facts import AppealState, Colour, replay
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.people.roles import Role
from services.access import Actor
from services.campaign import Campaign
from services.cases import case_steps
from services.cases.cards import case_card
from services.cases.case_steps import MovedOnError, StepDetails
from services.cases.deciding import case_rulings, extensions, suspension
from services.cases.deciding.case_rulings import RULINGS, RulingMatter
from services.errors import DomainError
from services.views import View
from tests.services.cases.judged import Judged, labels, read
from tests.services.conftest import Local, World, make_world
from tests.services.progress.talk import buttons, refused
from tests.support.binding import brought
from tests.support.cases import TO_DISPATCHED, CaseDesk
from tests.support.people import Roster
from tests.support.turns import turn_for


@pytest.fixture
async def inspector(roster: Roster) -> Actor:
    return await roster.actor(await roster.unit("督导组"), "督导员甲", Role.INSPECTOR)


@pytest.fixture
async def judged(case_desk: CaseDesk, world: World, inspector: Actor) -> Judged:
    """A case that is reported but not dispatched; its limit is 4 工作时 from dispatch."""
    case = await case_desk.report(inspector, await case_desk.category(unit=world.unit))
    return Judged(case_desk, case, world.office, world.liaison)


async def asked(judged: Judged, at: datetime, why: str = "设备在外地") -> None:
    change = StepDetails(reason=why)
    await judged.desk.step(judged.case, CaseEvent.ASK_EXTENSION, judged.unit, at=at, change=change)


async def card_of(judged: Judged, actor: Actor, at: datetime) -> View:
    return await case_card.card(turn_for(judged.session, actor, at, judged.desk.campaign), judged.id)


async def extension(judged: Judged, actor: Actor, at: datetime, seen: int | None = None) -> View:
    return await extensions.extension(
        turn_for(judged.session, actor, at, judged.desk.campaign),
        judged.id,
        judged.case.steps if seen is None else seen,
    )


async def coloured(judged: Judged, colour: Colour, at: datetime) -> None:
    await judged.desk.step(judged.case, CaseEvent.COLOUR, None, at=at, change=StepDetails(colour=colour))


class TestExtension:
    async def test_shown_before_it_is_decided(self, judged: Judged, world: World, local: Local) -> None:
        await judged.dispatched(local(12, 15, 8))
        await asked(judged, local(12, 15, 9))
        view = await extension(judged, world.office, local(12, 15, 10))
        for words in (
            "设备在外地",
            "现时限：12月15日12:00",
            "同意后时限：12月15日18:00",
            "已延期 0 次",
            "城管局联络员",
        ):
            assert words in read(view)
        assert "审批延期" in labels(await card_of(judged, world.office, local(12, 15, 10)))
        assert "审批延期" not in labels(await card_of(judged, world.liaison, local(12, 15, 10)))

    async def test_granted(self, judged: Judged, world: World, local: Local) -> None:
        await judged.dispatched(local(12, 15, 8))
        await asked(judged, local(12, 15, 9))
        await judged.decide(world.office, CaseEvent.EXTEND, at=local(12, 15, 10))
        assert (judged.case.limit_at, judged.case.extensions) == (local(12, 15, 18), 1)
        told = (await judged.told(world.liaison))[-1]
        assert "同意延期" in told
        assert "12月15日18:00前" in told

    async def test_refused_does_not_count(self, judged: Judged, world: World, local: Local) -> None:
        await judged.dispatched(local(12, 15, 8))
        await asked(judged, local(12, 15, 9))
        await judged.decide(world.office, CaseEvent.REFUSE_EXTENSION, "时间足够", at=local(12, 15, 10))
        assert (judged.case.limit_at, judged.case.extensions) == (local(12, 15, 12), 0)
        told = (await judged.told(world.liaison))[-1]
        assert "时间足够" in told
        assert "12月15日12:00前" in told

    async def test_asked_in_time_and_decided_after_the_limit(
        self, judged: Judged, world: World, local: Local
    ) -> None:
        """The office's delay does not cost the unit time: the extension counts from the old limit."""
        await judged.dispatched(local(12, 15, 8))
        await asked(judged, local(12, 15, 11, 59))
        assert "已超时" in read(await extension(judged, world.office, local(12, 15, 16)))
        await judged.decide(world.office, CaseEvent.EXTEND, at=local(12, 15, 16))
        assert judged.case.limit_at == local(12, 15, 18)
        assert not judged.case.facts.overdue(local(12, 15, 16))

    async def test_decided_twice(self, judged: Judged, world: World, local: Local) -> None:
        await judged.dispatched(local(12, 15, 8))
        await asked(judged, local(12, 15, 9))
        first = judged.matter(CaseEvent.EXTEND)
        await judged.decide(world.office, CaseEvent.EXTEND, at=local(12, 15, 10), matter=first)
        for late in (first, RulingMatter(judged.id, CaseEvent.REFUSE_EXTENSION, first.seen)):
            with pytest.raises(MovedOnError):
                await judged.decide(world.office, late.event, at=local(12, 15, 10), matter=late)
        assert await refused(judged.decide(world.office, CaseEvent.EXTEND, at=local(12, 15, 10))) == (
            "cases.refused.no_extension_waits"
        )
        assert judged.case.limit_at == local(12, 15, 18)

    @pytest.mark.parametrize("event", [CaseEvent.EXTEND, CaseEvent.REFUSE_EXTENSION])
    async def test_colours_in_between_void_nothing(
        self, judged: Judged, world: World, local: Local, event: CaseEvent
    ) -> None:
        """The office opens the request, the order turns blue and yellow, and the press still holds."""
        await judged.dispatched(local(12, 15, 8))
        await asked(judged, local(12, 15, 9))
        matter = judged.matter(event)
        await coloured(judged, Colour.BLUE, local(12, 15, 10, 48))
        await extension(judged, world.office, local(12, 15, 10, 50), seen=matter.seen)
        await coloured(judged, Colour.YELLOW, local(12, 15, 11, 36))
        await judged.decide(world.office, event, "看过了", at=local(12, 15, 11, 40), matter=matter)
        extended = event is CaseEvent.EXTEND
        assert judged.case.limit_at == (local(12, 15, 18) if extended else local(12, 15, 12))
        assert (judged.case.extensions, judged.case.extension_asked) == (int(extended), False)

    async def test_another_step_voids_with_or_without_a_colour(
        self, judged: Judged, world: World, local: Local
    ) -> None:
        await judged.dispatched(local(12, 15, 8))
        await asked(judged, local(12, 15, 9))
        before = judged.matter(CaseEvent.EXTEND)
        await coloured(judged, Colour.BLUE, local(12, 15, 10, 48))
        await judged.bring(CaseEvent.HANDLE, at=local(12, 15, 11))
        between = judged.matter(CaseEvent.EXTEND)
        await coloured(judged, Colour.YELLOW, local(12, 15, 11, 36))
        with pytest.raises(MovedOnError):
            await judged.decide(world.office, CaseEvent.EXTEND, at=local(12, 15, 11, 40), matter=before)
        ahead = RulingMatter(judged.id, CaseEvent.EXTEND, judged.case.steps + 1)
        with pytest.raises(MovedOnError):
            await judged.decide(world.office, CaseEvent.EXTEND, at=local(12, 15, 11, 40), matter=ahead)
        await judged.decide(world.office, CaseEvent.EXTEND, at=local(12, 15, 11, 40), matter=between)
        assert judged.case.extensions == 1

    async def test_a_colour_makes_nothing_allowed(self, judged: Judged, world: World, local: Local) -> None:
        """The card of before holds, but the step itself is looked at by the limit: the order is red now."""
        await judged.dispatched(local(12, 15, 8))
        seen = judged.case.steps
        await coloured(judged, Colour.RED, local(12, 15, 14))
        why_not = judged.desk.step(
            judged.case, CaseEvent.ASK_EXTENSION, judged.unit, at=local(12, 15, 14, 1), seen=seen
        )
        assert (await refused(why_not)).startswith("cases.refused.overdue")

    async def test_the_program_itself_compares_all_steps(self, judged: Judged, local: Local) -> None:
        """Two scans that read the same case never colour it twice."""
        await judged.dispatched(local(12, 15, 8))
        seen, blue = judged.case.steps, StepDetails(colour=Colour.BLUE)
        await coloured(judged, Colour.BLUE, local(12, 15, 10, 48))
        with pytest.raises(MovedOnError):
            await judged.desk.step(judged.case, CaseEvent.COLOUR, None, seen=seen, change=blue)

    async def test_not_asked(self, judged: Judged, world: World, local: Local) -> None:
        await judged.dispatched(local(12, 15, 8))
        assert await refused(extension(judged, world.office, local(12, 15, 9))) == (
            "cases.refused.no_extension_waits"
        )

    async def test_only_the_office(
        self, judged: Judged, world: World, inspector: Actor, local: Local
    ) -> None:
        await judged.dispatched(local(12, 15, 8))
        await asked(judged, local(12, 15, 9))
        for actor in (world.liaison, world.leader, inspector):
            assert await refused(extension(judged, actor, local(12, 15, 9))) == "cases.not_for_you.office"
            assert await refused(judged.decide(actor, CaseEvent.EXTEND)) == "cases.not_for_you.office"
        assert judged.case.extensions == 0


class TestSuspension:
    async def test_chosen_then_reasoned(self, judged: Judged, world: World, local: Local) -> None:
        at, campaign = local(12, 18, 17), judged.desk.campaign
        await judged.dispatched(local(12, 18, 16))
        await judged.bring(CaseEvent.ACKNOWLEDGE, at=local(12, 18, 16))
        turn = turn_for(judged.session, world.office, at, campaign)
        view = await extensions.ask_until(turn, judged.id, judged.case.steps)
        matters = [brought(button)["matter"] for button in buttons(view, "case.ask_ruling")]
        assert [matter.until for matter in matters] == [
            local(12, 21, 18),
            local(12, 25, 18),
            local(1, 2, 18, year=2027),
            local(1, 17, 18, year=2027),
        ]
        why = await case_rulings.ask(turn_for(judged.session, world.office, at, campaign), matters[0])
        assert "挂账至：12月21日18:00" in read(why)
        (weather,) = [b for b in buttons(why, "case.rule") if b.arguments["reason"] == "weather"]
        await judged.decide(
            world.office,
            CaseEvent.SUSPEND,
            "天气原因",
            at=at,
            matter=brought(weather)["matter"],
        )
        assert (judged.case.state, judged.case.look_at) == (CaseState.SUSPENDED, local(12, 21, 18))
        told = (await judged.told(world.liaison))[-1]
        assert "挂账至12月21日18:00" in told
        assert "天气原因" in told

    async def test_over_a_weekend(self, judged: Judged, world: World, local: Local) -> None:
        """From Friday 16:00 to 17:00 one of four hours goes by.

        Resumed on Sunday, three are left on Monday.
        """
        await judged.dispatched(local(12, 18, 16))
        await judged.bring(CaseEvent.ACKNOWLEDGE, at=local(12, 18, 16))
        until = local(12, 21, 18)
        await judged.decide(world.office, CaseEvent.SUSPEND, "待协调", at=local(12, 18, 17), until=until)
        assert not judged.case.facts.overdue(local(12, 21, 17))
        await judged.decide(world.office, CaseEvent.RESUME, at=local(12, 20, 10))
        assert (judged.case.state, judged.case.limit_at) == (CaseState.HANDLING, local(12, 21, 11))
        assert "12月21日11:00前" in (await judged.told(world.liaison))[-1]
        assert (
            await refused(
                judged.decide(world.office, CaseEvent.SUSPEND, "再来", at=local(12, 21, 8), until=until)
            )
            == "cases.refused.suspended_once"
        )

    async def test_what_was_overdue_stays_overdue(self, judged: Judged, world: World, local: Local) -> None:
        await judged.dispatched(local(12, 15, 8))
        await judged.bring(CaseEvent.ACKNOWLEDGE, at=local(12, 15, 9))
        await judged.decide(
            world.office, CaseEvent.SUSPEND, "待协调", at=local(12, 15, 15), until=local(12, 18, 18)
        )
        await judged.decide(world.office, CaseEvent.RESUME, at=local(12, 17, 8))
        assert judged.case.limit_at == local(12, 15, 12)
        assert judged.case.facts.overdue(local(12, 17, 8))

    async def test_an_end_that_nobody_has_seen_yet(self, judged: Judged, world: World, local: Local) -> None:
        """The program is down when the pause ends: a later 恢复计时 does not make the pause longer."""
        await judged.dispatched(local(12, 15, 8))
        await judged.bring(CaseEvent.ACKNOWLEDGE, at=local(12, 15, 8))
        await judged.decide(
            world.office, CaseEvent.SUSPEND, "待协调", at=local(12, 15, 9), until=local(12, 16, 18)
        )
        await judged.decide(world.office, CaseEvent.RESUME, at=local(12, 18, 8))
        assert judged.case.limit_at == local(12, 17, 11)

    async def test_feedback_ends_it(self, judged: Judged, world: World, local: Local) -> None:
        """One of four hours goes by until Friday 17:00; mended on Sunday, three hours are left.

        The limit is as after 恢复计时 at that moment, and a rework goes on with the same three hours.
        """
        await judged.dispatched(local(12, 18, 16))
        await judged.bring(CaseEvent.ACKNOWLEDGE, at=local(12, 18, 16))
        until = local(12, 25, 18)
        await judged.decide(world.office, CaseEvent.SUSPEND, "待协调", at=local(12, 18, 17), until=until)
        assert "提前整改好的，可直接反馈" in (await judged.told(world.liaison))[-1]
        resumed = case_steps.resumed(judged.case, local(12, 20, 10), judged.desk.campaign.working_time)
        await judged.fed_back("mended", at=local(12, 20, 10))
        facts = judged.case.facts
        assert (facts.state, facts.limit_at, facts.worked) == (CaseState.FED_BACK, local(12, 21, 11), 60)
        assert facts.limit_at == resumed.limit_at
        assert (facts.late, facts.suspended_until, judged.case.look_at) == (False, None, None)
        await judged.decide(world.office, CaseEvent.REWORK, "没清净", at=local(12, 22, 9))
        assert (judged.case.limit_at, judged.case.clock_from) == (local(12, 22, 12), local(12, 22, 9))
        await judged.fed_back("again", at=local(12, 22, 10))
        assert (judged.case.worked, judged.case.facts.late) == (120, False)
        steps = await cases.steps_of(judged.session, judged.id)
        assert replay(row.step for row in steps) == judged.case.facts

    @pytest.mark.parametrize(
        ("suspended", "late", "worked", "limit"),
        [
            ((12, 15, 11), False, 180, (12, 16, 10)),
            ((12, 15, 12), False, 240, (12, 16, 9)),  # the moment of the limit itself is in time
            ((12, 15, 15), True, 300, (12, 15, 12)),
        ],
    )
    async def test_feedback_meanwhile_is_late_if_the_order_was(
        self,
        judged: Judged,
        world: World,
        local: Local,
        suspended: tuple[int, int, int],
        late: bool,
        worked: int,
        limit: tuple[int, int, int],
    ) -> None:
        await judged.dispatched(local(12, 15, 8))
        await judged.bring(CaseEvent.ACKNOWLEDGE, at=local(12, 15, 9))
        until = local(12, 18, 18)
        await judged.decide(world.office, CaseEvent.SUSPEND, "待协调", at=local(*suspended), until=until)
        await judged.fed_back("mended", at=local(12, 16, 9))
        facts = judged.case.facts
        assert (facts.late, facts.worked, facts.limit_at) == (late, worked, local(*limit))

    @pytest.mark.parametrize(
        ("at", "late", "worked"), [((12, 17, 10), False, 180), ((12, 17, 15), True, 360)]
    )
    async def test_feedback_after_an_end_that_nobody_has_seen(
        self, judged: Judged, world: World, local: Local, at: tuple[int, int, int], late: bool, worked: int
    ) -> None:
        """The clock went on at the promised moment: what the unit took since then counts."""
        await judged.dispatched(local(12, 15, 8))
        await judged.bring(CaseEvent.ACKNOWLEDGE, at=local(12, 15, 8))
        until = local(12, 16, 18)
        await judged.decide(world.office, CaseEvent.SUSPEND, "待协调", at=local(12, 15, 9), until=until)
        await judged.fed_back("mended", at=local(*at))
        facts = judged.case.facts
        assert (facts.late, facts.worked, facts.limit_at) == (late, worked, local(12, 17, 11))

    async def test_resumed_twice(self, judged: Judged, world: World, local: Local) -> None:
        await judged.dispatched(local(12, 15, 8))
        await judged.bring(CaseEvent.ACKNOWLEDGE, at=local(12, 15, 8))
        await judged.decide(
            world.office, CaseEvent.SUSPEND, "待协调", at=local(12, 15, 9), until=local(12, 18, 18)
        )
        pressed = judged.matter(CaseEvent.RESUME)
        await judged.decide(world.office, CaseEvent.RESUME, at=local(12, 16, 8), matter=pressed)
        with pytest.raises(MovedOnError):
            await judged.decide(world.office, CaseEvent.RESUME, at=local(12, 16, 10), matter=pressed)
        assert judged.case.limit_at == local(12, 16, 11)

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("2026-12-20", (2026, 12, 20)),
            ("12月20日", (2026, 12, 20)),
            ("到明年1月5日", (2027, 1, 5)),
            ("20天", (2027, 1, 4)),
            (" ２０ 天", (2027, 1, 4)),
            ("2027-12-15", (2027, 12, 15)),
        ],
    )
    async def test_written_days(
        self, local: Local, campaign: Campaign, words: str, expected: tuple[int, int, int]
    ) -> None:
        year, month, day = expected
        found = suspension.read(words, local(12, 15, 9), campaign)
        assert found == local(month, day, 18, year=year)

    @pytest.mark.parametrize(
        ("words", "refusal"),
        [
            ("下周", "checking.no_day"),
            ("0天", "checking.until_past"),
            ("2026-12-14", "checking.until_past"),
            ("2027-12-20", "checking.until_too_far"),
            ("999天", "checking.until_too_far"),
            ("2026-02-30", "checking.no_day"),
            ("", "checking.no_day"),
        ],
    )
    def test_days_that_will_not_do(self, local: Local, campaign: Campaign, words: str, refusal: str) -> None:
        with pytest.raises(DomainError) as raised:
            suspension.read(words, local(12, 15, 19), campaign)
        assert raised.value.text.key == refusal

    async def test_an_end_that_has_passed_meanwhile(self, judged: Judged, world: World, local: Local) -> None:
        """The button with the day is a week old."""
        await judged.dispatched(local(12, 15, 8))
        await judged.bring(CaseEvent.ACKNOWLEDGE, at=local(12, 15, 8))
        old = judged.matter(CaseEvent.SUSPEND, until=local(12, 18, 18))
        assert (
            await refused(
                judged.decide(world.office, CaseEvent.SUSPEND, "待协调", at=local(12, 22, 8), matter=old)
            )
            == "checking.until_past"
        )
        assert judged.case.state is CaseState.ACKNOWLEDGED


class TestAppeal:
    @pytest.fixture
    async def appealed(self, judged: Judged, local: Local) -> Judged:
        await judged.dispatched(local(12, 15, 8))
        await judged.fed_back("late", at=local(12, 15, 14, 1))
        await judged.bring(CaseEvent.CLOSE, at=local(12, 15, 15))
        change = StepDetails(reason="当天停电")
        await judged.desk.step(judged.case, CaseEvent.APPEAL, judged.unit, at=local(12, 16, 8), change=change)
        return judged

    async def hearing(self, judged: Judged, actor: Actor) -> View:
        return await extensions.hearing(
            turn_for(judged.session, actor, judged.desk.now, judged.desk.campaign),
            judged.id,
            judged.case.steps,
        )

    async def test_shown_with_its_history(self, appealed: Judged, world: World) -> None:
        words = read(await self.hearing(appealed, world.office))
        for part in ("当天停电", "办理时限：12月15日12:00", "最后反馈：12月15日14:01", "上报", "立案"):
            assert part in words

    async def test_granted_exempts_and_keeps_the_record(
        self, appealed: Judged, world: World, local: Local
    ) -> None:
        with pytest.raises(ValueError, match="needs a reason"):
            await appealed.decide(world.office, CaseEvent.GRANT_APPEAL)
        await appealed.decide(world.office, CaseEvent.GRANT_APPEAL, "停电属实", at=local(12, 16, 9))
        assert (appealed.case.appeal, appealed.case.facts.late) == (AppealState.GRANTED, True)
        assert appealed.case.state is CaseState.CLOSED
        told = (await appealed.told(world.liaison))[-1]
        assert "申诉成立" in told
        assert "停电属实" in told

    async def test_refused_and_decided_once(self, appealed: Judged, world: World) -> None:
        first = appealed.matter(CaseEvent.REFUSE_APPEAL)
        await appealed.decide(world.office, CaseEvent.REFUSE_APPEAL, "缺少佐证", matter=first)
        for late in (first, RulingMatter(appealed.id, CaseEvent.GRANT_APPEAL, first.seen)):
            with pytest.raises(MovedOnError):
                await appealed.decide(world.office, late.event, "属实", matter=late)
        assert await refused(appealed.decide(world.office, CaseEvent.GRANT_APPEAL, "属实")) == (
            "cases.refused.no_appeal_waits"
        )
        assert appealed.case.appeal is AppealState.REFUSED

    async def test_only_the_office(self, appealed: Judged, world: World, inspector: Actor) -> None:
        for actor in (world.liaison, inspector):
            assert await refused(self.hearing(appealed, actor)) == "cases.not_for_you.office"


async def test_reopened(judged: Judged, world: World, inspector: Actor, local: Local) -> None:
    """The case waits for another order; its former unit is told, but may not open it any more."""
    await judged.dispatched(local(12, 15, 8))
    await judged.fed_back("a", at=local(12, 15, 9))
    await judged.bring(CaseEvent.CLOSE, at=local(12, 15, 10))
    assert "复开" in labels(await card_of(judged, world.office, local(12, 16)))
    await judged.decide(world.office, CaseEvent.REOPEN, "问题反弹", at=local(12, 16, 9))
    case = judged.case
    assert (case.state, case.unit_id, case.order_id, case.limit_at) == (
        CaseState.REGISTERED,
        None,
        None,
        None,
    )
    assert "问题反弹" in (await judged.told(world.liaison))[-1]
    assert "问题反弹" in (await judged.told(inspector))[-1], "who follows it hears, too"
    assert await refused(card_of(judged, world.liaison, local(12, 16, 9))) == "cases.not_yours"


async def test_a_case_that_is_open_is_not_reopened(judged: Judged, world: World) -> None:
    await judged.dispatched()
    assert await refused(judged.decide(world.office, CaseEvent.REOPEN, "x")) == "cases.refused.not_now"


@pytest.mark.parametrize("event", list(RULINGS))
async def test_nothing_is_asked_of_an_old_card(judged: Judged, world: World, event: CaseEvent) -> None:
    await judged.dispatched()
    old = RulingMatter(judged.id, event, judged.case.steps - 1)
    where: dict[str, Any] = {"now": judged.desk.now, "campaign": judged.desk.campaign}
    with pytest.raises(MovedOnError):
        await case_rulings.ask(turn_for(judged.session, world.office, **where), old)
    with pytest.raises(MovedOnError):
        await case_rulings.ask_in_words(turn_for(judged.session, world.office, **where), old)


@pytest.mark.both_engines("side by side")
async def test_two_of_the_office_decide_at_once(
    database: Database, database_url: str, now: datetime, campaign: Campaign
) -> None:
    async with database.transaction() as session:
        roster, desk = Roster(session, now, campaign), CaseDesk(session, now, campaign)
        world = await make_world(roster)
        second = await roster.actor(await roster.unit("督查科"), "创城办第二人", Role.OFFICE)
        case = await desk.report(world.office, await desk.category(unit=world.unit))
        events = (*TO_DISPATCHED, CaseEvent.ASK_EXTENSION)
        await desk.bring(case, *events, office=world.office, unit=world.liaison)
        case_id, seen, limit_at = case.id or 0, case.steps, case.limit_at
    other = Database(database_url)

    async def press(engine: Database, actor: Actor) -> str:
        try:
            async with engine.transaction() as session:
                matter = RulingMatter(case_id, CaseEvent.EXTEND, seen)
                await case_rulings.decide(turn_for(session, actor, now, campaign), matter)
        except MovedOnError:
            return "late"
        return "done"

    try:
        answers = await asyncio.gather(press(database, world.office), press(other, second))
    finally:
        await other.close()
    assert sorted(answers) == ["done", "late"]
    async with database.reading() as session:
        found = await case_by_id(session, case_id)
    assert found is not None
    assert limit_at is not None
    assert found.limit_at is not None
    assert found.extensions == 1
    assert found.limit_at - limit_at < timedelta(days=1), "once, and not twice"
