"""The client's calls for the clock, faults, limits and raw updates."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sandbox.client.connection import Connection
from sandbox.shapes import Json

Mode = Literal["error", "drop_before", "drop_after", "hang", "hang_after", "delay", "garbage"]


class RulesClient(Connection):
    """Changes what happens to the bot's calls, and what time it is."""

    async def now(self) -> datetime:
        """The sandbox's clock, in UTC."""
        return datetime.fromisoformat((await self.act("clock"))["now"])

    async def set_clock(self, moment: datetime, *, force: bool = False) -> datetime:
        """Stop the clock at `moment`, which needs an offset; to go back needs `force`."""
        answer = await self.act("set_clock", now=moment.isoformat(), force=force)
        return datetime.fromisoformat(answer["now"])

    async def advance_clock(self, seconds: float) -> datetime:
        return datetime.fromisoformat((await self.act("advance_clock", seconds=seconds))["now"])

    async def fail(
        self,
        method: str,
        count: int | None = 1,
        *,
        chat: int | None = None,
        status: int = 500,
        description: str | None = None,
        parameters: Json | None = None,
        mode: Mode = "error",
        seconds: float | None = None,
    ) -> None:
        """Order a fault for the next `count` calls (None: until cleared); see `sandbox.faults.Fault`."""
        more = {"description": description, "parameters": parameters, "seconds": seconds, "chat": chat}
        # `count` None must reach the server: without a count, the server takes one call.
        await self.act(
            "fail", method=method, count=-1 if count is None else count, status=status, mode=mode, **more
        )

    async def clear_faults(self) -> None:
        """Forget all faults and release the calls that hang."""
        await self.act("clear_faults")

    async def set_limits(self, **settings: Any) -> Json:
        """enabled, per_second, per_chat_second, chat_burst, per_group_minute, edits → settings and counts."""
        answer: Json = await self.act("set_limits", **settings)
        return answer

    async def limits(self) -> Json:
        answer: Json = await self.act("limits")
        return answer

    async def set_max_upload(self, size: int) -> None:
        await self.act("set_max_upload", size=size)

    async def set_date(self, ahead: float) -> None:
        """Let answers carry a `Date` so many seconds ahead of the real time."""
        await self.act("set_date", ahead=ahead)

    async def push_raw_update(self, update: Json) -> int:
        """Queue an update as it is, even malformed, and return its id."""
        return int((await self.act("push_raw_update", update=update))["update_id"])

    async def set_next_update_id(self, update_id: int) -> None:
        await self.act("set_next_update_id", update_id=update_id)
