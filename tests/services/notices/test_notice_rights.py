"""Who may send a notice to whom, follow it, and answer it: a table of everybody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from models.db import Session, ident
from models.notices import Notice, NoticeCopy, NoticeParty, NoticeRevision
from rules.notices.notice_lifecycle import NoticeState
from rules.notices.receipt_kinds import NoticeAsk, ReceiptKind
from rules.people.roles import Role
from services.campaign import Campaign
from services.errors import DomainError
from services.notices import (
    audience,
    notice_copies,
    notice_ending,
    notice_following,
    notice_lists,
    notice_revising,
    notice_sheet,
    receipts,
)
from services.notices.audience import Audience
from services.notices.notice_following import ListedParties
from services.turn import Turn
from tests.conftest import NOW
from tests.services.progress.talk import refused
from tests.support.people import Roster
from tests.support.three_tiers import Tiers, make_tiers
from tests.support.turns import tick_for, turn_for

EVERYBODY = (
    *("创城办", "局长", "局", "局联络员", "街道", "街道联络员", "外街道"),
    *("西山", "东山", "南山甲", "北山", "外村"),
)
BELOW_EAST = ["西山村", "东山村", "南山村", "北山村", "空村"]


@pytest.fixture
async def tiers(session: Session, campaign: Campaign) -> Tiers:
    found = await make_tiers(Roster(session, NOW, campaign))
    head = await Roster(session, NOW, campaign).contact(
        found.units["西城街道"], "西城书记", Role.PRINCIPAL_LEADER
    )
    found.people["外书记"] = head
    return found


SENDERS = {
    "创城办": ["农业农村局", "东城街道", "西城街道", *BELOW_EAST, "外村"],
    "街道联络员": BELOW_EAST,
    "外书记": ["外村"],
    "局长": [],
    "局联络员": [],
    "北山": [],
}


@pytest.mark.parametrize("name", [*EVERYBODY, "外书记"])
async def test_who_may_send_to_which_units(session: Session, tiers: Tiers, name: str) -> None:
    actor = await tiers.actor(name)
    if name not in SENDERS:
        with pytest.raises(DomainError) as refused:
            await audience.units_for(session, actor)
        assert refused.value.text.key == "notices.not_yours"
        return
    assert {unit.name for unit in await audience.units_for(session, actor)} == set(SENDERS[name])


async def test_an_audience_of_others_reaches_nobody(
    session: Session, tiers: Tiers, campaign: Campaign
) -> None:
    """Units and people that the sender may not write to are left out, whatever a button says."""
    turn = tick_for(session, NOW, campaign)
    sender = await tiers.actor("街道联络员")
    for wanted in (
        Audience(units=(tiers.unit_id("外村"),), roles=frozenset({Role.RESPONSIBLE_PERSON})),
        Audience(people=(ident(tiers.people["外村"]),)),
    ):
        assert not (await audience.reach(turn, sender, wanted, per_unit=True)).parties


async def sent(session: Session, tiers: Tiers, issuer: str) -> tuple[Notice, NoticeParty, NoticeCopy]:
    """A notice to 西山钱."""
    notice = Notice(
        issuer_id=ident(tiers.people[issuer]),
        text="召开创城推进会",
        ask=NoticeAsk.READ,
        per_unit=True,
        urgent=False,
        answer_by=NOW,
        audience=Audience().to_json(),
        state=NoticeState.OPEN,
        sent_at=NOW,
    )
    session.add(notice)
    await session.flush()
    before = NoticeRevision(
        notice_id=ident(notice),
        number=0,
        text="召开会议",
        asked_anew=False,
        actor_id=notice.issuer_id,
        at=NOW,
    )
    session.add(before)
    party = NoticeParty(
        notice_id=ident(notice), unit_id=tiers.unit_id("西山村"), look_at=NOW, nagged_until=NOW
    )
    session.add(party)
    await session.flush()
    copy = NoticeCopy(notice_id=ident(notice), party_id=ident(party), contact_id=ident(tiers.people["西山"]))
    session.add(copy)
    await session.flush()
    return notice, party, copy


Press = Callable[[Turn, int], Awaitable[object]]
FOLLOWING: dict[str, Press] = {
    "see": notice_following.open_one,
    "count": notice_following.count,
    "list": lambda turn, notice: notice_lists.parties_list(turn, notice, ListedParties.OPEN),
    "sheet": notice_sheet.export,
    "ask_withdraw": notice_ending.ask_withdraw,
    "end": notice_ending.end,
    "withdraw": notice_ending.withdraw,
    "ask_text": notice_revising.ask,
    "correct": lambda turn, notice: notice_revising.correct(turn, notice, 1, "改期"),
    "earlier": notice_revising.earlier,
    "renew": lambda turn, notice: notice_revising.renew(turn, notice, 1, "改期"),
}
READING = ("copy", "files", "answer")


def pressed(
    turn: Turn, press: str, notice: Notice, party: NoticeParty, copy: NoticeCopy
) -> Awaitable[object]:
    if press in FOLLOWING:
        return FOLLOWING[press](turn, ident(notice))
    if press == "copy":
        return receipts.show(turn, ident(copy))
    if press == "files":
        return notice_copies.files(turn, ident(copy))
    return receipts.press(turn, ident(party), 0, ReceiptKind.READ)


@pytest.mark.parametrize("press", [*FOLLOWING, *READING])
@pytest.mark.parametrize("issuer", ["创城办", "街道联络员"])
async def test_who_may_follow_and_answer_it(
    session: Session, roster: Roster, tiers: Tiers, campaign: Campaign, issuer: str, press: str
) -> None:
    """Its issuer follows it, and of the office's every colleague; who got a copy answers."""
    colleague = await roster.contact(tiers.units["创城办"], "创城办小李", Role.OFFICE)
    tiers.people["小李"] = colleague
    mine = {issuer, "小李"} if issuer == "创城办" else {issuer}
    expected = mine if press in FOLLOWING else {"西山"}
    for name in (*EVERYBODY, "外书记", "小李"):
        turn = turn_for(session, await tiers.actor(name, NOW.date()), NOW, campaign)
        rows = await sent(session, tiers, issuer)
        if name in expected:
            await pressed(turn, press, *rows)
        else:
            assert await refused(pressed(turn, press, *rows)) == "buttons.expired", name
