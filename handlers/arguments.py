"""The arguments of buttons and questions: JSON as a row keeps it, read in the types that a function takes.

``services.views`` writes them. A dataclass takes the arguments named as its fields.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Final, Literal, TypeGuard, TypeVar, Union, get_args, get_origin, get_type_hints

Arguments = Mapping[str, object]
# The type and the default of each argument; ``MISSING``: it has none.
Takes = Mapping[str, tuple[object, object]]
V = TypeVar("V")
_LISTS: Final = frozenset({list, tuple, Collection, Sequence})
_UNIONS: Final = frozenset({Union, UnionType})
_PLAIN: Final = frozenset({int, str, bool})


class ArgumentsError(Exception):
    """The arguments are not those that the function takes."""


def _is_made(wanted: object) -> TypeGuard[type]:
    """Whether the type is a dataclass, made of several arguments."""
    return is_dataclass(wanted) and isinstance(wanted, type)


@cache
def _fields_of(made: type) -> Takes:
    """What a dataclass is made of."""
    hints = get_type_hints(made)
    return {field.name: (hints[field.name], field.default) for field in fields(made)}


def _names(takes: Takes) -> set[str]:
    """All names that an argument may have."""
    return set(takes).union(*(_fields_of(wanted) for wanted, _ in takes.values() if _is_made(wanted)))


def is_readable(wanted: object) -> bool:
    """Whether ``_read`` can make the type: a plain one, None or another plain one beside it, or one of such.

    The types of which others are made are lists, tuples and dataclasses.
    """
    origin, parts = get_origin(wanted), [part for part in get_args(wanted) if part is not NoneType]
    if origin is Literal:
        return True
    if origin in _UNIONS:
        return _PLAIN.issuperset(parts) or (len(parts) == 1 and is_readable(parts[0]))
    if origin is not None:
        return origin in _LISTS and all(part is Ellipsis or is_readable(part) for part in parts)
    if _is_made(wanted):
        return all(is_readable(field) for field, _ in _fields_of(wanted).values())
    return wanted in {*_PLAIN, date, datetime} or (inspect.isclass(wanted) and issubclass(wanted, Enum))


def read_arguments(takes: Takes, arguments: Arguments, beside: Collection[str] = ()) -> dict[str, object]:
    """The arguments that are taken. ``beside``: the names of others that may be among them."""
    if unknown := set(arguments) - _names(takes) - set(beside):
        raise ArgumentsError(f"unknown: {', '.join(sorted(unknown))}")
    found: dict[str, object] = {}
    for name, (wanted, default) in takes.items():
        if name in arguments:
            found[name] = _read(name, arguments[name], wanted)
        elif _is_made(wanted):
            made = _fields_of(wanted)
            given = {one: value for one, value in arguments.items() if one in made}
            found[name] = wanted(**read_arguments(made, given))
        elif default is MISSING:
            raise ArgumentsError(f"missing: {name}")
    return found


def _read(name: str, value: object, wanted: object) -> object:
    """The value, as JSON has it, in the type that is wanted."""
    origin, parts = get_origin(wanted), get_args(wanted)
    if origin is Literal and value in parts:
        return value
    if origin in _UNIONS:
        return _read_one_of(name, value, parts)
    if origin in _LISTS:
        return _read_list(name, value, origin, parts)
    if _is_made(wanted) and isinstance(value, Mapping):
        return wanted(**read_arguments(_fields_of(wanted), value))
    if inspect.isclass(wanted) and issubclass(wanted, Enum):
        return _made(name, wanted, value)
    if wanted in {date, datetime} and isinstance(value, str):
        return _made(name, (datetime if wanted is datetime else date).fromisoformat, value)
    # In Python, True is a number as well.
    plain = isinstance(wanted, type) and wanted in _PLAIN and isinstance(value, wanted)
    if not plain or (wanted is int and isinstance(value, bool)):
        raise ArgumentsError(f"{name}: {type(value).__name__} is no {wanted}")
    return value


def _read_one_of(name: str, value: object, parts: Sequence[object]) -> object:
    if value is None and NoneType in parts:
        return None
    *others, last = (part for part in parts if part is not NoneType)
    for part in others:
        with suppress(ArgumentsError):
            return _read(name, value, part)
    return _read(name, value, last)


def _read_list(name: str, value: object, origin: object, parts: Sequence[object]) -> Sequence[object]:
    """The list, or the tuple, with each part in its type."""
    if not isinstance(value, list):
        raise ArgumentsError(f"{name}: {type(value).__name__} is no list")
    if origin is not tuple or parts[-1] is Ellipsis:
        parts = [parts[0]] * len(value)
    if len(value) != len(parts):
        raise ArgumentsError(f"{name}: {len(value)} parts, not {len(parts)}")
    found = [_read(name, one, part) for one, part in zip(value, parts, strict=True)]
    return tuple(found) if origin is tuple else found


def _made(name: str, make: Callable[[V], object], value: V) -> object:
    try:
        return make(value)
    except (TypeError, ValueError) as error:
        raise ArgumentsError(f"{name}: {type(error).__name__}") from None
