"""A process that reads no numbers does not pay for the patterns that read them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
_PROGRAM: Final = """
import sys
import bot.app, bot.commands.job_worker, rules.tasks.targets
from rules.progress.quantities import read_quantities, warm_up
print("rules.progress.quantities.verbs" in sys.modules)
warm_up()
known = set(sys.modules)
read_quantities("今天清理牌匾12处，其中主干道10处，比昨天多2处，明天计划拆除3处")
print("rules.progress.quantities.verbs" in known, sorted(set(sys.modules) - known))
"""


def test_what_reads_is_imported_when_the_first_text_is_read() -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.splitlines() == ["False", "True []"], done.stderr
