"""Families whose faults are injected by tests that are there anyway: each test is a try."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.faults.family import FamilyResult, Ground
from tests.faults.ledger import Findings
from tests.support.engines import ENGINES
from tests.support.processes import ROOT


@dataclass(frozen=True, slots=True)
class Suite:
    """``modules``: files below ``tests``. On SQLite it also runs the tests that need no database."""

    number: int
    name: str
    modules: Sequence[str]
    engines: Sequence[str] = ENGINES

    async def try_out(self, ground: Ground) -> FamilyResult:
        """Run the tests in a process of their own; each that fails is a line of what is broken."""
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="chuangcheng-suite-") as folder:
            report = Path(folder) / "report.xml"
            chosen = "not postgres" if ground.engine == "sqlite" else "postgres"
            tests = [str(Path("tests") / module) for module in self.modules]
            options = ("-q", "-p", "no:cacheprovider", "-n", "0", "--engines=all", "-k", chosen)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "pytest", *options, *tests, f"--junitxml={report}"),
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            code = await process.wait()
            cases = list(ElementTree.parse(report).iter("testcase")) if report.exists() else []  # noqa: S314  # our own
        findings = Findings()
        findings.broken += [
            f"{case.get('classname')}.{case.get('name')}"
            for case in cases
            if case.find("failure") is not None or case.find("error") is not None
        ]
        if code and not findings.broken:
            findings.broken.append(f"pytest ended with {code}")
        tries = sum(case.find("skipped") is None for case in cases)
        return FamilyResult(self.number, self.name, ground.engine, tries, time.monotonic() - began, findings)
