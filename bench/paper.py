"""What papers cost with 1,000,000 reports, on both engines: sums, a tally, a work report, a ledger.

The sums of a day go beside SQL over the raw rows, written by hand, in the same run: they may take twice
as long. A year's tally is to take 150 ms at most, the numbers of its picture twice as long as the tally,
the year's 工作情况汇报 as a Word file three seconds, a ledger of 100,000 rows a minute and 60 MB more than an
empty one. Each is measured by the clock, for the database is another process on PostgreSQL; the table shows
medians. These seconds hold on a machine on which an echo costs ``QUIET_ECHO``; a slower one may take longer
by as much. The databases are those of the row ``history`` of ``bench/table.py``, and are kept. It takes about
ten minutes the first time, three later, and exits with 1 if a promise is broken.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlmodel import col

ROOT: Final = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from speed import history_rows  # noqa: E402
from speed.bare_echo import QUIET_ECHO, echo  # noqa: E402
from speed.history import open_town  # noqa: E402
from speed.history_base import History, history  # noqa: E402

from bot.commands.report_work import made_report  # noqa: E402  # the path comes first
from demo.stage.processes import environment  # noqa: E402
from models.db import Database, Session  # noqa: E402
from models.progress import ProgressReport, figure_sources  # noqa: E402
from models.row_copy import copy_rows  # noqa: E402
from models.upgrade import build  # noqa: E402
from rules.periods import FigurePeriod  # noqa: E402
from sandbox.world import DEFAULT_TOKEN  # noqa: E402
from services.campaign import Campaign  # noqa: E402
from services.tallies import (  # noqa: E402
    period_axis,
    period_pictures,
    period_tallies,
    period_tally_views,
)
from services.tallies.period_tallies import TallySelection  # noqa: E402
from services.work_reports import report_facts, report_writing  # noqa: E402
from services.work_reports.report_facts import ReportOrder  # noqa: E402
from tests.support.postgres import PostgresServer  # noqa: E402

REPORTS: Final = 1_000_000
LEDGER_ROWS: Final = 100_000
RUNS: Final = 5
CACHE: Final = Path.home() / ".cache" / "chuangcheng-bench"
# The sums of a day by item and unit of measure, as one writes them by hand.
RAW: Final = sa.text(
    "SELECT metric.item, metric.unit, sum(figure.added), count(*) FROM progress_report "
    "JOIN figure ON figure.report_id = progress_report.id AND figure.revision = progress_report.revision "
    "JOIN metric ON metric.id = figure.metric_id "
    "WHERE NOT progress_report.withdrawn AND counted_at > :since AND counted_at <= :until "
    "GROUP BY metric.item, metric.unit"
)
Act = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class PaperTime:
    """What was measured: seconds, and the limit in seconds or in times ``beside``."""

    what: str
    seconds: float
    most: float
    beside: float | None = None

    @property
    def holds(self) -> bool:
        return self.seconds <= self.most * (1.0 if self.beside is None else self.beside)

    def line(self) -> str:
        shown = f"{self.what:44} {self.seconds * 1000:9.1f} ms"
        if self.beside is None:
            return f"{shown}   at most {self.most * 1000:.0f} ms{'' if self.holds else '   BROKEN'}"
        ratio = self.seconds / self.beside
        broken = "" if self.holds else "   BROKEN"
        return f"{shown}   {ratio:.2f} of {self.beside * 1000:.1f} ms, at most {self.most:.0f}{broken}"


@dataclass(frozen=True, slots=True)
class PaperMemory:
    """The most megabytes that something took, and the limit."""

    what: str
    megabytes: float
    most: float

    @property
    def holds(self) -> bool:
        return self.megabytes <= self.most

    def line(self) -> str:
        broken = "" if self.holds else "   BROKEN"
        return f"{self.what:44} {self.megabytes:9.1f} MB   at most {self.most:.0f} MB{broken}"


Measured = PaperTime | PaperMemory


async def _median(act: Act, runs: int = RUNS) -> float:
    await act()
    found = []
    for _ in range(runs):
        began = time.perf_counter()
        await act()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


async def measure(engine: str, database: Database, made: History, slower: float) -> list[Measured]:
    """The papers of one database. ``slower``: how much longer this machine may take."""
    town = await open_town(made)
    last = town.campaign.today(history_rows.NOW)

    async def raw(session: Session) -> object:
        # Of yesterday: a whole day.
        since = town.campaign.midnight(last - timedelta(days=1))
        span = {"since": since, "until": since + timedelta(days=1)}
        typed = RAW.bindparams(
            *(sa.bindparam(name, value, sa.DateTime(timezone=True)) for name, value in span.items())
        )
        return (await session.execute(typed)).all()

    async def sums(session: Session) -> object:
        since = town.campaign.midnight(last - timedelta(days=1)) - timedelta(microseconds=1)
        selection = report_facts.ReportSelection(since + timedelta(days=1), since)
        return await figure_sources.item_totals(session, selection)

    async def read(act: Callable[[Session], Awaitable[object]]) -> object:
        async with database.reading() as session:
            return await act(session)

    async def picture() -> object:
        async with database.reading() as session:
            return await period_tally_views.picture(
                town.turn(session, town.office), TallySelection(FigurePeriod.YEAR)
            )

    async def bars() -> object:
        """By month, as where nothing else is shown."""
        async with database.reading() as session:
            turn = town.turn(session, town.office)
            cut = await period_tallies.cut_of(turn, TallySelection(FigurePeriod.YEAR))
            axis = await period_axis.axis_of(turn, cut, FigurePeriod.YEAR, [])
            return await period_pictures.quantities(session, cut, axis.spans)

    async def tally() -> object:
        async with database.reading() as session:
            return await period_tally_views.overview(
                town.turn(session, town.office), TallySelection(FigurePeriod.YEAR)
            )

    by_hand = await _median(lambda: read(raw))
    kept = await _median(lambda: read(sums))
    year = await _median(tally)
    shown = await _median(picture)
    by_month = await _median(bars)
    report = await _median(lambda: write_year(database, town.campaign, last), runs=3)
    await town.database.close()
    return [
        PaperTime(f"{engine}: sums of a day", kept, 2, by_hand),
        PaperTime(f"{engine}: tally of a year", year, 0.150 * slower),
        PaperTime(f"{engine}: counting a picture of a year", shown, 2, year),
        PaperTime(f"{engine}: quantities of a year by month", by_month, 2, year),
        PaperTime(f"{engine}: the year's report (.docx)", report, 3.0 * slower),
        # A year before: the command reads up to now, which is not the district's.
        *await ledgers(engine, database, last - timedelta(days=365), slower),
    ]


async def ledgers(engine: str, database: Database, last: date, slower: float) -> list[Measured]:
    """A ledger of as many days as have enough rows, beside one of a day on which there was nothing."""
    url = database.url.render_as_string(hide_password=False)
    first = await _since(database, last)
    with tempfile.TemporaryDirectory() as folder:
        _, empty, before = await asyncio.to_thread(
            _ledger, url, Path(folder), date(2001, 1, 1), date(2001, 1, 1)
        )
        seconds, memory, rows = await asyncio.to_thread(_ledger, url, Path(folder), first, last)
    if rows - before < LEDGER_ROWS:
        raise RuntimeError(f"the ledger has {rows} rows")
    return [
        PaperTime(f"{engine}: a ledger of {rows:,} rows", seconds, 60.0 * slower),
        PaperMemory(f"{engine}: its memory above an empty ledger's", memory - empty, 60.0),
    ]


async def _since(database: Database, last: date) -> date:
    """The first day of a ledger with enough rows: each report is one, and each of its figures."""
    days, counted = 1, 0
    async with database.reading() as session:
        while counted < LEDGER_ROWS * 1.1:
            days += 1
            since = datetime.combine(last - timedelta(days=days), clock_time(), UTC)
            until = datetime.combine(last, clock_time(), UTC)
            spans = [col(ProgressReport.counted_at) > since, col(ProgressReport.counted_at) <= until]
            query = sa.select(sa.func.count()).select_from(ProgressReport).where(*spans)
            counted = 2 * int((await session.execute(query)).scalar_one())
    return last - timedelta(days=days)


def _ledger(url: str, folder: Path, first: date, last: date) -> tuple[float, float, int]:
    """Make a ledger by the command: its seconds, its most megabytes, and its rows."""
    env = environment({"BOT_TOKEN": DEFAULT_TOKEN, "DATABASE_URL": url})
    command = [
        sys.executable,
        "-m",
        "bot.cli",
        "ledger",
        "--from",
        str(first),
        "--to",
        str(last),
        "-o",
        "l.xlsx",
    ]
    began = time.perf_counter()
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=said)  # noqa: S603  # our own program
        most = 0
        while process.poll() is None:
            most = max(most, _most_memory(process.pid))
            time.sleep(0.02)
    seconds = time.perf_counter() - began
    if process.returncode != 0:
        raise RuntimeError(f"the ledger ended with {process.returncode}")
    rows = int(re.findall(r"共 (\d+) 行", (folder / "said").read_text())[-1])
    return seconds, most / 1024, rows


def _most_memory(pid: int) -> int:
    """The most KiB that a process has had so far. What ``wait4`` says has the bench's own memory in it."""
    try:
        said = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+)", said)
    return int(found[1]) if found else 0


async def write_year(database: Database, campaign: Campaign, last: date) -> bytes:
    """The year's report as the worker makes it: facts, sentences, and the process that fills the template."""
    async with database.reading() as session:
        order = ReportOrder(last - timedelta(days=364), last, None, "创城办")
        facts = await report_facts.gather(session, campaign, order, history_rows.NOW)
        report, _ = await report_writing.write(session, facts, "zh")
    return (await made_report("汇报", report, None, "zh", with_pdf=False)).content


@asynccontextmanager
async def copied(made: History) -> AsyncIterator[History]:
    """The same rows on PostgreSQL."""
    server = PostgresServer(Path(tempfile.mkdtemp(prefix="chuangcheng-paper-")))
    server.folder.chmod(0o755)
    server.start()
    source = Database(made.url)
    server.create("paper")
    target = Database(server.url("paper"))
    try:
        sys.stderr.write("copying to PostgreSQL …\n")

        async def fill(connection: sa.ext.asyncio.AsyncConnection) -> None:
            await copy_rows(source, connection)

        await build(target, fill)
        async with target.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(sa.text("VACUUM ANALYZE"))
        yield History(server.url("paper"), None)
    finally:
        await source.close()
        await target.close()
        server.stop()


async def main(made: History) -> int:
    with tempfile.TemporaryDirectory() as folder:
        slower = max(await echo(Path(folder)) / QUIET_ECHO, 1.0)
    sys.stdout.write(f"this machine may take {slower:.2f} times as long\n")
    found = []
    database = Database(made.url)
    found += await measure("SQLite", database, made, slower)
    await database.close()
    async with copied(made) as there:
        database = Database(there.url)
        found += await measure("PostgreSQL", database, there, slower)
        await database.close()
    for one in found:
        sys.stdout.write(one.line() + "\n")
    return 0 if all(one.holds for one in found) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(history(CACHE, REPORTS))))
