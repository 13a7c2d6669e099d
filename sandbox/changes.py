"""Which chats changed, and when: each change of a chat has a number, and the numbers only grow."""

from __future__ import annotations

from collections.abc import Iterable


class Changes:
    """The last change of every chat. The cost of a question grows with its answer, not with the world."""

    def __init__(self, revision: int = 0, last: Iterable[tuple[int, int]] = ()) -> None:
        self.revision = revision
        self._last = dict(last)  # in the order of the changes, the oldest first

    def note(self, chat_id: int) -> None:
        self.revision += 1
        self._last.pop(chat_id, None)
        self._last[chat_id] = self.revision

    def since(self, revision: int) -> set[int]:
        """The ids of the chats that changed after `revision`."""
        found = set()
        for chat_id, changed in reversed(self._last.items()):
            if changed <= revision:
                break
            found.add(chat_id)
        return found

    def of(self, chat_id: int) -> int:
        """The number of the chat's last change; 0 if there was none."""
        return self._last.get(chat_id, 0)

    def in_order(self) -> list[tuple[int, int]]:
        """(chat id, number of its last change), the oldest first."""
        return list(self._last.items())
