"""What the side of the page shows: the walk, the clock, the faults and the program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from demo.page import faults
from demo.page.district import District
from demo.page.program import ProgramState
from demo.page.walk import Walk, WalkStep, steps
from demo.page.words import ZONE, PageWords
from demo.sample import data


@dataclass(frozen=True, slots=True)
class SideViews:
    """Makes the values of the side's templates."""

    district: District
    walk: Walk
    words: PageWords

    def walk_values(self) -> dict[str, Any]:
        """Every step that is open has its hint; the first of them is shown open."""
        ready = self.district.preparing is None and bool(self.district.group)
        return {
            "steps": steps(),
            "done": self.walk.done,
            "next": self.walk.next_step() if ready else "",
            "ready": ready,
            "six": self._six_today(),
            "on": self.district.program.is_on,
            "chats": {step.name: self._step_chats(step) for step in steps()} if ready else {},
        }

    def _six_today(self) -> str:
        """The hour of today's tally, as the field of the clock takes it; "": it is over."""
        now = self.district.clock.now.astimezone(ZONE)
        six = now.replace(hour=18, minute=0, second=0, microsecond=0)
        return f"{six:%Y-%m-%dT%H:%M}" if now < six else ""

    def _step_chats(self, step: WalkStep) -> list[tuple[int, str]]:
        if not step.names:
            return [(self.district.group, data.day().group)]
        return [(self.district.resident(name).id, name) for name in step.names]

    def clock_values(self) -> dict[str, Any]:
        clock, words = self.district.clock, self.words
        at = clock.coming.at if clock.coming is not None else None
        return {
            "day": words.day(clock.now),
            "hour": words.hour(clock.now),
            "local": f"{clock.now.astimezone(ZONE):%Y-%m-%dT%H:%M}",
            "moving": clock.moving,
            "coming": clock.coming,
            "coming_at": f"{words.day(at)} {words.hour(at)}" if at else "",
            "on": self.district.program.is_on,
            "sent": [(words.hour(when), message) for when, message in clock.sent],
        }

    def fault_values(self) -> dict[str, Any]:
        program = self.district.program
        return {
            "state": program.state,
            "on": program.is_on,
            "lines": program.last_lines() if program.state is ProgramState.ENDED else [],
            "names": list(faults.FAULTS),
            "ordered": faults.ordered(self.district.world),
            "struck": self._struck(),
        }

    def _struck(self) -> tuple[str, int, str] | None:
        """The fault that struck last, the chat whose message it struck, and that chat's name."""
        found = faults.struck(self.district.world)
        chat = self.district.world.chats.get(found[1]) if found else None
        if found is None or chat is None:
            return None
        resident = self.district.residents.get(chat.id)
        return found[0], chat.id, resident.name if resident else chat.title or ""
