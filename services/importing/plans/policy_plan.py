"""From the lines of a policy's sheet to a plan, and from the plan to a new version of the policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from locales import Text
from models.db import Session
from models.nags import policies
from rules.nags.policy import KINDS, Policy, Rung
from services.importing.plans.remarks import Remark, change_text
from services.importing.rows.policy_rows import ParsedPolicy
from services.importing.rows.sheet_lines import RefusedLine
from services.nags import policies as in_force

Status = Literal["new", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class PolicyPlan:
    """What importing a sheet would do: ``policy`` replaces ``current``.

    A refused line holds everything back, since the ladder may make no sense without it.
    """

    policy: Policy
    current: Policy
    refused: Sequence[RefusedLine]
    notices: Sequence[Text]

    @property
    def changes(self) -> list[Remark]:
        """The rungs that come and go, and the settings that change."""
        there = {*self.current.rungs}
        come = [rung for rung in self.policy.rungs if rung not in there]
        found = [_rung_remark("importing.change.rung_gone", rung) for rung in self.removed]
        found += [_rung_remark("importing.change.rung_new", rung) for rung in come]
        if self.policy.budget != self.current.budget:
            old, new = str(self.current.budget), str(self.policy.budget)
            found.append(Remark(None, "", [change_text(Text("importing.change.budget"), old, new)]))
        if self.policy.release != self.current.release:
            modes = (Text(f"ladder.release.{one.release.value}") for one in (self.current, self.policy))
            found.append(Remark(None, "", [change_text(Text("importing.change.release"), *modes)]))
        return found

    @property
    def added(self) -> list[Remark]:
        """New rungs stand among the changes."""
        return []

    @property
    def warned(self) -> list[Remark]:
        return []

    @property
    def absent(self) -> list[Remark]:
        return []

    @property
    def removed(self) -> list[Rung]:
        return [rung for rung in self.current.rungs if rung not in self.policy.rungs]

    @property
    def changes_anything(self) -> bool:
        return bool(self.count("new") or self.count("changed"))

    def count(self, status: Status) -> int:
        """How many lines have that status. ``changed`` counts removed rungs, the budget and the release."""
        there = {*self.current.rungs}
        match status:
            case "new":
                return sum(rung not in there for rung in self.policy.rungs)
            case "unchanged":
                return sum(rung in there for rung in self.policy.rungs)
        beside = (self.policy.budget != self.current.budget) + (self.policy.release != self.current.release)
        return len(self.removed) + beside

    def to_json(self, locale: str) -> dict[str, object]:
        return {
            "rungs": [rung.to_json() for rung in self.policy.rungs],
            "removed": [rung.to_json() for rung in self.removed],
            "budget": self.policy.budget,
            "release": self.policy.release.value,
            "replaces": self.current.version,
            "refused": [one.to_json(locale) for one in self.refused],
        }


def _rung_remark(key: str, rung: Rung) -> Remark:
    return Remark(None, "", [Text(key, kind=Text(KINDS[rung.kind].title), rung=in_force.rung_line(rung))])


async def plan_policy(session: Session, parsed: ParsedPolicy) -> PolicyPlan:
    """Compare the lines with the policy in force. Kinds that the sheet does not mention stay."""
    current = (await policies.current(session)).whole
    refused = [*parsed.refused, *parsed.misset]
    notices = list(parsed.notices)
    if refused:
        notices.append(Text("importing.notice.policy_as_a_whole"))
        return PolicyPlan(current, current, refused, notices)
    rungs = {
        kind: [one.rung for one in parsed.rows if one.rung.kind == kind]
        if kind in parsed.kinds
        else current.of(kind)
        for kind in KINDS
    }
    left = [Text(known.title) for kind, known in KINDS.items() if kind not in parsed.kinds]
    if left:
        notices.append(Text("importing.notice.kinds_stay", kinds=left))
    if parsed.budget is None or parsed.release is None:
        notices.append(Text("importing.notice.settings_stay"))
    policy = replace(
        current,
        rungs=tuple(rung for kind in KINDS for rung in rungs[kind]),
        budget=parsed.budget or current.budget,
        release=parsed.release or current.release,
    )
    return PolicyPlan(policy, current, refused, notices)


async def apply_policy(
    session: Session, plan: PolicyPlan, *, now: datetime, actor_id: int | None = None
) -> None:
    """Put the policy in force in the caller's transaction; ``DomainError`` if another version is by now."""
    seen = plan.current.version
    await in_force.put_in_force(session, plan.policy, seen=seen, actor_id=actor_id, now=now)
