"""Queries of invitations and of requests to join: each is used or decided only once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from models import people
from models.db import Session
from models.people import Invitation, JoinRequest, JoinState, Unit, joining
from tests.support.people import Roster
from tests.support.rows import Rows, id_of

HOUR = timedelta(hours=1)


@pytest.fixture
async def unit(roster: Roster) -> Unit:
    return await roster.unit("城管局")


async def invite(rows: Rows, unit: Unit, token: str, expires_at: datetime, **values: Any) -> Invitation:
    """Add an invitation, for a new contact unless one is named."""
    contact = values.pop("contact_id", None)
    contact = contact or id_of(await rows.add(people.Contact(unit_id=id_of(unit), name=token)))
    return await rows.add(
        Invitation(contact_id=contact, token_hash=token, created_at=rows.now, expires_at=expires_at, **values)
    )


@pytest.mark.parametrize(
    ("left", "used", "taken"),
    [
        pytest.param(timedelta(seconds=1), False, True, id="a second before its end"),
        pytest.param(timedelta(0), False, False, id="at its end"),
        pytest.param(-HOUR, False, False, id="after its end"),
        pytest.param(HOUR, True, False, id="used before"),
    ],
)
async def test_an_invitation_is_used_once_and_in_time(
    session: Session, rows: Rows, unit: Unit, now: datetime, left: timedelta, used: bool, taken: bool
) -> None:
    before = now - HOUR if used else None
    invitation = await invite(rows, unit, "a", now + left, used_at=before)
    other = await invite(rows, unit, "b", now + HOUR)
    assert await joining.use_invitation(session, id_of(invitation), now) is taken
    assert not await joining.use_invitation(session, id_of(invitation), now)
    assert (await rows.read(invitation)).used_at == (now if taken else before)
    assert (await rows.read(other)).used_at is None


async def test_a_new_link_ends_those_of_the_contact_that_could_be_used(
    session: Session, rows: Rows, unit: Unit, now: datetime
) -> None:
    open_one = await invite(rows, unit, "open", now + HOUR)
    contact_id = open_one.contact_id
    used = await invite(rows, unit, "used", now + HOUR, used_at=now, contact_id=contact_id)
    over = await invite(rows, unit, "over", now - HOUR, contact_id=contact_id)
    of_other = await invite(rows, unit, "other", now + HOUR)
    await joining.expire_invitations(session, contact_id, now)
    ends = [(await rows.read(row)).expires_at for row in (open_one, used, over, of_other)]
    assert ends == [now, now + HOUR, now - HOUR, now + HOUR]


async def test_an_invitation_is_found_by_its_hash(
    session: Session, rows: Rows, unit: Unit, now: datetime
) -> None:
    invitation = await invite(rows, unit, "a", now)
    assert await joining.invitation_by_hash(session, "a") == invitation
    assert await joining.invitation_by_hash(session, "b") is None


async def ask(rows: Rows, unit: Unit, account: int, **values: Any) -> JoinRequest:
    usual: dict[str, Any] = {"asked_at": rows.now}
    return await rows.add(
        JoinRequest(telegram_user_id=account, unit_id=id_of(unit), name="张三", **(usual | values))
    )


async def test_who_waits_to_be_let_in(session: Session, rows: Rows, unit: Unit) -> None:
    await ask(rows, unit, 7, state=JoinState.REFUSED)
    waits = await ask(rows, unit, 7)
    await ask(rows, unit, 8, state=JoinState.APPROVED)
    later = await ask(rows, unit, 9)
    assert await joining.pending_join(session, 7) == waits
    assert await joining.pending_join(session, 8) is None
    assert await joining.pending_joins(session) == [waits, later]


async def test_an_account_waits_once(rows: Rows, unit: Unit) -> None:
    await ask(rows, unit, 7)
    with pytest.raises(IntegrityError):
        await ask(rows, unit, 7)


async def test_requests_after_a_moment_are_counted_by_account(
    session: Session, rows: Rows, unit: Unit, now: datetime
) -> None:
    for account, at in ((7, now - HOUR), (7, now), (7, now + HOUR), (8, now + HOUR)):
        await ask(rows, unit, account, asked_at=at, state=JoinState.REFUSED)
    assert await joining.count_joins(session, 7, now) == 1
    assert await joining.count_joins(session, 7, now - HOUR) == 2
    assert await joining.count_joins(session, 9, now) == 0


async def test_a_request_is_decided_once(session: Session, rows: Rows, unit: Unit, now: datetime) -> None:
    request = await ask(rows, unit, 7)
    assert await joining.decide_join(session, id_of(request), JoinState.REFUSED, decided_at=now)
    assert not await joining.decide_join(session, id_of(request), JoinState.APPROVED, decided_at=now + HOUR)
    await rows.read(request)
    assert (request.state, request.decided_at) == (JoinState.REFUSED, now)
