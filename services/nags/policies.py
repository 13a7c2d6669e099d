"""The policy of the ladder, for the office: shown, exported, changed. Each change makes a new version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from locales import Text
from models import ticks
from models.db import Session
from models.nags import policies
from models.nags.policies import LadderPolicy
from reports.formats import moment_text
from reports.papers import Workbook
from reports.sheet_tables import SheetTable
from rules.nags.policy import DEFAULT, KINDS, DutyKind, Policy, ReleaseMode, Rung, RungMeasure
from rules.nags.policy_columns import BUDGET_WORDS, POLICY_WORDS, RELEASE_WORDS, SETTING_WORDS
from rules.nags.policy_columns import PolicyColumn as P
from rules.nags.policy_columns import SettingColumn as S
from rules.nags.policy_words import RELEASES, every_words, hears_words, when_words
from services import audit, exports, rescan
from services.access import Actor, require_office
from services.campaign import Campaign
from services.errors import DomainError
from services.turn import Turn
from services.views import ButtonSpec, FileSpec, View, button

_WIDTHS: Final = {P.KIND: 14.0, P.WHEN: 22.0, P.TIME: 10.0, P.EVERY: 16.0, P.HEARS: 44.0, P.INSPECTION: 10.0}
_YES: Final = "是"
_SINCE: Final[Mapping[str, str]] = {
    DutyKind.EXTENSION: "asked",
    DutyKind.BELOW_ASKED: "asked",
    DutyKind.BELOW_DONE: "done",
}
"""What the time of a kind without a limit of its own is counted from."""


# -- the policy in force -------------------------------------------------------------------------------


async def show_policy(turn: Turn) -> View:
    """``/ladder``: who hears when, in short lines, with buttons for the sheet and the switches."""
    require_office(turn.actor)
    row = await policies.newest(turn.session)
    policy = DEFAULT if row is None else row.policy
    lines = [await _title(turn.session, row, turn.campaign)]
    for kind, known in KINDS.items():
        lines.append(Text("ladder.heading", kind=Text(known.title)))
        lines += [rung_line(rung) for rung in policy.of(kind)]
        lines += [Text("ladder.short_windows")] if kind == DutyKind.REPORT and policy.of(kind) else []
    lines.append(Text("ladder.deciders"))
    lines.append(Text("ladder.budget", count=policy.budget))
    lines.append(Text(f"ladder.release.{policy.release.value}"))
    lines.append(Text("ladder.how"))
    return View(lines, _rows(turn.actor, policy))


async def _title(session: Session, row: LadderPolicy | None, campaign: Campaign) -> Text:
    if row is None:
        return Text("ladder.default_title")
    by, at = await audit.name_of(session, row.made_by), moment_text(row.made_at, campaign.zone)
    return Text("ladder.title", version=row.version, by=by, at=at)


def rung_line(rung: Rung) -> Text:
    """One rung as a line, such as 限期前3个工作日 → 责任人."""
    more = []
    if rung.every is not None:
        key = "ladder.every_hours" if rung.measure is RungMeasure.WORKING_HOUR else "ladder.every_days"
        more.append(Text(key, n=rung.every))
    if rung.at is not None:
        more.append(Text("common.as_is", text=f"{rung.at:%H:%M}"))
    if rung.inspection:
        more.append(Text("ladder.inspection_only"))
    who = [Text(f"ladder.level.{level.value}") for level in rung.hears]
    if more:
        return Text("ladder.line_more", when=when_text(rung), who=who, more=more)
    return Text("ladder.line", when=when_text(rung), who=who)


def when_text(rung: Rung) -> Text:
    """When a rung speaks.

    For example 限期前3个工作日, 限期当日, 限期后第1个工作日, 限期后4工作时, 时间过80%, 申请后4工作时.
    """
    n = abs(rung.offset)
    if rung.measure is RungMeasure.PERCENT:
        return Text("ladder.when.share", n=n)
    if (since := _SINCE.get(rung.kind)) is not None:
        unit = "hours" if rung.measure is RungMeasure.WORKING_HOUR else "days" if n else "day"
        return Text(f"ladder.when.{unit}_{since}", n=n)
    if rung.measure is RungMeasure.WORKING_HOUR:
        return Text("ladder.when.hours_before" if rung.offset < 0 else "ladder.when.hours_after", n=n)
    if not n:
        return Text("ladder.when.on_the_day")
    return Text("ladder.when.days_before" if rung.offset < 0 else "ladder.when.days_after", n=n)


def _rows(actor: Actor, policy: Policy) -> list[list[ButtonSpec]]:
    other = ReleaseMode.AUTO if policy.release is ReleaseMode.OFFICE else ReleaseMode.OFFICE
    switch = {"seen": policy.version, "release": other}
    rows = [
        [button("ladder.export_button", "ladder.export", actor.id)],
        [button(f"ladder.release_button.{other.value}", "ladder.release", actor.id, **switch)],
    ]
    if not _same(policy, DEFAULT):
        rows.append([button("ladder.reset_button", "ladder.want_reset", actor.id, seen=policy.version)])
    return rows


# -- the sheet -----------------------------------------------------------------------------------------


async def export(session: Session, actor: Actor) -> View:
    """The sheet of the policy in force.

    Its words are Chinese in every language, because the program reads them again when the sheet comes back.
    """
    require_office(actor)
    policy = await policies.current(session)
    title = exports.file_title("催办规则" if not policy.version else f"催办规则-第{policy.version}版")
    file = FileSpec("document", name=f"{title}.xlsx", make=sheet_of(policy))
    return View([Text("ladder.exported")], files=[file])


def sheet_of(policy: Policy) -> Workbook:
    columns = [(POLICY_WORDS[column][0], _WIDTHS[column]) for column in P]
    settings = [(SETTING_WORDS[column][0], 30.0) for column in S]
    rows = [_cells(rung) for kind in KINDS for rung in policy.of(kind)]
    beside: Sequence[Sequence[str | int]] = [
        (BUDGET_WORDS[0], policy.budget),
        (RELEASE_WORDS[0], RELEASES[policy.release][0]),
    ]
    tables = [SheetTable("催办规则", columns, rows), SheetTable("设置", settings, beside)]
    return Workbook(lambda: tables)


def _cells(rung: Rung) -> list[str]:
    said = {
        P.KIND: KINDS[rung.kind].words[0],
        P.WHEN: when_words(rung),
        P.TIME: "" if rung.at is None else f"{rung.at:%H:%M}",
        P.EVERY: every_words(rung),
        P.HEARS: hears_words(rung),
        P.INSPECTION: _YES if rung.inspection else "",
    }
    return [said[column] for column in P]


# -- changes -------------------------------------------------------------------------------------------


async def put_in_force(
    session: Session, policy: Policy, *, seen: int, actor_id: int | None, now: datetime
) -> Policy:
    """Store a new version and have every duty looked at again.

    ``seen``: the version that it replaces; ``DomainError`` if that is no longer in force.
    """
    # The turn puts changes one after another: of two at one moment, the second sees the first.
    await ticks.tick_turn(session, "ladder", now)
    current = await policies.current(session)
    if current.version != seen:
        raise DomainError("ladder.moved_on")
    made = replace(policy, version=current.version + 1)
    session.add(
        LadderPolicy(
            version=made.version,
            rungs=[rung.to_json() for rung in made.rungs],
            budget=made.budget,
            release=made.release,
            made_by=actor_id,
            made_at=now,
        )
    )
    await session.flush()
    before, after = _described(current), _described(made)
    audit.record(
        session, "policy", ("ladder", made.version), now=now, actor_id=actor_id, before=before, after=after
    )
    await rescan.look_again(session, now, seen=True)
    return made


def _described(policy: Policy) -> dict[str, object]:
    """What the audit records of a policy; the version's own row holds the rungs."""
    return {"version": policy.version, "budget": policy.budget, "release": policy.release.value}


async def set_release(turn: Turn, release: ReleaseMode, seen: int) -> View:
    """Switch between 主要领导自动放行 and 逐条放行."""
    require_office(turn.actor)
    policy = replace(await policies.current(turn.session), release=release)
    await put_in_force(turn.session, policy, seen=seen, actor_id=turn.actor.id, now=turn.now)
    return await show_policy(turn)


async def ask_reset(actor: Actor, seen: int) -> View:
    require_office(actor)
    yes = button("ladder.reset_now_button", "ladder.reset", actor.id, seen=seen)
    no = button("people.back_button", "ladder.show", actor.id)
    return View([Text("ladder.ask_reset")], [[yes, no]])


async def reset(turn: Turn, seen: int) -> View:
    """恢复默认: put the default policy in force."""
    require_office(turn.actor)
    await put_in_force(turn.session, DEFAULT, seen=seen, actor_id=turn.actor.id, now=turn.now)
    return await show_policy(turn)


def _same(one: Policy, other: Policy) -> bool:
    return {*one.whole.rungs} == {*other.whole.rungs} and (one.budget, one.release) == (
        other.budget,
        other.release,
    )
