"""Texts that fit: lengths as Telegram counts them (UTF-16 units), messages in parts, clipped labels."""

from __future__ import annotations

import html as html_entities
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

MESSAGE_LIMIT: Final = 4096
CAPTION_LIMIT: Final = 1024
CALLBACK_ANSWER_LIMIT: Final = 200
_ELLIPSIS: Final = "…"

# Telegram knows just these four named entities; any other is shown as it is written.
_TOKEN: Final = re.compile(
    r"""(?P<tag><(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]*)(?:[^<>"']|"[^"<]*"|'[^'<]*')*>)"""
    r"""|(?P<entity>&(?:lt|gt|amp|quot|\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6});)"""
    r"""|(?P<char>.)""",
    re.DOTALL,
)
_ENDERS: Final = frozenset("。！？；…")
_ENDERS_BEFORE_SPACE: Final = frozenset(".!?;")
_CLOSERS: Final = frozenset("”’」』）】》)\"'")
_REPLACEMENT: Final = "\ufffd"
_JOINER: Final = "\u200d"
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)


class _Tag(NamedTuple):
    """One opened tag; ``at`` keeps two neighbours of the same kind apart."""

    name: str
    raw: str
    at: int


@dataclass(frozen=True, slots=True)
class _Atom:
    """The smallest piece, which is never cut: a character or an entity, with the tags open around it."""

    raw: str
    text: str
    width: int
    tags: tuple[_Tag, ...]

    @property
    def blank(self) -> bool:
        return self.text.isspace()


def utf16_len(text: str) -> int:
    """Length in UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clip_plain(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` UTF-16 units (≥ 1, else ``ValueError``), with … where it was cut."""
    if limit < 1:
        raise ValueError(f"limit must be 1 or more, not {limit}")
    if utf16_len(text) <= limit:
        return text
    end = used = 0
    for char in text:
        used += utf16_len(char)
        if used > limit - 1:
            break
        end += 1
    while end and not _is_whole(text[end - 1], text[end]):
        end -= 1
    return text[:end].rstrip() + _ELLIPSIS


def split_html(html: str, limit: int = MESSAGE_LIMIT) -> list[str]:
    """Telegram HTML in parts of at most ``limit`` visible UTF-16 units (≥ 2, else ``ValueError``).

    Cuts at paragraphs, else lines, sentences, spaces, characters; tags that are open at a cut are closed
    and opened again. Only whitespace at the cuts is dropped. A text that fits comes back unchanged; one
    with nothing to see gives no part at all, since Telegram refuses an empty message.
    """
    if limit < 2:
        raise ValueError(f"limit must be 2 or more, not {limit}")
    if all(atom.blank for atom in _atoms(html)):
        return []
    # Tags and entities are seen as less than they are, so most texts are known to fit without a look at each.
    if utf16_len(html) <= limit:
        return [html]
    atoms = list(_atoms(html))
    if sum(atom.width for atom in atoms) <= limit:
        return [html]
    return [_render(part) for part in _parts(atoms, limit) if not all(atom.blank for atom in part)]


def _atoms(html: str) -> Iterator[_Atom]:
    stack: tuple[_Tag, ...] = ()
    for token in _TOKEN.finditer(html):
        raw = token[0]
        if token["tag"]:
            name = token["name"].lower()
            stack = _closed(stack, name) if token["close"] else (*stack, _Tag(name, raw, token.start()))
        else:
            # A reference to a control character is unescaped to nothing.
            text = (html_entities.unescape(raw) or _REPLACEMENT) if token["entity"] else raw
            yield _Atom(raw, text, utf16_len(text), stack)


def _closed(stack: tuple[_Tag, ...], name: str) -> tuple[_Tag, ...]:
    """The stack without its innermost ``name`` and all inside it; a stray closing tag changes nothing."""
    for depth in reversed(range(len(stack))):
        if stack[depth].name == name:
            return stack[:depth]
    return stack


def _parts(atoms: Sequence[_Atom], limit: int) -> Iterator[Sequence[_Atom]]:
    start = 0
    while start < len(atoms):
        end = _fitting(atoms, start, limit)
        if end == len(atoms):
            yield atoms[start:]
            return
        cut = _best_cut(atoms, start, end)
        yield _stripped(atoms, start, cut)
        start = _after_blanks(atoms, cut)


def _fitting(atoms: Sequence[_Atom], start: int, limit: int) -> int:
    """The end of the longest run from ``start`` that fits; no atom has more than two units."""
    used = 0
    for index in range(start, len(atoms)):
        used += atoms[index].width
        if used > limit:
            return index
    return len(atoms)


def _best_cut(atoms: Sequence[_Atom], start: int, end: int) -> int:
    """The last cut of the best kind in the window.

    It is not in the window's first quarter, so that no heading stands alone.
    """
    best, best_rank = end, 0
    for cut in range(end, start + max(1, (end - start) // 4) - 1, -1):
        rank = _rank(atoms, cut)
        if rank > best_rank:
            best, best_rank = cut, rank
    return best


def _rank(atoms: Sequence[_Atom], cut: int) -> int:
    """How good a cut before the atom ``cut`` is: 5 paragraph, 4 line, 3 sentence, 2 space, 1 character."""
    before, here = atoms[cut - 1].text, atoms[cut].text
    if not _is_whole(before, here):
        return 0
    if here == "\n":
        return 5 if cut + 1 < len(atoms) and atoms[cut + 1].text == "\n" else 4
    if _ends_sentence(atoms, cut):
        return 3
    return 2 if here.isspace() else 1


def _ends_sentence(atoms: Sequence[_Atom], cut: int) -> bool:
    here = atoms[cut].text
    if here in _ENDERS or here in _CLOSERS:
        return False
    last = cut - 1
    while last > 0 and atoms[last].text in _CLOSERS:
        last -= 1
    ender = atoms[last].text
    return ender in _ENDERS or (ender in _ENDERS_BEFORE_SPACE and here.isspace())


def _is_whole(before: str, here: str) -> bool:
    """False if ``here`` belongs to the character before it: accents, joined emoji. Flags may be cut."""
    continues = unicodedata.category(here[0]) in {"Mn", "Me", "Mc", "Cf"} or ord(here[0]) in _SKIN_TONES
    return not continues and before[-1] != _JOINER


def _stripped(atoms: Sequence[_Atom], start: int, end: int) -> Sequence[_Atom]:
    while end > start and atoms[end - 1].blank:
        end -= 1
    return atoms[start:end]


def _after_blanks(atoms: Sequence[_Atom], cut: int) -> int:
    """Where the next part begins: after the blanks at the cut, but with the indentation of its first line."""
    end = cut
    while end < len(atoms) and atoms[end].blank:
        end += 1
    newlines = [index for index in range(cut, end) if atoms[index].text == "\n"]
    return newlines[-1] + 1 if newlines else end


def _render(atoms: Iterable[_Atom]) -> str:
    pieces: list[str] = []
    stack: tuple[_Tag, ...] = ()
    for atom in atoms:
        if atom.tags is not stack:
            pieces.append(_retagged(stack, atom.tags))
            stack = atom.tags
        pieces.append(atom.raw)
    pieces.append(_retagged(stack, ()))
    return "".join(pieces)


def _retagged(old: tuple[_Tag, ...], new: tuple[_Tag, ...]) -> str:
    """The markup that leads from the open tags ``old`` to ``new``."""
    common = 0
    while common < min(len(old), len(new)) and old[common] == new[common]:
        common += 1
    closing = "".join(f"</{tag.name}>" for tag in reversed(old[common:]))
    return closing + "".join(tag.raw for tag in new[common:])
