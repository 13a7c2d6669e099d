"""申请加入: what people who are not enrolled say of themselves, until the office has decided.

Nothing that an applicant is told depends on who is enrolled, and they see only units that they can name
themselves. What they have said so far is kept in the open question and in the buttons, both bound to their
account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from locales import Text
from models import inserts, people
from models.db import Session, ident
from models.people import JoinRequest, JoinState, Unit, joining
from rules.people.typed_names import normalise, tidy
from rules.text_parts import clip_plain
from services import once_a_day, questions
from services.errors import DomainError
from services.people import admission
from services.people.enrolment import refuse_bound
from services.unit_use import require_in_use
from services.views import View, button, say

HITS: Final = 5
LEAST_CHARS: Final = 2
MOST_CHARS: Final = {"name": 30, "post": 50}
A_DAY: Final = 3
DAY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Applicant:
    """An account that belongs to no contact yet; its private chat has the same id.

    ``locale``: their language.
    """

    account: int
    locale: str


async def greet(
    session: Session, account: int, *, now: datetime, spoke: bool, asked: bool = False
) -> View | None:
    """The greeting of a stranger.

    It tells how to enrol, in full once a day or when they ``asked``. Otherwise their words get a short line,
    and anything else gets nothing.
    """
    first = await once_a_day.once(session, account, "stranger", now=now)
    if await joining.pending_join(session, account) is not None:
        return say("joining.waits") if first or spoke or asked else None
    if first or asked:
        return View(
            [Text("enrolment.stranger")], [[button("joining.begin_button", "join.begin", account=account)]]
        )
    return say("enrolment.stranger_again") if spoke else None


async def begin(session: Session, account: int, *, now: datetime) -> View:
    """``/join``: ask for the unit.

    ``DomainError`` for people who are enrolled, waiting, or have asked too often.
    """
    await _may_ask(session, account, now)
    await questions.ask(session, account, account, "join.unit", now=now)
    return say("joining.ask_unit")


async def _may_ask(session: Session, account: int, now: datetime) -> None:
    await refuse_bound(session, account)
    if await joining.pending_join(session, account) is not None:
        raise DomainError("joining.waits")
    if await joining.count_joins(session, account, now - DAY) >= A_DAY:
        raise DomainError("joining.too_often", count=A_DAY)


async def take_unit(session: Session, account: int, words: str, *, now: datetime) -> View:
    """Take the unit's name: an exact name chooses the unit, other words offer up to five units.

    As everywhere, a refusal undoes what went before it, so the question that was answered stays open.
    """
    wanted = normalise(words).casefold()
    hits = _hits(await people.all_units(session), wanted)
    if hits and normalise(hits[0].name).casefold() == wanted:
        return await pick_unit(session, account, ident(hits[0]), now=now)
    if len(wanted) < LEAST_CHARS:
        raise DomainError("joining.more_of_the_name", count=LEAST_CHARS)
    if not hits:
        raise DomainError("joining.no_such_unit")
    await questions.ask(session, account, account, "join.unit", now=now)
    rows = [
        [
            button(
                Text("common.as_is", text=clip_plain(unit.name, 60)),
                "join.pick",
                account=account,
                unit_id=unit.id,
            )
        ]
        for unit in hits[:HITS]
    ]
    return View([Text("joining.which_unit")], rows)


def _hits(units: Sequence[Unit], wanted: str) -> list[Unit]:
    """Units whose name holds the words, the nearest match first."""
    if len(wanted) < LEAST_CHARS:
        return []
    found = [unit for unit in units if wanted in normalise(unit.name).casefold()]
    return sorted(found, key=lambda unit: (len(unit.name), unit.name))


async def pick_unit(session: Session, account: int, unit_id: int, *, now: datetime) -> View:
    """Take the chosen unit and ask for the name."""
    await _may_ask(session, account, now)
    unit = await session.get(Unit, unit_id)
    if unit is None:
        raise DomainError("buttons.expired")
    await require_in_use(session, [unit_id])
    await questions.ask(session, account, account, "join.name", now=now, arguments={"unit_id": unit_id})
    return say("joining.ask_name", unit=unit.name)


async def take_name(session: Session, account: int, words: str, unit_id: int, *, now: datetime) -> View:
    """Take the name and ask for the post."""
    name = tidy(words)
    if not name or len(name) > MOST_CHARS["name"]:
        raise DomainError("joining.bad_name", limit=MOST_CHARS["name"])
    said: dict[str, Any] = {"unit_id": unit_id, "name": name}
    await questions.ask(session, account, account, "join.post", now=now, arguments=said)
    skip = button("joining.skip_button", "join.skip", account=account, **said)
    return View([Text("joining.ask_post", name=name)], [[skip]])


async def take_post(session: Session, account: int, words: str, unit_id: int, name: str) -> View:
    """Take the post, which may be left out, and show the whole request before it is submitted."""
    post = tidy(words)
    if len(post) > MOST_CHARS["post"]:
        raise DomainError("joining.post_too_long", limit=MOST_CHARS["post"])
    await questions.drop(session, account, account)
    unit = await session.get(Unit, unit_id)
    if unit is None:
        raise DomainError("buttons.expired")
    rows = [
        [
            button(
                "joining.submit_button", "join.submit", account=account, unit_id=unit_id, name=name, post=post
            )
        ],
        [
            button("joining.again_button", "join.begin", account=account),
            button("joining.cancel_button", "join.cancel", account=account),
        ],
    ]
    lines = [Text("joining.summary"), *admission.particulars(unit.name, name, post)]
    return View(lines, rows)


async def submit(
    session: Session,
    applicant: Applicant,
    unit_id: int,
    name: str,
    post: str,
    *,
    now: datetime,
    today: date,
) -> View:
    """Submit the request; the office is asked once, however often the applicant presses."""
    await _may_ask(session, applicant.account, now)
    await require_in_use(session, [unit_id])
    row = {
        "telegram_user_id": applicant.account,
        "locale": applicant.locale,
        "unit_id": unit_id,
        "name": name,
        "post": post or None,
        "state": JoinState.PENDING,
        "asked_at": now,
    }
    if await inserts.insert_once(session, JoinRequest, [row]):
        request = await joining.pending_join(session, applicant.account)
        if request is not None:
            await admission.ask_office(session, request, now=now, today=today)
    return say("joining.handed_in")


async def cancel(session: Session, account: int) -> View:
    """Drop the question. What has been submitted already is the office's to decide."""
    await questions.drop(session, account, account)
    return say("joining.cancelled")
