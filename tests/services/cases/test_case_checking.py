"""核查: before and after side by side; passed or sent back, but never by the unit itself."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from models.cases import Case, CasePhase, case_by_id, steps_of
from models.db import Database
from models.delivery.messages import Question
from models.progress import EvidenceKind
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.people.roles import Role
from services import questions
from services.access import Actor
from services.campaign import Campaign
from services.cases.cards import case_card
from services.cases.case_steps import MovedOnError
from services.cases.deciding import case_checking, case_rulings
from services.cases.deciding.case_rulings import RulingMatter
from services.errors import DomainError
from services.views import View
from tests.services.cases.judged import Judged, labels, read, shown
from tests.services.conftest import Local, World, make_world
from tests.services.progress.talk import refused
from tests.support import binding as bound
from tests.support.binding import brought
from tests.support.cases import TO_FED_BACK, CaseDesk
from tests.support.people import Roster
from tests.support.turns import turn_for

BEFORE, AFTER = "整改前", "整改后"


@pytest.fixture
async def inspector(roster: Roster) -> Actor:
    return await roster.actor(await roster.unit("督导组"), "督导员甲", Role.INSPECTOR)


@pytest.fixture
async def judged(case_desk: CaseDesk, world: World, inspector: Actor) -> Judged:
    case = await case_desk.report(inspector, await case_desk.category(unit=world.unit))
    found = Judged(case_desk, case, world.office, world.liaison)
    await found.dispatched()
    await found.fed_back("a1", "a2")
    return found


async def show(judged: Judged, actor: Actor, seen: int | None = None) -> View:
    return await case_checking.show_check(
        turn_for(judged.session, actor, judged.desk.now, judged.desk.campaign),
        judged.id,
        judged.case.steps if seen is None else seen,
    )


async def test_before_and_after_in_one_album(judged: Judged, inspector: Actor) -> None:
    view = await show(judged, inspector)
    assert shown(view) == [(BEFORE, "file-p1"), (AFTER, "a1"), (AFTER, "a2")]
    assert "人民路12号" in read(view)
    assert "恢复原状，人走场清" in read(view)
    assert "城管局联络员" in read(view)
    assert View.from_json(view.to_json()).files == view.files, "a promise keeps the captions"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (0, 20, (1, 9)),  # the reporter's own photo is always there
        (3, 9, (4, 6)),
        (11, 2, (8, 2)),
        (20, 20, (5, 5)),
    ],
)
async def test_one_album_for_both_sides(
    judged: Judged, inspector: Actor, before: int, after: int, expected: tuple[int, int]
) -> None:
    await judged.bring(CaseEvent.REWORK)
    await judged.photos(CasePhase.BEFORE, *(f"b{n}" for n in range(before)))
    await judged.fed_back(*(f"n{n}" for n in range(after)))
    captions = [caption for caption, _ in shown(await show(judged, inspector))]
    assert (captions.count(BEFORE), captions.count(AFTER)) == expected
    assert captions == sorted(captions, key=[BEFORE, AFTER].index)


async def test_only_the_last_feedback_counts(judged: Judged, inspector: Actor) -> None:
    await judged.decide(inspector, CaseEvent.REWORK, "没有清净")
    await judged.fed_back("second")
    await judged.photos(CasePhase.AFTER, "paper", kind=EvidenceKind.DOCUMENT)
    view = await show(judged, inspector)
    assert shown(view) == [(BEFORE, "file-p1"), (AFTER, "second"), (AFTER, "paper")]
    assert "返工 1 次" in read(view)


async def test_without_photos_it_is_said(judged: Judged, inspector: Actor) -> None:
    await judged.bring(CaseEvent.REWORK)
    await judged.fed_back()
    assert "没有照片" in read(await show(judged, inspector))


async def test_passed(judged: Judged, inspector: Actor, world: World) -> None:
    (passed, *_) = [b for row in (await show(judged, inspector)).rows for b in row]
    view = await judged.decide(inspector, CaseEvent.CLOSE, matter=brought(passed)["matter"])
    assert judged.case.state is CaseState.CLOSED
    assert "已结案" in read(view)
    assert "核查通过" in (await judged.told(world.liaison))[-1]
    assert "督导员甲" in (await judged.told(world.liaison))[-1]


async def test_sent_back_with_a_reason(judged: Judged, inspector: Actor, world: World, local: Local) -> None:
    with pytest.raises(ValueError, match="needs a reason"):
        await judged.decide(inspector, CaseEvent.REWORK)
    await judged.decide(inspector, CaseEvent.REWORK, "门前仍有堆物")
    assert (judged.case.state, judged.case.reworks) == (CaseState.REWORK, 1)
    told = (await judged.told(world.liaison))[-1]
    assert "门前仍有堆物" in told
    assert "12月15日14:45前" in told, "what was left of the four hours"
    assert "门前仍有堆物" in read(
        await case_card.card(
            turn_for(judged.session, world.liaison, judged.desk.now, judged.desk.campaign), judged.id
        )
    )


async def test_who_follows_and_is_of_the_unit_hears_once(
    case_desk: CaseDesk, world: World, inspector: Actor
) -> None:
    """A street's own people report most problems of their street."""
    case = await case_desk.report(world.liaison, await case_desk.category(unit=world.unit))
    judged = Judged(case_desk, case, world.office, world.liaison)
    await judged.dispatched()
    await judged.fed_back("a")
    before = len(await judged.told(world.liaison))
    await judged.decide(inspector, CaseEvent.REWORK, "没有清净")
    (told,) = (await judged.told(world.liaison))[before:]
    assert "重新反馈" in told


async def test_nobody_to_be_told(judged: Judged, inspector: Actor, world: World) -> None:
    for actor in (world.liaison, world.responsible):
        actor.contact.telegram_user_id = None
    await judged.session.flush()
    view = await judged.decide(inspector, CaseEvent.CLOSE)
    assert "另行告知" in read(view)


@pytest.mark.parametrize("who", ["liaison", "responsible", "leader", "other_liaison"])
async def test_units_and_leaders_do_not_check(judged: Judged, world: World, who: str) -> None:
    actor = getattr(world, who)
    assert await refused(show(judged, actor)) in {"cases.not_for_you.checker", "cases.not_yours"}
    assert await refused(judged.decide(actor, CaseEvent.CLOSE)) in {
        "cases.not_for_you.checker",
        "cases.not_yours",
    }
    assert judged.case.state is CaseState.FED_BACK


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.OFFICE])
async def test_nobody_checks_their_own_unit(judged: Judged, roster: Roster, world: World, role: Role) -> None:
    one_of_them = await roster.actor(world.unit, "城管局督导员", role)
    assert await refused(show(judged, one_of_them)) == "cases.not_for_you.checker"
    assert await refused(judged.decide(one_of_them, CaseEvent.CLOSE)) == "cases.not_for_you.checker"
    assert await refused(judged.decide(one_of_them, CaseEvent.REWORK, "不行")) == "cases.not_for_you.checker"
    view = await case_card.card(
        turn_for(judged.session, one_of_them, judged.desk.now, judged.desk.campaign), judged.id
    )
    assert not [label for label in labels(view) if "核查" in label]
    assert judged.case.state is CaseState.FED_BACK


async def test_pressed_twice_and_on_an_old_card(judged: Judged, inspector: Actor, world: World) -> None:
    matter = judged.matter(CaseEvent.CLOSE)
    await judged.decide(inspector, CaseEvent.CLOSE, matter=matter)
    steps = judged.case.steps
    for late in (matter, RulingMatter(judged.id, CaseEvent.REWORK, matter.seen)):
        with pytest.raises(MovedOnError):
            await judged.decide(world.office, late.event, "不行", matter=late)
    with pytest.raises(MovedOnError):
        await show(judged, inspector, seen=matter.seen)
    assert (judged.case.state, judged.case.steps) == (CaseState.CLOSED, steps)


async def test_a_written_reason(judged: Judged, inspector: Actor) -> None:
    chat = (inspector.contact.telegram_user_id or 0, inspector.contact.telegram_user_id or 0)
    where: dict[str, Any] = {"now": judged.desk.now, "campaign": judged.desk.campaign}
    matter = judged.matter(CaseEvent.REWORK)
    asked = await case_rulings.ask(turn_for(judged.session, inspector, **where), matter)
    assert "问题未整改" in labels(asked)
    await case_rulings.ask_in_words(turn_for(judged.session, inspector, **where), matter)
    question = await questions.take(judged.session, *chat, now=judged.desk.now)
    assert isinstance(question, Question)
    for words, refusal in (("\u200b", "checking.invisible"), ("长" * 301, "checking.too_long")):
        kept = bound.asked(question)["matter"]
        assert (
            await refused(case_rulings.answer(turn_for(judged.session, inspector, **where), kept, words))
            == refusal
        )
    await case_rulings.answer(
        turn_for(judged.session, inspector, **where), words="还有\n一半", **bound.asked(question)
    )
    assert (await steps_of(judged.session, judged.id))[-1].reason == "还有 一半"


@pytest.mark.both_engines("side by side")
async def test_two_check_at_once(
    database: Database, database_url: str, now: datetime, campaign: Campaign
) -> None:
    """One checker passes the case and one sends it back: one wins, the other is told."""
    async with database.transaction() as session:
        roster, desk = Roster(session, now, campaign), CaseDesk(session, now, campaign)
        world = await make_world(roster)
        inspector = await roster.actor(await roster.unit("督导组"), "督导员甲", Role.INSPECTOR)
        case = await desk.report(inspector, await desk.category(unit=world.unit))
        await desk.bring(case, *TO_FED_BACK, office=world.office, unit=world.liaison)
        case_id, seen = case.id or 0, case.steps
    other = Database(database_url)

    async def press(engine: Database, actor: Actor, event: CaseEvent) -> str:
        try:
            async with engine.transaction() as session:
                matter = RulingMatter(case_id, event, seen)
                await case_rulings.decide(turn_for(session, actor, now, campaign), matter, "不行")
        except DomainError as refusal:
            return refusal.text.key
        return "done"

    try:
        answers = await asyncio.gather(
            press(database, world.office, CaseEvent.CLOSE), press(other, inspector, CaseEvent.REWORK)
        )
    finally:
        await other.close()
    assert sorted(answers) == ["cases.moved_on", "done"]
    async with database.reading() as session:
        read_again = await case_by_id(session, case_id)
        assert isinstance(read_again, Case)
        assert read_again.steps == seen + 1
