"""A list of pieces of HTML on the screen, each under a key: only what has changed is sent to the browser."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui


class KeyedList:
    """Pieces in a container, each an element of its own."""

    def __init__(self, container: ui.element) -> None:
        self._container = container
        self._shown: dict[str, ui.html] = {}

    def update(self, pieces: Sequence[tuple[str, str]]) -> None:
        """Show exactly these pieces (key, HTML) in this order. The HTML must be safe."""
        wanted = dict(pieces)
        for key in [key for key in self._shown if key not in wanted]:
            self._shown.pop(key).delete()
        for place, (key, html) in enumerate(wanted.items()):
            piece = self._shown.get(key)
            if piece is None:
                self._shown[key] = self._made(html, place)
            elif piece.content != html:
                piece.set_content(html)
        order = {key: place for place, key in enumerate(wanted)}
        if list(self._shown) != list(wanted):
            self._shown = dict(sorted(self._shown.items(), key=lambda one: order[one[0]]))
            for place, piece in enumerate(self._shown.values()):
                piece.move(self._container, place)

    def _made(self, html: str, place: int) -> ui.html:
        with self._container:
            made = ui.html(html, sanitize=False)
        if place < len(self._shown):
            made.move(self._container, place)
        return made
