"""反馈: photos of the present state, confirmed once; who is told, late photos, what goes wrong meanwhile."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from locales import plain
from models import cases, drafts
from models.cases import Case, CasePhase, CaseStep
from models.db import Database, Session
from models.delivery.messages import Outbox
from models.drafts import Draft, DraftKind
from reports.formats import moment_text
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from services.access import Actor
from services.campaign import Campaign
from services.cases import message_routing
from services.cases.cards import case_card
from services.cases.case_steps import MovedOnError, StepDetails
from services.cases.handling import feedback
from services.cases.submitting import late_case_files
from services.delivery import prompts
from services.drafts import draft_changes
from services.drafts.draft_parts import Addition, EvidenceFile
from services.errors import DomainError
from services.reasons import REASON_LIMIT
from tests.services.cases.judged import labels, read
from tests.services.cases.ordered import Orders
from tests.services.conftest import Local, World, make_world
from tests.services.progress.talk import keys, refused, revision
from tests.support.cases import CaseDesk, photo
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.turns import turn_for


@pytest.fixture
def orders(case_desk: CaseDesk, world: World) -> Orders:
    return Orders(case_desk, world)


@pytest.fixture
async def case(orders: Orders) -> Case:
    return await orders.one()


async def files(orders: Orders, case: Case) -> list[tuple[str, int]]:
    """(file, step) of the photos that show the state after the work."""
    found = await cases.files_of(orders.session, case.id or 0)
    return [(file.file_id, file.step) for file in found if file.phase is CasePhase.AFTER]


async def draft_of(orders: Orders, actor: Actor) -> Draft | None:
    return await drafts.draft_of(orders.session, actor.id, actor.contact.telegram_user_id or 0)


async def step_of(orders: Orders, case: Case) -> CaseStep:
    found = await cases.steps_of(orders.session, case.id or 0)
    return [step for step in found if step.event is CaseEvent.FEEDBACK][-1]


# -- the straight way ----------------------------------------------------------------------------------


async def test_asked_sent_confirmed(orders: Orders, world: World, case: Case) -> None:
    asked = await orders.begin(world.liaison, case)
    assert keys(asked) == ["orders.feedback.ask"]
    assert list(asked.case_ids) == [case.id]
    words = await orders.send(world.liaison, "已清走摊位")
    assert keys(words)[-1] == "orders.feedback.photo_missing"
    shown = await orders.send(world.liaison, "", photo("after"))
    assert keys(shown)[-1] == "orders.feedback.confirm"
    assert "已清走摊位" in read(shown or asked)
    card = await orders.confirm(world.liaison, shown, case)
    await orders.session.refresh(case)
    assert (case.state, case.fed_back_at) == (CaseState.FED_BACK, orders.desk.now)
    assert case.acknowledged_at == orders.desk.now, "who mends it has seen it"
    assert case.responsible_id == world.liaison.id
    assert await files(orders, case) == [("file-after", case.steps)]
    step = await step_of(orders, case)
    assert (step.reason, step.data) == ("已清走摊位", None)
    assert says("cases.state.fed_back") in read(card)
    assert await draft_of(orders, world.liaison) is None


async def test_without_words(orders: Orders, world: World, case: Case) -> None:
    await orders.begin(world.liaison, case)
    await orders.confirm(world.liaison, await orders.send(world.liaison, "", photo()), case)
    assert (await step_of(orders, case)).reason is None


async def test_long_words_and_a_place_are_kept(orders: Orders, world: World, case: Case) -> None:
    await orders.begin(world.liaison, case)
    await orders.send(world.liaison, location=(30.3, 120.2, "人民路"))
    words = "已清理" * 200
    await orders.confirm(world.liaison, await orders.send(world.liaison, words, photo()), case)
    step = await step_of(orders, case)
    assert step.reason is not None
    assert len(step.reason) == REASON_LIMIT
    assert step.data == {"text": words, "location": [30.3, 120.2, "人民路"]}


async def test_the_photos_are_shown_by_phase(orders: Orders, world: World, case: Case) -> None:
    await orders.begin(world.liaison, case)
    await orders.confirm(world.liaison, await orders.send(world.liaison, "", photo("after")), case)
    before, after = await case_card.photo_albums(orders.session, world.liaison, case.id or 0)
    assert [file.file_id for file in before.files] == ["file-p1"]
    assert [file.file_id for file in after.files] == ["file-after"]


async def test_a_second_feedback_after_a_rework(orders: Orders, world: World, case: Case) -> None:
    for name in ("first", "second"):
        await orders.begin(world.liaison, case)
        await orders.confirm(world.liaison, await orders.send(world.liaison, "", photo(name)), case)
        if name == "first":
            why = StepDetails(reason="仍有堆物")
            await orders.desk.step(case, CaseEvent.REWORK, world.office, change=why)
    await orders.session.refresh(case)
    assert (case.state, case.reworks) == (CaseState.FED_BACK, 1)
    assert await files(orders, case) == [("file-first", 4), ("file-second", 6)]


async def test_during_a_suspension(orders: Orders, world: World, case: Case, local: Local) -> None:
    """The order and the card offer 📷 反馈; the receipt and the notice say that it is over."""
    await orders.desk.step(case, CaseEvent.ACKNOWLEDGE, world.liaison)
    until = StepDetails(reason="待协调", until=local(12, 25, 18))
    await orders.desk.step(case, CaseEvent.SUSPEND, world.office, change=until)
    for view in (await orders.card(world.liaison, case), await orders.view(world.liaison, case.order_id)):
        assert says("orders.feedback_button") in labels(view)
    later = local(12, 21, 9)
    await orders.begin(world.liaison, case)
    await orders.confirm(world.liaison, await orders.send(world.liaison, "", photo()), case, at=later)
    await orders.session.refresh(case)
    assert (case.state, case.suspended_until, case.facts.late) == (CaseState.FED_BACK, None, False)
    over = says("orders.feedback.ends_suspension")
    (told,) = to_check(await orders.told(world.office))
    assert (over in told, says("orders.feedback.late") in told) == (True, False)
    assert over in (await orders.told(world.liaison))[-1]
    assert case.limit_at is not None
    assert plain(moment_text(case.limit_at, orders.desk.campaign.zone)) in told


# -- who is told ---------------------------------------------------------------------------------------


async def feed_back(orders: Orders, world: World, case: Case, words: str = "", **when: Any) -> None:
    await orders.begin(world.liaison, case)
    await orders.confirm(world.liaison, await orders.send(world.liaison, words, photo()), case, **when)


def to_check(told: list[str]) -> list[str]:
    return [words for words in told if "待核查" in words]


async def test_the_office_and_the_verifier_are_to_check(
    orders: Orders, world: World, case: Case, roster: Roster
) -> None:
    unit = await roster.unit("督导组")
    verifier = await roster.actor(unit, "督导员甲", Role.INSPECTOR)
    idle = await roster.actor(unit, "督导员乙", Role.INSPECTOR)
    own = await roster.actor(world.unit, "城管局督导员", Role.INSPECTOR)
    case.verifier_id = verifier.id
    for follower in (verifier, own):
        orders.session.add(cases.CaseFollower(case_id=case.id or 0, contact_id=follower.id))
    await orders.session.flush()
    await feed_back(orders, world, case, "已清走摊位")
    for reader in (world.office, verifier):
        (told,) = to_check(await orders.told(reader))
        assert case.number in told
        assert "已清走摊位" in told
        about = [words for words in await orders.told(reader) if says("cases.event.feedback") in words]
        assert about == [told], "who follows it as well hears of it once"
    assert not await orders.told(idle)
    assert not to_check(await orders.told(own)), "nobody checks their own unit"


async def test_the_office_is_not_asked_to_check_its_own(
    orders: Orders, world: World, case: Case, roster: Roster
) -> None:
    both = await roster.actor(world.unit, "借调人员", Role.OFFICE)
    await feed_back(orders, world, case)
    query = select(Outbox).where(Outbox.kind == MessageKind.NOTICE)
    offered = {
        row.contact_id: "case.check" in str(row.content)
        for row in await orders.session.exec(query)
        if "orders.feedback.to_check" in str(row.content)
    }
    assert offered == {both.id: False, world.office.id: True}


async def test_who_muted_it_is_not_asked(orders: Orders, world: World, case: Case, roster: Roster) -> None:
    inspector = await roster.actor(await roster.unit("督导组"), "督导员甲", Role.INSPECTOR)
    orders.session.add(cases.CaseFollower(case_id=case.id or 0, contact_id=inspector.id, muted=True))
    await orders.session.flush()
    await feed_back(orders, world, case)
    assert not await orders.told(inspector)


async def test_receipt_and_the_reporters_news(orders: Orders, world: World, case: Case) -> None:
    await feed_back(orders, world, case)
    (receipt,) = (await orders.session.exec(select(Outbox).where(Outbox.kind == MessageKind.RECEIPT))).all()
    assert receipt.contact_id == world.liaison.id
    assert [words for words in await orders.told(world.liaison) if "回执" in words]
    assert says("cases.event.feedback") in (await orders.told(world.other_liaison))[-1]


async def test_late_is_said(orders: Orders, world: World, case: Case, local: Local) -> None:
    await feed_back(orders, world, case, at=local(12, 20))
    assert case.facts.late
    late = says("orders.feedback.late")
    assert late in to_check(await orders.told(world.office))[0]
    assert [words for words in await orders.told(world.liaison) if "回执" in words and late in words]


# -- what is not feedback ------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [[], [EvidenceFile("document", "d", "u-d", "整改报告.docx")]])
async def test_a_picture_is_needed(
    orders: Orders, world: World, case: Case, sent: list[EvidenceFile]
) -> None:
    await orders.begin(world.liaison, case)
    shown = await orders.send(world.liaison, "已清走摊位", *sent)
    assert keys(shown)[-1] == "orders.feedback.photo_missing"
    assert await refused(orders.confirm(world.liaison, shown, case)) == "orders.feedback.photo_needed"
    again = await orders.send(world.liaison, "", EvidenceFile("video", "v", "u-v"))
    assert keys(again)[-1] == "orders.feedback.confirm"
    await orders.confirm(world.liaison, again, case)
    assert len(await files(orders, case)) == len(sent) + 1


async def test_an_older_card_of_the_draft(orders: Orders, world: World, case: Case) -> None:
    await orders.begin(world.liaison, case)
    old = await orders.send(world.liaison, "", photo("a"))
    new = await orders.send(world.liaison, "", photo("b"))
    assert revision(old) != revision(new)
    assert await refused(orders.confirm(world.liaison, old, case)) == "progress.old_card"
    await orders.confirm(world.liaison, new, case)
    assert len(await files(orders, case)) == 2


async def test_confirmed_twice(orders: Orders, world: World, case: Case) -> None:
    await orders.begin(world.liaison, case)
    shown = await orders.send(world.liaison, "", photo())
    await orders.confirm(world.liaison, shown, case)
    with pytest.raises(MovedOnError):
        await orders.confirm(world.liaison, shown, case)
    assert len(await files(orders, case)) == 1


async def test_cancelled(orders: Orders, world: World, case: Case) -> None:
    await orders.begin(world.liaison, case)
    shown = await orders.send(world.liaison, "", photo())
    where = (turn_for(orders.session, world.liaison), case.id or 0)
    assert keys(await feedback.cancel(*where, revision(shown))) == ["progress.cancelled"]
    with pytest.raises(MovedOnError):
        await feedback.cancel(*where, revision(shown))
    await orders.session.refresh(case)
    assert case.state is CaseState.DISPATCHED


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (CaseEvent.FEEDBACK, "orders.feedback.not_now"),
        (CaseEvent.SEND_BACK, "orders.feedback.not_yours_now"),
    ],
)
async def test_a_colleague_was_first(
    orders: Orders, world: World, case: Case, event: CaseEvent, key: str
) -> None:
    """The collected photos and words stay until the person gives up."""
    await orders.begin(world.liaison, case)
    shown = await orders.send(world.liaison, "已清走摊位", photo())
    await orders.desk.step(case, event, world.responsible)
    assert await refused(orders.confirm(world.liaison, shown, case)) == key
    draft = await draft_of(orders, world.liaison)
    assert draft is not None
    assert (draft.text, len(draft_changes.files_of(draft))) == ("已清走摊位", 1)
    assert not await files(orders, case)


async def test_a_press_on_an_order_of_yesterday(orders: Orders, world: World, case: Case) -> None:
    """反馈 works as long as the case is to be mended; after that the press shows the present state."""
    seen = case.steps
    await orders.desk.step(case, CaseEvent.ACKNOWLEDGE, world.responsible)
    assert keys(await orders.begin(world.liaison, case, seen)) == ["orders.feedback.ask"]
    await orders.desk.step(case, CaseEvent.FEEDBACK, world.responsible)
    with pytest.raises(MovedOnError):
        await orders.begin(world.liaison, case, seen)
    assert await refused(orders.begin(world.liaison, case)) == "cases.refused.not_now"


@pytest.mark.parametrize("who", ["other_liaison", "leader"])
async def test_it_is_the_units_own(orders: Orders, world: World, case: Case, who: str) -> None:
    assert await refused(orders.begin(getattr(world, who), case)) == "cases.not_for_you.unit"


async def test_another_unit_learns_nothing(orders: Orders, world: World, case: Case, roster: Roster) -> None:
    stranger = await roster.actor(await roster.unit("交警大队"), "交警联络员", Role.LIAISON)
    assert await refused(orders.begin(stranger, case)) == "cases.not_yours"


# -- one paper at a time -------------------------------------------------------------------------------


async def test_an_unfinished_feedback_is_not_thrown_away(orders: Orders, world: World, case: Case) -> None:
    other = await orders.one()
    await orders.begin(world.liaison, case)
    await orders.begin(world.liaison, other)  # nothing is sent yet
    await orders.send(world.liaison, "", photo())
    assert await refused(orders.begin(world.liaison, case)) == "issues.finish_first.feedback"
    again = await orders.begin(world.liaison, other)
    assert "orders.feedback.title" in keys(again), "it goes on where it was"


async def test_a_reply_is_feedback(orders: Orders, world: World, case: Case) -> None:
    """A photo in reply to a message about one case is feedback."""
    from_reply = await feedback_by_reply(orders, world.liaison, case, photo("after"))
    assert keys(from_reply)[-1] == "orders.feedback.confirm"
    draft = await draft_of(orders, world.liaison)
    assert draft is not None
    assert (draft.kind, draft.case_id) == (DraftKind.FEEDBACK, case.id)
    await orders.confirm(world.liaison, from_reply, case)
    assert await files(orders, case) == [("file-after", 4)]


async def feedback_by_reply(orders: Orders, actor: Actor, case: Case, *sent: EvidenceFile) -> Any:
    chat_id = actor.contact.telegram_user_id or 0
    return await message_routing.receive(
        turn_for(orders.session, actor, chat=chat_id, **orders.where), Addition("", sent), [case.id or 0]
    )


# -- albums --------------------------------------------------------------------------------------------


async def test_an_album_has_one_card(orders: Orders, world: World, case: Case) -> None:
    await orders.begin(world.liaison, case)
    for number in range(3):
        part = await orders.send(world.liaison, "", photo(f"a{number}"), album="A", message_id=10 + number)
        assert part is None
    await orders.session.flush()
    ((draft_id, due),) = await prompts.to_come(orders.session)
    card = await prompts.due_prompt(orders.session, draft_id, due, orders.desk.campaign)
    assert card is not None
    assert says("orders.feedback.files", count=3) in read(card.view)
    await orders.confirm(world.liaison, card.view, case)
    assert [name for name, _ in await files(orders, case)] == ["file-a0", "file-a1", "file-a2"]


async def test_thirty_and_no_more(orders: Orders, world: World, case: Case) -> None:
    await orders.begin(world.liaison, case)
    for number in range(32):
        await orders.send(world.liaison, "", photo(f"a{number}"), album="A", message_id=10 + number)
    draft = await draft_of(orders, world.liaison)
    assert draft is not None
    shown = await feedback.show_feedback(orders.session, world.liaison, draft)
    assert "orders.feedback.files_left_out" in keys(shown)
    await orders.confirm(world.liaison, shown, case)
    assert len(await files(orders, case)) == 30


async def album_confirmed(orders: Orders, actor: Actor, case: Case) -> None:
    await orders.begin(actor, case)
    await orders.send(actor, "", photo("a0"), album="A", message_id=10)
    draft = await draft_of(orders, actor)
    assert draft is not None
    await orders.confirm(actor, await feedback.show_feedback(orders.session, actor, draft), case)


async def test_parts_that_come_late(orders: Orders, world: World, case: Case) -> None:
    await album_confirmed(orders, world.liaison, case)
    said = await orders.send(world.liaison, "", photo("a1"), album="A", message_id=11)
    assert read(said or await orders.card(world.liaison, case)) == says(
        "orders.feedback.joined_late", number=case.number
    )
    assert await orders.send(world.liaison, "", photo("a2"), album="A", message_id=12) is None, "said once"
    assert await files(orders, case) == [("file-a0", 4), ("file-a1", 4), ("file-a2", 4)]
    assert await draft_of(orders, world.liaison) is None


@pytest.mark.parametrize("what", ["words", "another album", "of a colleague", "checked", "an hour later"])
async def test_what_does_not_join(orders: Orders, world: World, case: Case, what: str) -> None:
    await album_confirmed(orders, world.liaison, case)
    actor = world.responsible if what == "of a colleague" else world.liaison
    if what == "checked":
        await orders.desk.step(case, CaseEvent.REWORK, world.office, change=StepDetails(reason="仍有堆物"))
    if what == "an hour later":
        later = orders.desk.now + timedelta(hours=1)
        orders = Orders(CaseDesk(orders.session, later, orders.desk.campaign), world)
    words = "又一处" if what == "words" else ""
    addition = Addition(words, [photo("b")], album="B" if what == "another album" else "A", message_id=11)
    assert (
        await late_case_files.join_feedback(turn_for(orders.session, actor, orders.desk.now), addition)
        is None
    )
    assert len(await files(orders, case)) == 1


async def test_a_late_part_beyond_the_limit(orders: Orders, world: World, case: Case) -> None:
    await orders.begin(world.liaison, case)
    for number in range(30):
        await orders.send(world.liaison, "", photo(f"a{number}"), album="A", message_id=10 + number)
    draft = await draft_of(orders, world.liaison)
    assert draft is not None
    await orders.confirm(
        world.liaison, await feedback.show_feedback(orders.session, world.liaison, draft), case
    )
    addition = Addition("", [photo("b")], album="A", message_id=60)
    assert (
        await late_case_files.join_feedback(
            turn_for(orders.session, world.liaison, orders.desk.now), addition
        )
        is None
    )


# -- two at once ---------------------------------------------------------------------------------------


@pytest.mark.both_engines("side by side")
async def test_two_confirm_at_once(
    database: Database, database_url: str, now: datetime, campaign: Campaign
) -> None:
    """Both have photos of the same case: one feeds back, the other is told so and keeps their photos."""
    other = Database(database_url)
    async with database.transaction() as session:
        world = await make_world(Roster(session, now, campaign))
        orders = Orders(CaseDesk(session, now, campaign), world)
        case = await orders.one()
        case_id = case.id or 0
        shown = {}
        for actor in (world.liaison, world.responsible):
            await orders.begin(actor, case)
            shown[actor.id] = revision(await orders.send(actor, "", photo(f"of-{actor.id}")))

    async def confirm(engine: Database, actor: Actor) -> str:
        async def run(session: Session) -> None:
            await feedback.confirm(turn_for(session, actor, now, campaign), case_id, shown[actor.id])

        try:
            async with engine.transaction() as session:
                await run(session)
        except DomainError as refusal:
            return refusal.text.key
        return "done"

    came = await asyncio.gather(confirm(database, world.liaison), confirm(other, world.responsible))
    await other.close()
    assert sorted(came) == ["done", "orders.feedback.not_now"]
    async with database.reading() as session:
        found = await cases.files_of(session, case_id)
        assert len([file for file in found if file.phase is CasePhase.AFTER]) == 1
        drafts_left = (await session.exec(select(Draft))).all()
        assert len(drafts_left) == 1
