"""The 工作情况汇报 from the button or the command line to the file, and templates on their way in and out."""

from __future__ import annotations

import os
import select
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook
from sqlmodel import select as query

import bot.workers.pdf
from bot.commands import report_work
from bot.jobs import JobRunner
from bot.workers import templates
from bot.workers.pdf import PdfPaper
from bot.workers.templates import TemplateRefusedError
from models import people
from models.importing import Job, JobState
from models.people import Contact, Unit
from models.work_reports import ReportTemplate
from reports.templates.template_faults import TemplateFaultKind
from reports.work_report_template import default_template, placeholders
from rules.people.roles import Role
from rules.periods import FigurePeriod
from sandbox.shapes import MessageRecord
from sandbox.testing import RunningSandbox
from services.access import actor_of
from services.errors import DomainError
from services.tallies import period_tally_views
from services.tallies.period_tallies import TallySelection
from services.turn import TickTurn
from services.work_reports import report_orders, report_templates
from services.work_reports.report_orders import MadeReport
from tests.bot.desk import Desk, account
from tests.reports.test_work_report_docx import template
from tests.reports.work_report_words import REPORT
from tests.support.people import Roster
from tests.support.processes import Forge, settings_for
from tests.support.turns import turn_for

LAST = date(2026, 12, 31)


@pytest.fixture
def _settings(monkeypatch: pytest.MonkeyPatch, telegram: RunningSandbox, database_url: str) -> None:
    """Give the worker's process its settings by this process's environment."""
    for name, value in settings_for(telegram, database_url).items():
        monkeypatch.setenv(name, value)


def words_of(content: bytes) -> list[str]:
    return [one.text for one in Document(BytesIO(content)).paragraphs if one.text.strip()]


class ReportDesk:
    """The office and leaders who have reports made, by the program's own worker."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.runner = JobRunner(desk.database, desk.bot, desk.clock, desk.campaign, desk.sender.wake)

    async def order(
        self, reader: Contact, period: FigurePeriod = FigurePeriod.MONTH, *, by_itself: bool = False
    ) -> None:
        async with self.desk.database.transaction() as session:
            actor = await actor_of(session, reader)
            turn = turn_for(session, actor, self.desk.clock.moment, self.desk.campaign, chat=account(reader))
            await report_orders.order(turn, period, by_itself=by_itself)

    async def send_template(self, office: Contact, content: bytes, name: str = "模板.docx") -> None:
        chat = account(office)
        sent = await self.desk.people.send_document(chat, chat, content, name=name)
        async with self.desk.database.transaction() as session:
            actor = await actor_of(session, office)
            turn = turn_for(session, actor, self.desk.clock.moment, self.desk.campaign, chat=chat)
            await report_templates.ask(turn)
            assert await report_templates.is_asked(turn)
            await report_templates.receive(turn, sent.file_id or "", name, len(content))
            assert not await report_templates.is_asked(turn)

    async def work(self) -> None:
        while await self.runner.step():
            pass

    async def received(self, reader: Contact) -> Sequence[MessageRecord]:
        self.desk.start()
        await self.desk.until_settled()
        return await self.desk.received(account(reader))

    async def files(self, reader: Contact) -> Sequence[MessageRecord]:
        return [one for one in await self.received(reader) if one.kind == "document"]

    async def file(self, record: MessageRecord) -> bytes:
        return await self.desk.people.file(record.file_id or "")

    async def jobs(self) -> list[JobState]:
        async with self.desk.database.reading() as session:
            return [one.state for one in await session.exec(query(Job).order_by(Job.id))]  # type: ignore[arg-type]

    async def templates(self) -> list[ReportTemplate]:
        async with self.desk.database.reading() as session:
            return list(await session.exec(query(ReportTemplate)))


@pytest.fixture
def reports(desk: Desk, _settings: None, monkeypatch: pytest.MonkeyPatch) -> ReportDesk:
    # A PDF takes five seconds. The worker is a process: it looks for LibreOffice by the path.
    monkeypatch.setenv("PATH", str(Path(__file__).parent))
    return ReportDesk(desk)


async def test_the_report_comes_to_who_asked_for_it(reports: ReportDesk) -> None:
    office = await reports.desk.office()
    await reports.order(office)
    await reports.work()
    received = await reports.received(office)
    assert [one for one in received if "没有安装 LibreOffice" in one.text]
    (sent,) = [one for one in received if one.kind == "document"]
    assert sent.media["file_name"] == "工作情况汇报2026-12-01至2026-12-15.docx"
    words = words_of(await reports.file(sent))
    assert words[0] == "创建全国文明城市工作情况汇报"
    assert words[1] == "2026年12月1日至2026年12月15日没有可汇报的内容。"
    assert await reports.jobs() == [JobState.DONE]


async def test_who_asks_for_the_report_gets_the_sheet_of_its_sources(reports: ReportDesk) -> None:
    """Leaders to whom it comes by itself are spared the sheet, the office is not."""
    desk = reports.desk
    office = await desk.office()
    leader = await desk.contact("书记", Role.DISTRICT_LEADER)
    async with desk.database.transaction() as session:
        unit = await session.get_one(Unit, office.unit_id)
        await Roster(session, desk.clock.moment, desk.campaign).task(unit, "整治背街小巷", LAST)
    for reader, by_itself in ((office, True), (leader, True), (leader, False)):
        await reports.order(reader, by_itself=by_itself)
        await reports.work()
    name = "工作情况汇报2026-12-01至2026-12-15"
    files = [[one.media["file_name"] for one in await reports.files(reader)] for reader in (office, leader)]
    assert files == [
        [f"{name}.docx", f"{name} 数字来源.xlsx"],
        [f"{name}.docx", f"{name}.docx", f"{name} 数字来源.xlsx"],
    ]
    sheet = load_workbook(BytesIO(await reports.file((await reports.files(office))[-1])))
    assert [one.value for one in sheet["数字"]["C"]] == [
        *("统计口径", "任务清单", "牵头单位", "2026年12月底前完成的在办任务")
    ]
    assert [one.value for one in sheet["数字"]["E"]] == ["已列出", 1, 1, 1]


async def test_the_sheet_of_a_tally_comes_to_who_pressed_for_it(reports: ReportDesk) -> None:
    """It goes before reports, which may wait, though it was ordered later."""
    desk = reports.desk
    office = await desk.office()
    await reports.order(office)
    async with desk.database.transaction() as session:
        turn = turn_for(
            session, await actor_of(session, office), desk.clock.moment, desk.campaign, chat=account(office)
        )
        answer = await period_tally_views.source_sheet(turn, TallySelection(FigurePeriod.MONTH))
    assert answer.key == "sources.sheet_ordered"
    assert await reports.runner.step()
    assert await reports.jobs() == [JobState.CONFIRMED, JobState.DONE]
    (sent,) = await reports.files(office)
    assert sent.media["file_name"] == "数字来源_本月_全区_2026-12-15.xlsx"


async def test_who_leads_no_more_gets_no_report(reports: ReportDesk) -> None:
    leader = await reports.desk.contact("局长", Role.PRINCIPAL_LEADER)
    await reports.order(leader)
    async with reports.desk.database.transaction() as session:
        await people.set_roles(session, leader.id or 0, {Role.RESPONSIBLE_PERSON})
    await reports.work()
    assert await reports.jobs() == [JobState.FAILED]
    received = await reports.received(leader)
    assert [one.kind for one in received] == ["text"]
    assert received[0].text == "工作情况汇报由创城办和领导生成。"


async def test_who_leads_another_unit_meanwhile_gets_no_report_of_the_first(reports: ReportDesk) -> None:
    """The roster changes between the reading of the facts and the delivery."""
    leader = await reports.desk.contact("局长", Role.PRINCIPAL_LEADER)
    await reports.order(leader)
    async with reports.desk.database.transaction() as session:
        turn = TickTurn(session, reports.desk.clock.moment, reports.desk.campaign)
        job = await session.get_one(Job, 1)
        asked = await report_orders.asked_for(turn, job)
        made = MadeReport("汇报", b"docx", None)
        _, role = await report_orders.deliver(turn, job, made, asked)
        assert role is Role.PRINCIPAL_LEADER
        other = replace(asked, unit_ids=frozenset({999}))
        with pytest.raises(DomainError) as told:
            await report_orders.deliver(turn, job, made, other)
        assert told.value.text.key == "work_report.scope_changed"
        await people.set_roles(session, leader.id or 0, set())
        with pytest.raises(DomainError):
            await report_orders.deliver(turn, job, made, asked)


async def test_a_template_is_tried_taken_and_used(reports: ReportDesk) -> None:
    office = await reports.desk.office()
    await reports.send_template(office, template("东风区", "{{ 标题 }}", "{{ 单位 }}"))
    await reports.work()
    assert [one.file_name for one in await reports.templates()] == ["模板.docx"]
    await reports.order(office)
    await reports.work()
    received = await reports.received(office)
    assert [one for one in received if "检查通过" in one.text]
    sent = [one for one in received if one.kind == "document"][-1]
    assert words_of(await reports.file(sent))[:2] == ["东风区", "创建全国文明城市工作情况汇报"]


async def test_a_template_of_who_has_left_the_office_is_not_taken(reports: ReportDesk) -> None:
    office = await reports.desk.office()
    await reports.send_template(office, template("{{ 标题 }}"))
    async with reports.desk.database.transaction() as session:
        await people.set_roles(session, office.id or 0, {Role.LIAISON})
    await reports.work()
    assert await reports.templates() == []
    assert await reports.jobs() == [JobState.FAILED]


async def test_a_template_with_unknown_placeholders_is_not_taken(reports: ReportDesk) -> None:
    office = await reports.desk.office()
    await reports.send_template(office, template("{{ 区名 }}"))
    await reports.work()
    assert await reports.templates() == []
    received = await reports.received(office)
    assert [one for one in received if "“区名”（第1段“{{ 区名 }}”）" in one.text]


async def test_a_template_that_fails_only_in_use_gives_way_to_the_programs_own(reports: ReportDesk) -> None:
    office = await reports.desk.office()
    async with reports.desk.database.transaction() as session:
        content = template("{% if 正文|length == 0 %}{{ 1 / 0 }}{% endif %}")
        now = reports.desk.clock.moment
        session.add(ReportTemplate(file_name="旧.docx", content=content, made_by=office.id, made_at=now))
    await reports.order(office)
    await reports.work()
    received = await reports.received(office)
    assert [one for one in received if "已改用系统自带的模板" in one.text]
    (sent,) = [one for one in received if one.kind == "document"]
    assert words_of(await reports.file(sent))[0] == "创建全国文明城市工作情况汇报"
    assert await reports.jobs() == [JobState.DONE]


async def test_a_template_for_a_full_period_alone_is_not_taken(reports: ReportDesk) -> None:
    office = await reports.desk.office()
    await reports.send_template(office, template("{{ 正文[0].标题 }}"))
    await reports.work()
    assert await reports.templates() == []
    received = await reports.received(office)
    assert [one for one in received if "第1段“{{ 正文[0].标题 }}”在没有内容的时段无法填写" in one.text]


async def test_a_template_that_makes_too_much() -> None:
    huge = template("{%p for i in range(60000) %}", "字" * 400, "{%p endfor %}")
    with pytest.raises(TemplateRefusedError) as caught:
        await templates.rendered(huge, REPORT, "zh")
    assert [one.kind for one in caught.value.faults] == [TemplateFaultKind.LIMITS]


@pytest.mark.parametrize(
    "words",
    [
        (
            "{%p for a in range(100000) %}",
            "{%p for b in range(100000) %}",
            "{% if a == b %}{% endif %}",
            "{%p endfor %}",
            "{%p endfor %}",
        ),
        ("{% set x = 'a' * 999999999 %}{{ (x ~ x ~ x) | length }}",),
        ("{{ 9 ** (9 ** 9) }}",),
    ],
    ids=["time", "memory", "power"],
)
async def test_a_template_that_never_ends_or_grows(
    monkeypatch: pytest.MonkeyPatch, words: Sequence[str]
) -> None:
    monkeypatch.setattr(templates, "SECONDS", 4.0)
    with pytest.raises(TemplateRefusedError) as caught:
        await templates.try_out(template(*words), placeholders(REPORT))
    assert [one.kind for one in caught.value.faults] == [TemplateFaultKind.LIMITS]


async def test_a_pdf_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The program that makes PDFs is a stand-in: it copies the file, whose name it gets last."""
    office = tmp_path / "soffice"
    office.write_text('#!/bin/sh\nfor last; do :; done\ncp "$last" "${last%.docx}.pdf"\n')
    office.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr(bot.workers.pdf, "_missing_fonts", no_fonts)
    made = await report_work.made_report("汇报", REPORT, None, "zh")
    assert made.pdf is not None
    assert words_of(made.pdf) == words_of(made.content)
    assert [note.key for note in made.notes] == ["work_report.other_fonts"]
    office.write_text("#!/bin/sh\nexit 1\n")
    made = await report_work.made_report("汇报", REPORT, None, "zh")
    assert (made.pdf, [note.key for note in made.notes]) == (None, ["work_report.no_pdf"])


async def test_a_pdf_that_takes_too_long_leaves_nothing_running(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The stand-in starts another program, as LibreOffice does, and notes its limits and their ids."""
    office = tmp_path / "soffice"
    said = tmp_path / "said"
    office.write_text(f'#!/bin/sh\nsleep 1000 &\necho "$(ulimit -t) $(ulimit -v) $!" > {said}\nwait\n')
    office.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr(bot.workers.pdf, "_SECONDS", 1.0)
    made = await bot.workers.pdf.converted(default_template("zh"))
    assert (made.content, [note.key for note in made.notes]) == (None, ["work_report.no_pdf"])
    seconds, memory, process = (await read(str(said))).split()
    assert (int(seconds), int(memory)) == (100, 4 * 1024 * 1024)
    assert ended(int(process))


def ended(process: int) -> bool:
    """Whether a process ends within ten seconds."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 10)[0])
    finally:
        os.close(handle)


async def no_fonts() -> list[str]:
    return ["仿宋_GB2312"]


async def test_without_libreoffice_there_is_no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    made: PdfPaper = await bot.workers.pdf.converted(default_template("zh"))
    assert (made.content, [note.key for note in made.notes]) == (None, ["work_report.no_libreoffice"])


async def test_the_command_line(forge: Forge, database_url: str, here: object, tmp_path: Path) -> None:
    env = {"CHUANGCHENG_DATABASE_URL": database_url, "CHUANGCHENG_OFFICE_NAME": "东风区创城办"}
    done = await forge.run(
        "work-report", "--from", "2025-01-01", "--to", "2025-03-31", "-o", "r.docx", "--sources", env=env
    )
    assert (done.code, done.err) == (0, "")
    assert load_workbook(BytesIO(await read("r 数字来源.xlsx"))).sheetnames == ["数字", "来源"]
    words = words_of(await read("r.docx"))
    assert words[1] == "2025年1月1日至2025年3月31日没有可汇报的内容。"
    assert words[2] == "东风区创城办"
    out = await forge.run("work-report", "--template-out", "t.docx", env=env)
    assert (out.code, await read("t.docx") == default_template("zh")) == (0, True)
    await write("bad.docx", template("{{ 区名 }}"))
    refused = await forge.run("work-report", "-o", "no.docx", "--template", "bad.docx", env=env)
    assert refused.code == 2
    assert "“区名”（第1段“{{ 区名 }}”）" in refused.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--from", "2025-01-01"], "请用 -o 写明要写入的文件。"),
        (["--from", "1月1日", "-o", "r.docx"], "1月1日"),
        (["--from", "2025-02-01", "--to", "2025-01-01", "-o", "r.docx"], "--to 早于 --from，请核对。"),
        (["--from", "2999-01-01", "--to", "2999-01-02", "-o", "r.docx"], "还没有开始"),
        (["-o", "nowhere/r.docx"], "无法写入 nowhere/r.docx"),
    ],
)
async def test_wrong_options_are_one_sentence(
    forge: Forge, database_url: str, here: object, options: Sequence[str], said: str
) -> None:
    done = await forge.run("work-report", *options, env={"CHUANGCHENG_DATABASE_URL": database_url})
    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == 1


async def read(name: str) -> bytes:
    return Path(name).read_bytes()  # noqa: ASYNC240  # a test has nothing else to do meanwhile


async def write(name: str, content: bytes) -> None:
    Path(name).write_bytes(content)  # noqa: ASYNC240  # as above
