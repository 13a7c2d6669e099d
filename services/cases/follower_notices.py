"""Following a case: follow, mute, and the notice of each step to followers who have not muted the case."""

from __future__ import annotations

from typing import Final

from locales import Text
from models import cases
from models.cases import Case, CaseFollower, CaseStep
from models.db import Session
from models.delivery import messages, office_matters
from models.inserts import insert_once
from models.people import Contact
from reports.formats import moment_text
from rules.cases.case_lifecycle import OPEN, CaseEvent
from rules.delivery.delivery import MessageKind
from services import audit, outbox
from services.access import Actor
from services.campaign import Campaign
from services.cases.case_buttons import mute_button, open_button
from services.errors import DomainError
from services.turn import TickTurn, Turn
from services.views import View

# What the office and the unit settle between them, and what the program notes, is no news for a follower.
UNTOLD: Final = frozenset(
    {
        CaseEvent.REPORT,
        CaseEvent.ABSORB,
        CaseEvent.ASK_EXTENSION,
        CaseEvent.REFUSE_EXTENSION,
        CaseEvent.APPEAL,
        CaseEvent.GRANT_APPEAL,
        CaseEvent.REFUSE_APPEAL,
        CaseEvent.COLOUR,
        CaseEvent.RELEASE,
        CaseEvent.INSTRUCT,
    }
)
# The reason of these steps is meant for the follower, too.
_REASONED: Final = frozenset({CaseEvent.REJECT, CaseEvent.REWORK, CaseEvent.SUSPEND, CaseEvent.REOPEN})


async def tell_followers(turn: TickTurn, case: Case, step: CaseStep) -> None:
    """Promise each follower one notice of the step, except the person who took it."""
    if step.event in UNTOLD or case.id is None:
        return
    for follower in await cases.followers_of(turn.session, case.id):
        contact = await turn.session.get(Contact, follower.contact_id)
        if follower.muted or contact is None or contact.id == step.actor_id:
            continue
        if _registered_too(case, step):
            await messages.take_back(turn.session, f"case:{case.id}:{step.number - 1}:{contact.id}")
        key = f"case:{case.id}:{step.number}:{contact.id}"
        if await office_matters.holds(turn.session, key):
            continue  # as a member of the office they hear of it at their hour
        view = _view(case, step, contact, turn.campaign)
        await outbox.enqueue(turn.session, MessageKind.NOTICE, key, view, now=turn.now, contact=contact)


def _registered_too(case: Case, step: CaseStep) -> bool:
    """Whether 立案并派遣 was one press: then one message says both."""
    return step.event is CaseEvent.DISPATCH and case.registered_at == step.at


def _view(case: Case, step: CaseStep, reader: Contact, campaign: Campaign) -> View:
    event = Text(f"cases.event.{step.event.value}")
    lines = [
        Text("cases.told", number=case.number, category=case.category, event=event),
        Text("cases.told_at", at=moment_text(step.at, campaign.zone)),
    ]
    if step.reason and step.event in _REASONED:
        lines.append(Text("cases.reason_line", reason=step.reason))
    news = "registered_too" if _registered_too(case, step) else step.event.value
    lines.append(Text(f"cases.news.{news}"))
    row = [open_button(case, reader.id), mute_button(case, reader.id)]
    return View(lines, [row], case_ids=[case.id] if case.id is not None else [])


async def follow(turn: Turn, case_id: int) -> Case:
    """就是这个，关注: the actor hears of each step from now on. ``DomainError``: the case is over by now."""
    # The lock keeps others away: a follower of a case that is merged meanwhile would hear nothing more.
    case = await cases.locked_case(turn.session, case_id)
    if case is None or case.state not in OPEN:
        raise DomainError("issues.over")
    row = {"case_id": case_id, "contact_id": turn.actor.id, "muted": False}
    await insert_once(turn.session, CaseFollower, [row])
    follower = await turn.session.get(CaseFollower, (case_id, turn.actor.id), populate_existing=True)
    if follower is not None and follower.muted:
        follower.muted = False
    audit.note(turn, "case_follow", ("case", case_id))
    await turn.session.flush()
    return case


async def set_muted(session: Session, actor: Actor, case_id: int, muted: bool) -> None:
    """不再提醒 or 恢复提醒. A second press changes nothing."""
    follower = await session.get(CaseFollower, (case_id, actor.id), populate_existing=True)
    if follower is None:
        raise DomainError("issues.not_following")
    follower.muted = muted
    await session.flush()
