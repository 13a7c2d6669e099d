"""``fill-template``: puts words into a template, or tries one. It needs no settings and no database.

A template is somebody else's program. The process that runs it has 20 seconds of processor time, where it
needs a tenth of one, has a bounded memory, and can write no file.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import sys
import threading
from collections.abc import Mapping
from typing import Any, Final

from bot.commands.paper_worker import read_stdin, tell_where
from bot.workers.parent import end_with_parent
from bot.workers.templates import REFUSED
from reports.templates.template_faults import TemplateError

NICENESS: Final = 5
_SECONDS: Final = 20
_MEMORY: Final = 1024 * 1024 * 1024


def fill_template(length: int) -> int:
    """Read on stdin a template and its words, in so many bytes, and write the file to stdout.

    Returns the exit code; for a template that fails, stdout says why.
    """
    os.nice(NICENESS)
    said = json.loads(read_stdin(length))
    threading.Thread(target=end_with_parent, daemon=True).start()
    # Everything is imported before the limits hold: a template has no part in it.
    from reports.work_report_docx import render, try_template

    _limit()
    template, words = base64.b64decode(said["template"]), said["words"]
    try:
        content = b"" if said["try"] else render(template, words)
        if said["try"]:
            try_template(template, words)
    except TemplateError as error:
        sys.stdout.buffer.write(json.dumps([_json(one) for one in error.faults]).encode())
        return REFUSED
    except Exception as error:
        tell_where(error)
        return 1
    sys.stdout.buffer.write(content)
    return 0


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _json(fault: Any) -> Mapping[str, object]:
    return {
        "kind": fault.kind.value,
        "name": fault.name,
        "passages": [[one.place.value, list(one.at), one.words[:200]] for one in fault.passages],
    }
