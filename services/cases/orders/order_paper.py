"""The order as a Word file, as it was issued: what it says is kept then, and made into the file each time.

Later steps (延期, 返工, 签收) stand on the cards only. What leaders wrote on the order is added once the
office has passed it on, and so is a photo of each case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from locales import Text, plain
from models.cases import Case, IssuedPaper, SupervisionOrder, case_orders, case_search, instructions
from models.db import Session, ident
from models.people import Contact, Unit
from models.tasks import Task
from reports.formats import full_day_text, moment_text
from reports.order_layout import OrderItem, OrderPaper, OrderPhoto
from reports.papers import OrderCopy, order_json, order_of
from services import exports
from services.campaign import Campaign
from services.cases import case_access, case_wording, leader_instructions
from services.errors import DomainError
from services.turn import TickTurn, Turn
from services.views import FileSpec, View


async def keep(turn: TickTurn, order: SupervisionOrder) -> None:
    """Keep what the order's paper says now. A paper that is kept already stays as it is."""
    made_for = await case_orders.made_for(turn.session, ident(order))
    said = await _paper(turn.session, order, made_for, turn.campaign)
    content = {
        "locale": turn.campaign.locale,
        "cases": [ident(case) for case, _ in made_for],
        "paper": order_json(said),
    }
    await case_orders.keep_paper(turn.session, ident(order), content, now=turn.now)


async def paper(turn: Turn, order_id: int) -> View:
    """The order as it was issued, with those of its cases that the actor may see.

    It is in the district's language, for every reader.
    """
    order = await turn.session.get(SupervisionOrder, order_id)
    made_for = await case_orders.made_for(turn.session, order_id)
    shown = {ident(case) for case, _ in made_for if case_access.sees_inside(turn.actor, case)}
    if order is None or not shown:
        raise DomainError("orders.not_yours")
    kept = await case_orders.paper_of(turn.session, order_id)
    if kept is None:  # it was issued before papers were kept
        await keep(turn, order)
        kept = await case_orders.paper_of(turn.session, order_id)
    if kept is None:
        raise LookupError(f"order {order.number} has no paper")
    locale = str(kept.content["locale"])
    content = _copy_for(order, kept, shown, turn.campaign, locale)
    if leader_instructions.reads_released(turn.actor, order, [case for case, _ in made_for]):
        said = await _instructions(turn.session, order_id, turn.campaign, locale)
        content = replace(content, instructions=said)
    photos = await _photos(turn.session, [case for case, _ in made_for if ident(case) in shown], locale)
    title = exports.file_title(plain(Text("orders.paper.file", number=order.number), locale))
    file = FileSpec("document", name=f"{title}.docx", make=OrderCopy(content, locale, photos))
    line = Text("orders.paper.sent", number=order.number)
    return View([line], files=[file], case_ids=sorted(shown))


async def _instructions(session: Session, order_id: int, campaign: Campaign, locale: str) -> list[str]:
    """What leaders wrote on the order, as far as the office passed it on."""
    said = []
    for row in await instructions.released_on(session, order_id):
        who = await leader_instructions.leader_text(session, row.leader_id)
        day = full_day_text(row.written_at.astimezone(campaign.zone).date())
        line = Text("orders.paper.instruction_line", who=who, day=day, words=row.excerpt)
        said.append(plain(line, locale))
    return said


async def _photos(session: Session, found: Sequence[Case], locale: str) -> list[OrderPhoto]:
    """The first photo of each case, as it was reported."""
    first = await case_search.first_photos(session, [ident(case) for case in found])
    photos = []
    for case in found:
        if file_id := first.get(ident(case)):
            caption = Text("orders.paper.photo", number=case.number, place=case_wording.place_text(case))
            photos.append(OrderPhoto(file_id, plain(caption, locale)))
    return photos


def _copy_for(
    order: SupervisionOrder, kept: IssuedPaper, shown: set[int], campaign: Campaign, locale: str
) -> OrderPaper:
    """The kept paper for a reader who sees these cases. What it is not is said in a remark."""
    said = order_of(kept.content["paper"])
    there = [at for at, case_id in enumerate(kept.content["cases"]) if case_id in shown]
    remarks = []
    if kept.made_at > order.issued_at:
        day = full_day_text(kept.made_at.astimezone(campaign.zone).date())
        remarks.append(plain(Text("orders.paper.made_later", day=day), locale))
    if withheld := len(said.items) - len(there):
        remarks.append(plain(Text("orders.paper.withheld", count=withheld), locale))
    return replace(
        said,
        items=[said.items[at] for at in there],
        positions=[at + 1 for at in there] if len(said.items) > 1 else (),
        remark="\n".join(remarks),
    )


async def _paper(
    session: Session, order: SupervisionOrder, found: Sequence[tuple[Case, datetime]], campaign: Campaign
) -> OrderPaper:
    issuer = await session.get_one(Contact, order.issued_by)
    office, unit = await session.get_one(Unit, issuer.unit_id), await session.get_one(Unit, order.unit_id)
    task = None if order.task_id is None else await session.get(Task, order.task_id)
    indicators = dict.fromkeys(case.indicator for case, _ in found if case.indicator)
    issued = order.issued_at.astimezone(campaign.zone).date()
    return OrderPaper(
        office=campaign.office_name or office.name,
        number=order.number,
        unit=unit.name,
        leader=order.leader_in_charge or "",
        task="" if task is None else task.objective,
        indicator="；".join(indicators),
        requirement=order.requirement,
        items=[_item(case, limit_at, campaign) for case, limit_at in found],
        day=plain(full_day_text(issued), campaign.locale),
        issued_at=order.issued_at,
        contact=issuer.name,
        phone=issuer.phone or "",
    )


def _item(case: Case, limit_at: datetime, campaign: Campaign) -> OrderItem:
    # The year is named: the paper is filed.
    limit = Text("cases.limit", at=moment_text(limit_at, campaign.zone, this_year=0))
    return OrderItem(
        number=case.number,
        category=case.category,
        place=plain(case_wording.place_text(case), campaign.locale),
        text=case.text,
        standard=case.standard,
        limit=plain(limit, campaign.locale),
    )
