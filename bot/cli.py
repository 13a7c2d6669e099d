"""The command line. It imports nothing heavy: each command loads what it needs when it runs."""

from __future__ import annotations

import ctypes
import gc
import io
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

app = typer.Typer(
    name="chuangcheng",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # wrong usage gets a line, not a box
    help="创城通: the campaign's tasks, reports, nags and tallies in a chat.",
)

Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; write and send nothing.")]
File = Annotated[Path, typer.Argument(help="The file to read.")]
# No year has more orders, and no day more receipts: a higher number is mistyped, and could not be taken back.
MOST: Final = 99_999
_M_ARENA_MAX: Final = -8  # of malloc.h


def _share_memory() -> None:
    """Let all threads take memory from one pool; glibc would give each a pool of its own, which stays."""
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


@contextmanager
def _importing() -> Iterator[None]:
    """For the imports of the program that runs on: they take less time and memory.

    All that they make stays, so nobody looks for garbage among it. Where they find them, structlog loads
    rich, to draw tracebacks, and httpx loads click, for a command line; the program has no use for either.
    """
    gc.disable()
    hidden = [name for name in ("rich", "click") if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # so that nobody imports it
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)
        gc.freeze()
        gc.enable()


def _import(
    run: Callable[..., Coroutine[object, object, None]],
    file: Path,
    dry_run: bool,
    as_json: bool,
    yes: bool,
    **more: object,
) -> None:
    from bot.commands.command_context import execute
    from bot.commands.imports import ImportOptions

    execute(lambda context: run(context, file, ImportOptions(dry_run, as_json, yes), **more))


@app.command()
def quantities(text: Annotated[str, typer.Argument(help="A sentence of a report.")]) -> None:
    """Print the quantities that a sentence states, as JSON."""
    from bot.commands.quantities import print_quantities

    print_quantities(text)


@app.command("import-roster")
def import_roster(file: File, dry_run: DryRun = False, as_json: Json = False, yes: Yes = False) -> None:
    """Read units and contacts from a sheet: preview, question, one transaction."""
    from bot.commands.imports import import_roster as run

    _import(run, file, dry_run, as_json, yes)


@app.command("import-tasks")
def import_tasks(
    file: File,
    today: Annotated[str | None, typer.Option(help="Date for deadlines without a year (YYYY-MM-DD).")] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    yes: Yes = False,
) -> None:
    """Read the breakdown of tasks from a sheet or a Word table: preview, question, one transaction."""
    from bot.commands.imports import import_tasks as run

    _import(run, file, dry_run, as_json, yes, today=today)


@app.command("import-calendar")
def import_calendar(file: File, dry_run: DryRun = False, as_json: Json = False, yes: Yes = False) -> None:
    """Read days that are worked or not, whatever the published calendar says, from a sheet."""
    from bot.commands.imports import import_calendar as run

    _import(run, file, dry_run, as_json, yes)


@app.command("import-categories")
def import_categories(file: File, dry_run: DryRun = False, as_json: Json = False, yes: Yes = False) -> None:
    """Read the categories of cases from a sheet; those that it leaves out are no longer in use."""
    from bot.commands.case_imports import import_categories as run

    _import(run, file, dry_run, as_json, yes)


@app.command("import-points")
def import_points(file: File, dry_run: DryRun = False, as_json: Json = False, yes: Yes = False) -> None:
    """Read the known places from a sheet; those that it leaves out are no longer in use."""
    from bot.commands.case_imports import import_points as run

    _import(run, file, dry_run, as_json, yes)


@app.command("import-log")
def import_log(file: File, dry_run: DryRun = False, as_json: Json = False, yes: Yes = False) -> None:
    """Read entries of the activity log from a sheet: meetings, documents, events, teams, funds, media."""
    from bot.commands.imports import import_activities as run

    _import(run, file, dry_run, as_json, yes)


@app.command("import-ladder")
def import_ladder(file: File, dry_run: DryRun = False, as_json: Json = False, yes: Yes = False) -> None:
    """Read the policy of nags (who hears when) from a sheet, as /ladder exports it: a new version."""
    from bot.commands.case_imports import import_ladder as run

    _import(run, file, dry_run, as_json, yes)


@app.command("import-sections")
def import_sections(file: File, dry_run: DryRun = False, as_json: Json = False, yes: Yes = False) -> None:
    """Read which section of the office sees to what from a sheet, as /sections exports it."""
    from bot.commands.case_imports import import_sections as run

    _import(run, file, dry_run, as_json, yes)


@app.command()
def invite(
    name: Annotated[list[str] | None, typer.Option(help="Only this contact; may be repeated.")] = None,
    again: Annotated[
        list[str] | None,
        typer.Option(help="This contact even if enrolled, to change the account; may be repeated."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the links to this .xlsx file.")] = None,
    as_json: Json = False,
    yes: Yes = False,
) -> None:
    """Make one-time links for contacts that are not enrolled yet."""
    from bot.commands import invitations
    from bot.commands.command_context import execute

    execute(
        lambda context: invitations.invite(
            context, name or [], out, again=again or [], as_json=as_json, yes=yes
        )
    )


@app.command()
def dead(
    again: Annotated[
        list[int] | None, typer.Option(help="Handle the update of this number again; may be repeated.")
    ] = None,
    seen: Annotated[
        list[int] | None, typer.Option(help="Note that this one was seen to; may be repeated.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List updates that could not be handled and that nobody has seen to, without their words."""
    from bot.commands import dead_updates
    from bot.commands.command_context import execute

    execute(lambda context: dead_updates.dead(context, again or [], seen or [], as_json=as_json))


@app.command()
def tick(
    at: Annotated[str | None, typer.Option(help="The moment, e.g. 2026-12-18T09:00+08:00.")] = None,
    following: Annotated[
        bool, typer.Option("--next", help="With --dry-run: what goes out next, and when.")
    ] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Do once what is due by the clock, or with --dry-run show who would get what at a moment."""
    from bot.commands import ticking
    from bot.commands.command_context import execute

    when = ticking.TickOptions(at, following=following, dry_run=dry_run, as_json=as_json)
    execute(lambda context: ticking.tick(context, when))


@app.command()
def recount(as_json: Json = False) -> None:
    """Compare the kept sums with the reports, also while the bot runs, and mend them; 1: some differed."""
    from bot.commands import recounting
    from bot.commands.command_context import execute

    execute(lambda context: recounting.recount(context, as_json=as_json))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The new file to write.")], as_json: Json = False
) -> None:
    """Back the database up to a file, also while the bot runs, and try the file out."""
    from bot.commands import backing_up
    from bot.commands.command_context import execute_apart

    execute_apart(lambda terminal: backing_up.backup(terminal, file, as_json=as_json))


@app.command()
def restore(
    file: File,
    last_order: Annotated[
        int | None, typer.Option(min=0, max=MOST, help="This year's last supervision order, e.g. 23.")
    ] = None,
    last_receipt: Annotated[int | None, typer.Option(min=0, max=MOST, help="Today's last receipt.")] = None,
    last_case: Annotated[int | None, typer.Option(min=0, max=MOST, help="Today's last case.")] = None,
    as_json: Json = False,
) -> None:
    """Restore a backup to where there is no database. What was due meanwhile waits for the office."""
    from bot.commands import backing_up
    from bot.commands.command_context import execute_apart

    told = backing_up.ToldNumbers(last_order, last_receipt, last_case)
    execute_apart(lambda terminal: backing_up.restore(terminal, file, told, as_json=as_json))


@app.command()
def move(
    to: Annotated[str, typer.Option(help="The address of the empty database, as in DATABASE_URL.")],
    as_json: Json = False,
) -> None:
    """Copy everything to another, empty database, e.g. from SQLite to PostgreSQL, with the bot stopped."""
    from bot.commands import backing_up
    from bot.commands.command_context import execute

    execute(lambda context: backing_up.move(context, to, as_json=as_json))


@app.command()
def run(
    clock: Annotated[
        str | None, typer.Option(help="A simulated clock's URL; only with a loopback API.")
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Make a new database where one is gone.")] = False,
    menus: Annotated[
        bool, typer.Option("--menus", help="Set all menus of commands anew, not only those that changed.")
    ] = False,
) -> None:
    """Run the bot until it is told to stop."""
    _share_memory()
    with _importing():
        from bot.commands import serving
        from bot.commands.command_context import execute

    serve = partial(serving.serve, clock_url=clock, all_menus=menus)
    execute(serve, new=new, failing=serving.tell_office)


@app.command("work-job", hidden=True)
def work_job(
    job: Annotated[int, typer.Argument()],
    worker: Annotated[int, typer.Argument()],
    now: Annotated[str, typer.Option()],
) -> None:
    """What the running bot starts for itself, to read or write a file that somebody sent."""
    from bot.commands import job_worker
    from bot.commands.command_context import execute

    execute(lambda context: job_worker.work_job(context, job, worker, now))


@app.command("draw-pictures", hidden=True)
def draw_pictures(length: int) -> None:
    """Draw pictures, of which so many bytes on stdin tell; the program runs this for itself."""
    from bot.commands.picture_worker import draw_pictures as work

    raise typer.Exit(work(length))


@app.command("make-paper", hidden=True)
def make_paper(length: Annotated[int, typer.Argument(min=0)]) -> None:
    """What the running bot starts for itself, to make a sheet or a Word file that somebody asked for."""
    from bot.commands.paper_worker import make_paper as make

    raise typer.Exit(make(length))


@app.command("fill-template", hidden=True)
def fill_template(length: Annotated[int, typer.Argument(min=0)]) -> None:
    """What a worker starts for itself, to put words into a template of work reports."""
    from bot.commands.template_worker import fill_template as fill

    raise typer.Exit(fill(length))


@app.command("work-report")
def work_report(
    first: Annotated[str | None, typer.Option("--from", help="The first day, as 2026-12-01.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last day; today if it is left out.")] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="The Word file to write.")] = None,
    template: Annotated[Path | None, typer.Option(help="A template instead of the one that holds.")] = None,
    template_out: Annotated[
        Path | None, typer.Option(help="Write the template that holds to this file, and nothing else.")
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Make a PDF beside it, where LibreOffice is.")] = False,
    sources: Annotated[
        bool, typer.Option("--sources", help="Write beside it a sheet of all that its numbers are made of.")
    ] = False,
) -> None:
    """Write the work report (工作情况汇报) of the district as a Word file."""
    from bot.commands.command_context import execute
    from bot.commands.work_report import ReportOptions
    from bot.commands.work_report import work_report as run

    options = ReportOptions(first, last, out, template, template_out, pdf, sources)
    execute(lambda context: run(context, options))


@app.command()
def ledger(
    out: Annotated[Path, typer.Option("-o", "--out", help="The workbook to write.")],
    first: Annotated[str | None, typer.Option("--from", help="The first day of what has days.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last day of what has days.")] = None,
) -> None:
    """Write the ledger (台账): tasks, reports, quantities, cases, orders, nags, people, log, a sheet each."""
    from bot.commands.command_context import execute
    from bot.commands.ledger import ledger as run

    execute(lambda context: run(context, out, first, last))


@app.command()
def demo(
    tour: Annotated[
        bool | None,
        typer.Option(
            "--tour/--page", help="Play one campaign day and end, or open the page, terminal or not."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the tour's transcript goes.")] = Path("out"),
    keep: Annotated[Path | None, typer.Option(help="Keep the page's data in this folder.")] = None,
    port: Annotated[
        int, typer.Option(min=1, max=65_000, help="The page's port; a busy one picks the next.")
    ] = 8765,
    browser: Annotated[
        bool | None, typer.Option(help="Open the page in a browser; by default where there is one.")
    ] = None,
) -> None:
    """Open a page on which one person plays the whole district; without a terminal, play one day."""
    from bot.settings import SettingsError, load_settings
    from demo import start

    try:
        # A .env names a real installation's database, so nothing of it counts here.
        settings = load_settings(dotenv=False)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from None
    chosen = start.DemoSettings(settings.locale, settings.database_url.get_secret_value())
    plays = not (sys.stdin.isatty() and sys.stdout.isatty()) if tour is None else tour
    if plays:
        raise typer.Exit(start.demonstrate(chosen, out))
    raise typer.Exit(start.open_page(chosen, start.PageChoice(keep, port, browser)))


def main() -> None:
    # The output is Chinese, whatever the terminal's locale says.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    app()


if __name__ == "__main__":
    main()
