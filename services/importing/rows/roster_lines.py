"""One line of a roster sheet: what it says about a unit and a person, and why it may be refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from locales import Text
from rules.people.roles import ROLE_WORDS, TIER_WORDS, Role, Tier
from rules.people.typed_names import normalise, split_units
from services.directory_names import tier_text
from services.importing.reading.cells import MAX_CELL_CHARS, GridRow, line_of, text_of
from services.importing.reading.headers import Header, HeaderWords
from services.importing.rows.interpretations import Interpretations, Meaning
from services.importing.rows.line_refs import LineRef
from services.importing.rows.personal_names import without_phones
from services.importing.rows.questions import Ask


class RosterColumn(StrEnum):
    UNIT = "unit"
    TIER = "tier"
    PARENT = "parent"
    NAME = "name"
    POST = "post"
    ROLE = "role"
    PHONE = "phone"
    SECTION = "section"


R = RosterColumn
ROSTER_HEADER: Final = HeaderWords(
    words={
        R.UNIT: ("单位", "单位名称", "所在单位", "工作单位", "所属单位"),
        R.TIER: ("层级", "单位层级", "单位类别", "级别"),
        R.PARENT: ("上级单位", "上级", "主管单位", "隶属单位"),
        R.NAME: ("姓名", "名字", "人员姓名"),
        R.POST: ("职务", "职位", "岗位"),
        R.ROLE: ("角色", "人员角色", "工作角色"),
        R.PHONE: ("电话", "手机", "联系电话", "手机号", "手机号码", "联系方式", "电话号码"),
        R.SECTION: ("科室", "所在科室", "承办科室"),
    },
    required=(R.UNIT,),
    least=2,
    below={},
)
_TIERS: Final = {
    **TIER_WORDS,
    **dict.fromkeys(("镇街", "镇", "乡镇"), Tier.STREET),
    **dict.fromkeys(("村", "居", "社区"), Tier.VILLAGE),
    **dict.fromkeys(("区直部门", "区直单位", "区直"), Tier.DEPARTMENT),
}
_MAX_CHARS: Final = 100  # of a name or post, as the database takes it
_MAX_PHONE: Final = 40
PERSONAL: Final = (R.NAME, R.POST, R.ROLE, R.PHONE, R.SECTION)
_PHONE: Final = re.compile(r"\+?\d{5,15}(?:转\d{1,6})?")
_OF_CHINA: Final = re.compile(r"^(?:\+86|86(?=\d{10}))")
_MOBILE: Final = re.compile(r"1[3-9]")
_MOBILE_DIGITS: Final = 11
_HAN: Final = re.compile(r"[一-鿿]")


@dataclass(slots=True)
class RosterLine:
    """A line that is being checked: what it says, and why it may be refused.

    ``unit`` is the normalised name; it is empty if the line names no usable unit.
    """

    row: int
    said: dict[RosterColumn, str]
    unit: str
    tier: Tier | None
    roles: tuple[Role, ...]
    phone: str
    reasons: list[Text] = field(default_factory=list)
    warnings: list[Text] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)

    def refuse(self, reason: Text, ask: Ask | None) -> None:
        """Refuse the line; ``ask``: the question that would help."""
        self.reasons.append(reason)
        if ask is not None:
            self.asks.append(ask)

    @property
    def ref(self) -> LineRef:
        return LineRef(0, self.row)

    @property
    def has_person(self) -> bool:
        return any(self.said[column] for column in PERSONAL)


def read_line(row: GridRow, header: Header[RosterColumn], meanings: Interpretations) -> RosterLine:
    """What a line says; ``meanings`` takes what is not written so."""
    cells = {column: header.cell(row, column) for column in R}
    said = {column: _tidy(line_of(cell.value)) for column, cell in cells.items()}
    line = RosterLine(row.number, said, "", None, (), "")
    _take_phone_out(line, meanings)
    for column in (column for column, cell in cells.items() if cell.from_above(row.number)):
        meanings.add(line.ref, Meaning.MERGED, column=roster_column_name(column))
    line.reasons += [
        Text(f"importing.reason.{cell.fault.value}", column=roster_column_name(column), limit=MAX_CELL_CHARS)
        for column, cell in cells.items()
        if cell.fault is not None
    ]
    for column in (R.UNIT, R.PARENT, R.NAME, R.POST, R.SECTION):
        if len(said[column]) > _MAX_CHARS:
            reason = Text(
                "importing.reason.name_too_long", column=roster_column_name(column), limit=_MAX_CHARS
            )
            line.reasons.append(reason)
    if len(said[R.UNIT]) <= _MAX_CHARS:
        line.unit = normalise(said[R.UNIT])
    if not said[R.UNIT] and cells[R.UNIT].fault is None:
        line.reasons.append(missing_column(R.UNIT))
    if said[R.TIER]:
        line.tier = _read_tier(said[R.TIER])
        if line.tier is None:
            line.reasons.append(Text("importing.reason.unknown_tier", text=said[R.TIER]))
        elif normalise(said[R.TIER]) not in TIER_WORDS:
            meanings.add(line.ref, Meaning.TIER, said=said[R.TIER], tier=tier_text(line.tier))
    if line.has_person:
        _read_person(line, text_of(cells[R.ROLE].value))
    return line


def _take_phone_out(line: RosterLine, meanings: Interpretations) -> None:
    """A number in the name goes to the column of numbers; if that has another one, the office hears."""
    name, phones = without_phones(line.said[R.NAME])
    if not phones:
        return
    line.said[R.NAME] = name
    stated = line.said[R.PHONE] = line.said[R.PHONE] or "、".join(phones)
    meanings.add(line.ref, Meaning.PHONE, column=roster_column_name(R.NAME))
    known = phone_numbers(stated)
    if other := [number for number in phones if _bare_number(number) not in known]:
        line.warnings.append(Text("importing.warning.other_phone", named=other, stated=stated))


def _read_person(line: RosterLine, roles: str) -> None:
    if not line.said[R.NAME]:
        line.reasons.append(missing_column(R.NAME))
    words = split_units(roles)
    if not words:
        line.reasons.append(missing_column(R.ROLE))
    unknown = [word for word in words if word not in ROLE_WORDS]
    line.reasons += [Text("importing.reason.unknown_role", text=word) for word in unknown]
    line.roles = tuple(dict.fromkeys(ROLE_WORDS[word] for word in words if word in ROLE_WORDS))
    line.phone = _read_phone(line.said[R.PHONE])
    if line.said[R.PHONE] and not line.phone:
        line.warnings.append(Text("importing.warning.bad_phone", text=line.said[R.PHONE]))


def _tidy(text: str) -> str:
    """Join names that were spaced out to look even (王 伟); Latin names keep their spaces."""
    return text.replace(" ", "") if _HAN.search(text) else text


def _read_tier(text: str) -> Tier | None:
    word = normalise(text).replace("(", "").replace(")", "").replace("/", "")
    return _TIERS.get(word) or _TIERS.get(word.removesuffix("级"))


def _read_phone(text: str) -> str:
    """Numbers without spaces and hyphens, separated by 、; empty if one of them is not a number."""
    numbers = [_without_marks(part) for part in split_units(text)]
    phone = "、".join(numbers)
    return phone if all(map(_is_phone, numbers)) and len(phone) <= _MAX_PHONE else ""


def _is_phone(number: str) -> bool:
    """Whether it is a number that can be called; one that begins as a mobile number has 11 digits."""
    if _PHONE.fullmatch(number) is None:
        return False
    bare = _bare_number(number)
    return _MOBILE.match(bare) is None or len(bare.partition("转")[0]) == _MOBILE_DIGITS


def phone_numbers(phone: str) -> list[str]:
    """The numbers of a person as they are compared: without marks and the country's code."""
    return [_bare_number(number) for number in split_units(phone)]


def _without_marks(number: str) -> str:
    return re.sub(r"[-—–()]", "", number)


def _bare_number(number: str) -> str:
    """A number without the code of the country."""
    return _OF_CHINA.sub("", _without_marks(number))


def roster_column_name(column: RosterColumn) -> Text:
    return Text(f"importing.column.{column.value}")


def missing_column(column: RosterColumn) -> Text:
    return Text("importing.reason.missing", column=roster_column_name(column))
