"""Runs templates in a process of their own, which has limits of time and memory and nothing of ours."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.workers.worker_process import answer_of
from reports.templates.template_faults import TemplateFault, TemplateFaultKind, TemplatePassage, TemplatePlace
from reports.work_report import WorkReport

SECONDS: Final = 60.0
REFUSED: Final = 3
"""The exit code of the process for a template that fails; its output says why."""


class TemplateRefusedError(Exception):
    """The template fails, for these faults."""

    def __init__(self, faults: Sequence[TemplateFault]) -> None:
        super().__init__(", ".join(one.kind.value for one in faults))
        self.faults = faults


async def try_out(template: bytes, words: Mapping[str, object]) -> None:
    """Try a template with these words; ``TemplateRefusedError`` names all of its faults."""
    await _run({"template": base64.b64encode(template).decode(), "words": words, "try": True})


async def rendered(template: bytes | None, report: WorkReport, locale: str) -> bytes:
    """The Word file of a report. ``template`` None: the program's own."""
    from reports.work_report_template import default_template, placeholders

    content = default_template(locale) if template is None else template
    said = {"template": base64.b64encode(content).decode(), "words": placeholders(report), "try": False}
    return await _run(said)


async def _run(said: Mapping[str, Any]) -> bytes:
    asked = json.dumps(said, ensure_ascii=False).encode()
    try:
        async with asyncio.timeout(SECONDS):
            code, content = await answer_of("fill-template", asked)
    except TimeoutError:
        raise TemplateRefusedError([TemplateFault(TemplateFaultKind.LIMITS)]) from None
    if code == 0:
        return content
    raise TemplateRefusedError(
        _faults(content) if code == REFUSED else [TemplateFault(TemplateFaultKind.LIMITS)]
    )


def _faults(content: bytes) -> list[TemplateFault]:
    return [
        TemplateFault(
            TemplateFaultKind(one["kind"]),
            one["name"],
            [TemplatePassage(TemplatePlace(place), tuple(at), words) for place, at, words in one["passages"]],
        )
        for one in json.loads(content)
    ]
