"""The line of the papers: a process makes each, what dies is replaced, and the program keeps out of it."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from datetime import UTC, datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook

from bot.downloads import GoneError
from bot.rendering import RenderedView
from bot.workers import papers, worker_process
from bot.workers.papers import PaperError, PaperLine
from bot.workers.worker_process import PROGRAM as IN_LIFE
from reports.order_layout import OrderItem, OrderPaper, OrderPhoto
from reports.papers import OrderCopy, Workbook, made_of, order_json, order_of, photo_of
from reports.sheet_tables import SheetTable
from services.views import FileSpec

WORDS = "住户王某"
ORDER = OrderPaper(
    office="创城办",
    number="创城督办〔2026〕1号",
    unit="城管局",
    leader="",
    task="",
    indicator="",
    requirement="请于限期前办结。",
    items=[OrderItem("1", "占道", "人民路2号", "堆物", "清净", "12月16日 18:00前")] * 2,
    day="2026年12月15日",
    issued_at=datetime(2026, 12, 15, tzinfo=UTC),
    positions=(1, 2),
)
SHEET = Workbook(lambda: [SheetTable("清单", [("序号", 6.0), ("事项", 40.0)], [(1, "=1+1"), (2, "二")])])


def test_an_order_is_the_same_after_its_way_to_the_worker() -> None:
    there = order_of(order_json(ORDER))
    assert (list(there.positions), there.items, there.issued_at) == ([1, 2], ORDER.items, ORDER.issued_at)
    assert made_of(OrderCopy(there, "zh").said()) == OrderCopy(ORDER, "zh")()


async def test_a_process_makes_an_order_and_a_sheet() -> None:
    line = PaperLine()
    assert await line.made(OrderCopy(ORDER, "zh")) == OrderCopy(ORDER, "zh")()
    page = load_workbook(BytesIO(await line.made(SHEET))).worksheets[0]
    assert list(page.values) == [("序号", "事项"), (1, "=1+1"), (2, "二")]
    assert page["B2"].data_type == "s", "words stay words"


async def test_a_worker_that_dies_is_replaced() -> None:
    ends: list[Exception | bytes] = [PaperError("exit code -9"), PaperError("exit code 1"), b"made"]

    async def work(_said: bytes) -> bytes:
        end = ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end

    assert await PaperLine(work).made(SHEET) == b"made"


async def test_what_takes_too_long_is_not_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next would take as long, and all other papers wait."""
    monkeypatch.setattr(papers, "SECONDS", 0.01)
    turns: list[bytes] = []

    async def work(said: bytes) -> bytes:
        turns.append(said)
        await asyncio.Event().wait()
        return b""

    with pytest.raises(TimeoutError):
        await PaperLine(work).made(SHEET)
    assert len(turns) == 1


async def test_what_no_worker_can_make_is_left_out_and_the_next_is_made() -> None:
    turns: list[bytes] = []

    async def work(said: bytes) -> bytes:
        turns.append(said)
        if "坏".encode() in said:
            raise PaperError("exit code 1")
        return b"made"

    broken = Workbook(lambda: [SheetTable("坏", [], [])])
    albums = [[FileSpec("document", name=name, make=make)] for name, make in (("甲", broken), ("乙", SHEET))]
    shown = await PaperLine(work).with_files(RenderedView(["导出"], None, albums=albums), 1)
    assert [(file.name, file.make and file.make()) for (file,) in shown.albums] == [("乙", b"made")]
    assert (len(turns), shown.parts) == (papers.TRIES + 1, ["导出"])


async def test_one_paper_after_the_other() -> None:
    begun: list[bytes] = []
    one_began, go_on = asyncio.Event(), asyncio.Event()

    async def work(said: bytes) -> bytes:
        begun.append(said)
        one_began.set()
        await go_on.wait()
        return b"made"

    line = PaperLine(work)
    made = [asyncio.create_task(line.made(paper)) for paper in (SHEET, OrderCopy(ORDER, "zh"))]
    await one_began.wait()
    assert len(begun) == 1
    go_on.set()
    assert await asyncio.gather(*made) == [b"made", b"made"]
    assert len(begun) == 2


async def test_a_photo_is_fetched_for_its_order_and_one_that_is_gone_is_left_out() -> None:
    said: list[bytes] = []

    async def fetch(file_id: str) -> bytes:
        if file_id == "gone":
            raise GoneError
        return b"a photo"

    async def work(about: bytes) -> bytes:
        said.append(about)
        return b"made"

    photos = [OrderPhoto("there", "甲"), OrderPhoto("gone", "乙")]
    await PaperLine(work, fetch).made(OrderCopy(ORDER, "zh", photos))
    there, gone = json.loads(said[0])["photos"]
    assert photo_of(there) == OrderPhoto("there", "甲", b"a photo")
    assert photo_of(gone) == OrderPhoto("gone", "乙", None)


async def test_an_order_does_not_wait_for_ever_for_its_photos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "FETCH_SECONDS", 0.01)

    async def fetch(_file_id: str) -> bytes:
        await asyncio.Event().wait()
        return b""

    line = PaperLine(fetch=fetch)
    assert await line.made(OrderCopy(ORDER, "zh", [OrderPhoto("slow", "甲")]))


@pytest.mark.parametrize(
    "does",
    ["import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "print('half'); raise SystemExit(1)", ""],
)
async def test_a_process_that_ends_badly_has_made_nothing(monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    monkeypatch.setattr(worker_process, "PROGRAM", (sys.executable, "-c", does))
    with pytest.raises(PaperError):
        await papers.in_a_process(b"{}")


async def test_a_process_as_in_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """All other tests take theirs from the fork server."""
    monkeypatch.setattr(worker_process, "PROGRAM", IN_LIFE)
    said = {"sheets": [{"title": "统计", "columns": [["项目", 10]], "rows": [["清理", 1]]}]}
    content = await papers.in_a_process(json.dumps(said).encode())
    assert load_workbook(BytesIO(content))["统计"]["B2"].value == 1


async def test_a_process_does_not_outlive_who_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "PROGRAM", (sys.executable, "-c", "import time; time.sleep(600)"))
    started: asyncio.Future[asyncio.subprocess.Process] = asyncio.get_running_loop().create_future()
    start = asyncio.create_subprocess_exec

    async def starting(*command: str, **streams: int) -> asyncio.subprocess.Process:
        started.set_result(await start(*command, **streams))  # type: ignore[arg-type]  # only the streams
        return started.result()

    monkeypatch.setattr(asyncio, "create_subprocess_exec", starting)
    waiting = asyncio.create_task(papers.in_a_process(b"{}"))
    process = await started
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert process.returncode is not None


async def test_a_worker_that_fails_says_where_and_none_of_the_words() -> None:
    said = json.dumps(
        {"order": order_json(ORDER) | {"issued_at": WORDS}, "locale": "zh", "photos": []}
    ).encode()
    process = await asyncio.create_subprocess_exec(
        *worker_process.PROGRAM, "make-paper", str(len(said)), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(said)
    errors = await process.stderr.read()
    process.stdin.close()
    assert await process.wait() == 1
    assert b"order_of" in errors
    assert b"ValueError" in errors
    assert WORDS.encode() not in errors


async def test_a_worker_ends_with_the_program_that_started_it() -> None:
    """Its stdin closes before all is said, or while it makes the paper."""
    process = await asyncio.create_subprocess_exec(
        *worker_process.PROGRAM, "make-paper", "1000", stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    assert process.stdin is not None
    process.stdin.close()
    async with asyncio.timeout(60):
        assert await process.wait() == 1
