"""The whole of a preview, a section at a time and page by page: what the message itself only begins."""

from __future__ import annotations

from typing import Final

from locales import Text, plain
from models import importing
from models.importing import Job
from reports.formats import short
from services.access import require_office
from services.errors import DomainError
from services.importing.plans.previews import Section, read_page
from services.importing.plans.remarks import Remark
from services.turn import Turn
from services.views import View, paging

PAGE: Final = 6
_NAME: Final = 30
_SAID: Final = 280


async def page(turn: Turn, job_id: int, section: str, *, offset: int = 0) -> View:
    """A page of one section of a preview. ``DomainError``: the reader may not see it."""
    require_office(turn.actor)
    job = await turn.session.get(Job, job_id)
    if job is None or section not in set(Section):
        raise DomainError("buttons.expired")
    kept = None if job.details_id is None else await importing.content_of(turn.session, job.details_id)
    if kept is None:
        return View([Text("jobs.details_gone", file=job.file_name)])
    count, shown = read_page(kept, Section(section), offset, offset + PAGE)
    locale = turn.actor.contact.locale or turn.campaign.locale
    lines = [Text(f"jobs.section.{Section(section).value}", file=job.file_name, count=count)]
    lines += [remark_line(Section(section), one, locale, _SAID) for one in shown]
    turning = paging("job.section", turn.actor.id, offset, count, page=PAGE, job_id=job_id, section=section)
    return View(lines, turning)


def remark_line(section: Section, remark: Remark, locale: str, most: int) -> Text:
    """A line of a section, such as 第 5 行退回（名称）：……; what it says is cut at ``most`` characters."""
    said, name = short(_said(remark, locale), most), short(remark.name, _NAME)
    if remark.line is None:
        return Text(f"jobs.bare.{section.value}", name=name, said=said)
    return Text(f"jobs.line.{section.value}", line=remark.line.text, name=name or "—", said=said)


def is_cut(remark: Remark, locale: str, most: int) -> bool:
    """Whether ``remark_line`` cuts what the remark says."""
    return len(_said(remark, locale)) > most


def _said(remark: Remark, locale: str) -> str:
    # Each text is a sentence with its own commas, so a list's comma would not separate them.
    between = plain(Text("common.sentence_separator"), locale)
    return between.join(plain(text, locale) for text in remark.texts)
