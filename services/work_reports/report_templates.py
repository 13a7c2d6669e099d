"""The template of the 工作情况汇报: the office changes it in Word and sends it back.

Only the answer to 换模板 is taken as one. It is tried before it is kept, and an earlier one stays in the
database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from locales import Text
from models import importing, work_reports
from models.db import Session, ident
from models.importing import Job, JobKind, StoredFile
from models.people import Contact
from models.work_reports import ReportTemplate
from reports.formats import moment_text, short
from reports.templates.template_faults import TemplateFault, TemplateFaultKind, TemplatePassage, TemplatePlace
from services import audit, questions
from services.access import actor_of, require_office
from services.errors import DomainError
from services.turn import TickTurn, Turn
from services.views import ButtonSpec, FileSpec, View, button

ASKED: Final = "report_template.file"
"""The question whose answer is a .docx."""
MAX_BYTES: Final = 5 * 1024 * 1024
_SHOWN: Final = 8
_WORDS: Final = 30


async def line(turn: Turn) -> Text:
    """Which template holds."""
    found = await work_reports.last_template(turn.session)
    if found is None or found.content is None:
        return Text("work_report.own_template")
    at = moment_text(found.made_at, turn.campaign.zone, turn.today.year)
    return Text("work_report.template_since", file=found.file_name, at=at)


async def rows(turn: Turn) -> list[list[ButtonSpec]]:
    """The buttons of the template."""
    found = await work_reports.last_template(turn.session)
    row = [
        button("work_report.fetch_button", "work_report.fetch", turn.actor.id),
        button("work_report.change_button", "work_report.change", turn.actor.id),
    ]
    if found is not None and found.content is not None:
        row.append(button("work_report.reset_button", "work_report.reset", turn.actor.id))
    return [row]


async def fetch(turn: Turn) -> View:
    """The template that holds, as a file to be changed in Word."""
    from reports.papers import TemplateCopy

    require_office(turn.actor)
    found = await work_reports.last_template(turn.session)
    lines = [Text("work_report.template_here")]
    if found is None or found.content is None:
        locale = turn.campaign.locale
        file = FileSpec("document", name="汇报模板.docx", make=TemplateCopy(locale))
        return View(lines, files=[file])
    content = found.content
    return View(lines, files=[FileSpec("document", name=found.file_name, make=lambda: content)])


async def ask(turn: Turn) -> View:
    """换模板: the next document is the template."""
    require_office(turn.actor)
    await questions.ask_here(turn, ASKED)
    return View([Text("work_report.send_template")])


async def is_asked(turn: Turn) -> bool:
    """Whether a template is waited for here."""
    return await questions.is_open(turn, ASKED)


async def receive(turn: Turn, file_id: str, name: str, size: int | None) -> View:
    """The answer to 换模板: it is fetched and tried by a worker.

    ``DomainError``: it is no .docx, or too large.
    """
    require_office(turn.actor)
    if not name.lower().endswith(".docx"):
        raise DomainError("work_report.fault.not_docx")
    if size is not None and size > MAX_BYTES:
        raise DomainError("work_report.fault.too_big")
    await questions.end_here(turn)
    job = Job(
        kind=JobKind.REPORT_TEMPLATE,
        contact_id=turn.actor.id,
        chat_id=turn.chat,
        telegram_file_id=file_id,
        file_name=name[-255:],
        created_at=turn.now,
        updated_at=turn.now,
    )
    turn.session.add(job)
    await turn.session.flush()
    audit.note(turn, "send", ("job", job.id), after={"file": name})
    return View([Text("work_report.trying", file=name)])


async def words_instead(turn: Turn, words: str) -> View:
    """Words came in the place of the file: it is still waited for."""
    return await ask(turn)


async def reset(turn: Turn) -> View:
    """恢复原模板: the program's own template holds again."""
    require_office(turn.actor)
    await _keep(turn.session, turn, "", None, turn.actor.id)
    return View([Text("work_report.was_reset")])


async def accept(turn: TickTurn, job: Job) -> View:
    """Keep a template that was tried without a fault.

    ``DomainError``: its sender is not of the office any more, or the file is gone.
    """
    sender = await turn.session.get_one(Contact, job.contact_id)
    require_office(await actor_of(turn.session, sender, today=turn.today))
    source = None if job.source_id is None else await turn.session.get(StoredFile, job.source_id)
    if source is None:
        raise DomainError("jobs.source_gone", file=job.file_name)
    await _keep(turn.session, turn, job.file_name, source.content, job.contact_id)
    return View([Text("work_report.accepted", file=job.file_name)])


async def _keep(
    session: Session, turn: TickTurn, name: str, content: bytes | None, contact_id: int | None
) -> None:
    row = ReportTemplate(file_name=name, content=content, made_by=contact_id, made_at=turn.now)
    session.add(row)
    await session.flush()
    after = {"file": name or None}
    subject = ("report_template", ident(row))
    audit.record(session, "change", subject, now=turn.now, actor_id=contact_id, after=after)


async def content(session: Session) -> bytes | None:
    """The template that holds; None: the program's own."""
    found = await work_reports.last_template(session)
    return None if found is None else found.content


def refusal(file: str, faults: Sequence[TemplateFault]) -> Text:
    """Why a file is not taken, in a sentence that names every unknown placeholder and its place."""
    first = faults[0]
    if first.kind is TemplateFaultKind.UNKNOWN:
        names = [_unknown(one) for one in faults[:_SHOWN]]
        more = max(len(faults) - _SHOWN, 0)
        key = "work_report.unknown_more" if more else "work_report.unknown"
        return Text(key, file=file, names=names, count=more)
    where = _place(first.passages[0]) if first.passages else Text("work_report.place.somewhere")
    return Text(
        "work_report.refused", file=file, why=Text(f"work_report.fault.{first.kind.value}", where=where)
    )


def _unknown(fault: TemplateFault) -> Text:
    if not fault.passages:
        return Text("work_report.unknown_name", name=short(fault.name, _WORDS))
    places = [_place(one) for one in fault.passages[:2]]
    return Text("work_report.unknown_at", name=short(fault.name, _WORDS), places=places)


def _place(passage: TemplatePassage) -> Text:
    words = short(passage.words, _WORDS)
    match passage.place:
        case TemplatePlace.PARAGRAPH:
            return Text("work_report.place.paragraph", n=passage.at[0], words=words)
        case TemplatePlace.CELL:
            table, row, cell = passage.at
            return Text("work_report.place.cell", table=table, row=row, cell=cell)
        case TemplatePlace.BOX | TemplatePlace.HEADER | TemplatePlace.FOOTER | TemplatePlace.NOTE:
            return Text(f"work_report.place.{passage.place.value}", words=words)


async def source(session: Session, job: Job) -> bytes:
    """The file that a job is to try."""
    found = None if job.source_id is None else await importing.content_of(session, job.source_id)
    if found is None:
        raise DomainError("jobs.source_gone", file=job.file_name)
    return found
