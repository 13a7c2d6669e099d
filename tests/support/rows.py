"""Single rows for tests of queries: a test names some columns, the others get usual values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlmodel import SQLModel

from models.audit_log import Audit
from models.cases import Case, CaseStep, OrderCase, SupervisionOrder
from models.cases.categories import Category
from models.db import Session
from models.delivery.inbox import Inbox
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.messages import Outbox
from models.drafts import Draft
from models.groups import GroupChat
from models.importing import Job, JobKind
from models.nags import Nag, NagState
from models.people import Contact, Unit
from models.progress import Figure, FigureMode, ProgressReport, ReportKind, metric_sums, report_totals
from models.tasks import Metric
from rules.cases.case_facts import CaseFacts
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.cases.order_facts import OrderFacts, present_order
from rules.delivery.delivery import MessageKind
from rules.working_time import TimeUnit


class HasId(Protocol):
    id: int | None


Row = TypeVar("Row", bound=SQLModel)


def id_of(row: HasId) -> int:
    """The id that the database gave."""
    if row.id is None:
        raise ValueError("the row was not flushed")
    return row.id


def ids_of(*rows: HasId) -> list[int]:
    return [id_of(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Rows:
    """Makes rows in the caller's session without any service, so even rows that no use case makes."""

    session: Session
    now: datetime
    _numbers: count[int] = field(default_factory=lambda: count(1))

    async def add(self, row: Row) -> Row:
        self.session.add(row)
        await self.session.flush()
        return row

    async def read(self, row: Row) -> Row:
        """Read the row again from the database."""
        await self.session.refresh(row)
        return row

    async def count(self, table: type[SQLModel]) -> int:
        return int((await self.session.execute(sa.select(sa.func.count()).select_from(table))).scalar_one())

    async def report(self, unit: Unit, contact: Contact, **values: Any) -> ProgressReport:
        """Add a report of ``now``: with a task one about progress, without a task a 零报告."""
        kind = ReportKind.ZERO if values.get("task_id") is None else ReportKind.PROGRESS
        at = values.get("reported_at", self.now)
        usual: dict[str, Any] = {"kind": kind, "text": "已清理", "reported_at": at, "counted_at": at}
        usual["receipt_no"] = f"R{next(self._numbers)}"
        by = {"unit_id": id_of(unit), "contact_id": id_of(contact)}
        report = await self.add(ProgressReport(**(by | usual | values)))
        if not report.withdrawn:
            await report_totals.add(self.session, report)
        return report

    async def metric(self, task: HasId, item: str = "违规广告牌", unit: str = "处") -> Metric:
        return await self.add(Metric(task_id=id_of(task), item=item, unit=unit))

    async def figure(
        self, report: ProgressReport, metric: Metric, added: Decimal | str | int, **values: Any
    ) -> Figure:
        """Add a figure of the report's present wording."""
        usual: dict[str, Any] = {
            "revision": report.revision,
            "filed_under": id_of(metric),
            "mode": FigureMode.INCREMENT,
            "stated": Decimal(added),
        }
        its: dict[str, Any] = {
            "report_id": id_of(report),
            "metric_id": id_of(metric),
            "added": Decimal(added),
        }
        figure = await self.add(Figure(**(its | usual | values)))
        await metric_sums.rebuild(self.session, [id_of(metric)])
        return figure

    async def draft(self, contact: Contact, chat_id: int, **values: Any) -> Draft:
        usual: dict[str, Any] = {"updated_at": self.now}
        return await self.add(Draft(contact_id=id_of(contact), chat_id=chat_id, **(usual | values)))

    async def case(
        self, category: Category, reporter: Contact, state: CaseState = CaseState.REPORTED, **values: Any
    ) -> Case:
        number = next(self._numbers)
        usual: dict[str, Any] = {
            "number": f"20261215-{number:04d}",
            "category_id": id_of(category),
            "category": f"{category.area}·{category.name}",
            "standard": category.standard,
            "limit_amount": Decimal(4),
            "limit_unit": TimeUnit.WORKING_HOUR,
            "reporter_id": id_of(reporter),
            "reported_at": self.now,
            "state": state,
        }
        case = await self.add(Case(**(usual | values)))
        if case.unit_id is not None and case.limit_at is not None and "orders" not in values:
            await self.on_order(case)
        return case

    async def on_order(self, case: Case, **values: Any) -> OrderCase:
        """Give the case one more order. Unless ``values`` say otherwise, it stands as the case does."""
        case.orders += 1
        usual = {"unit_id": case.unit_id, "dispatched_at": case.dispatched_at or self.now}
        named = usual | {"limit_at": case.limit_at} | values
        facts = {name: named[name] for name in named if name in CaseFacts.__dataclass_fields__}
        order = present_order(replace(case.facts, **facts))
        if order is None:
            raise ValueError("an order has a unit and a limit")
        stands = {name: getattr(order, name) for name in OrderFacts.__dataclass_fields__}
        paper = {"first_limit_at": order.limit_at, "sign_by": case.sign_by, "order_id": case.order_id}
        return await self.add(OrderCase(case_id=id_of(case), **(paper | stands | values)))

    async def step(self, case: Case, number: int, event: CaseEvent, **values: Any) -> CaseStep:
        usual: dict[str, Any] = {"at": self.now}
        return await self.add(CaseStep(case_id=id_of(case), number=number, event=event, **(usual | values)))

    async def order(self, unit: Unit, by: Contact, serial: int, **values: Any) -> SupervisionOrder:
        year = values.get("year", 2026)
        usual: dict[str, Any] = {
            "year": year,
            "number": f"创城督〔{year}〕{serial}号",
            "requirement": "限期整改",
            "issued_at": self.now,
        }
        return await self.add(
            SupervisionOrder(serial=serial, unit_id=id_of(unit), issued_by=id_of(by), **(usual | values))
        )

    async def nag(self, state: NagState = NagState.WAITING, **values: Any) -> Nag:
        """Add a nag about the subject that ``values`` name."""
        usual: dict[str, Any] = {
            "key": f"nag-{next(self._numbers)}",
            "kind": "task" if values["subject"] == "task" else "order",
            "cycle": "c",
            "slot": "s",
            "rung": "r",
            "due_at": self.now,
            "created_at": self.now,
        }
        return await self.add(Nag(state=state, **(usual | values)))

    async def message(self, chat_id: int = 1, **values: Any) -> Outbox:
        usual: dict[str, Any] = {
            "dedupe_key": f"message-{next(self._numbers)}",
            "kind": MessageKind.NOTICE,
            "view": "notice",
            "content": {},
            "created_at": self.now,
        }
        return await self.add(Outbox(chat_id=chat_id, **(usual | values)))

    async def update(self, lane: int = 1, **values: Any) -> Inbox:
        usual: dict[str, Any] = {
            "bot_id": 1,
            "update_id": next(self._numbers),
            "payload": "{}",
            "received_at": self.now,
        }
        return await self.add(Inbox(lane=lane, **(usual | values)))

    async def live(self, kind: LiveKind, subject_id: int, chat_id: int = 1, **values: Any) -> LiveMessage:
        return await self.add(LiveMessage(kind=kind, subject_id=subject_id, chat_id=chat_id, **values))

    async def job(self, contact: Contact, **values: Any) -> Job:
        usual: dict[str, Any] = {
            "kind": JobKind.IMPORT,
            "chat_id": 1,
            "telegram_file_id": f"file-{next(self._numbers)}",
            "file_name": "台账.xlsx",
            "created_at": self.now,
            "updated_at": self.now,
        }
        return await self.add(Job(contact_id=id_of(contact), **(usual | values)))

    async def audit(self, event: str, subject: tuple[str, int | None], **values: Any) -> Audit:
        usual: dict[str, Any] = {"at": self.now}
        return await self.add(
            Audit(event=event, subject_type=subject[0], subject_id=subject[1], **(usual | values))
        )

    async def group(self, chat_id: int, by: Contact, **values: Any) -> GroupChat:
        usual: dict[str, Any] = {"bound_at": self.now, "tallied_until": self.now}
        return await self.add(GroupChat(chat_id=chat_id, bound_by=id_of(by), **(usual | values)))

    async def column(self, column: Any) -> list[Any]:
        """All values of one column of a table, in the order of the primary key."""
        order = sa.inspect(column.class_).primary_key
        return list((await self.session.execute(sa.select(column).order_by(*order))).scalars())
