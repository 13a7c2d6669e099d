"""Units, contacts, their roles and their invitations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time
from enum import StrEnum
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime, enum_type, rows_changed
from models.db import Session, rows_by_id
from models.partial_indexes import partial_index
from rules.delivery.notice_rhythm import NoticeRhythm
from rules.people.roles import LEADERS, Role, Tier


class ContactState(StrEnum):
    """Whether the bot can write to a contact. A person who has left stays only in the history."""

    NOT_ENROLLED = "not_enrolled"
    ENROLLED = "enrolled"
    UNREACHABLE = "unreachable"
    LEFT = "left"


LOST: Final = frozenset({ContactState.NOT_ENROLLED, ContactState.UNREACHABLE})
"""States of people to whom the bot cannot write, though they are in the roster."""


class JoinState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"


class Unit(SQLModel, table=True):
    """A unit. ``retired_at``: when it went out of use; its history keeps its name.

    ``vacant_since``: the digest from which on the office knows that nobody there would hear.
    """

    __tablename__ = "unit"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=100, unique=True)
    tier: Tier = Field(sa_type=enum_type(Tier, "tier"))
    parent_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    vacant_since: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Contact(SQLModel, table=True):
    """A person of a unit. ``telegram_user_id`` is also the id of the private chat.

    ``quiet_from`` and ``quiet_until``: their own quiet hours, local times. ``missed_at``: when their unit and
    the office were told that they cannot be reached. ``notices``: how often they, as a member of the office,
    get notices.
    """

    __tablename__ = "contact"
    __table_args__ = (sa.UniqueConstraint("unit_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    name: str = Field(max_length=100)
    post: str | None = Field(default=None, max_length=100)
    section: str | None = Field(default=None, max_length=100)
    phone: str | None = Field(default=None, max_length=40)
    locale: str | None = Field(default=None, max_length=8)
    telegram_user_id: int | None = Field(default=None, sa_type=sa.BigInteger, unique=True)
    state: ContactState = Field(
        default=ContactState.NOT_ENROLLED, sa_type=enum_type(ContactState, "contact_state")
    )
    enrolled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    quiet_from: time | None = None
    quiet_until: time | None = None
    missed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    notices: NoticeRhythm = Field(
        default=NoticeRhythm.AT_ONCE,
        sa_type=enum_type(NoticeRhythm, "notice_rhythm"),
        sa_column_kwargs={"server_default": NoticeRhythm.AT_ONCE.value},
    )

    @property
    def reachable(self) -> bool:
        return self.state is ContactState.ENROLLED and self.telegram_user_id is not None


class ContactRole(SQLModel, table=True):
    """A role of a person, who may hold several, e.g. 分管领导 and 责任人."""

    __tablename__ = "contact_role"

    contact_id: int = Field(foreign_key="contact.id", primary_key=True)
    role: Role = Field(primary_key=True, sa_type=enum_type(Role, "role"))


class Invitation(SQLModel, table=True):
    """A one-time link; only the hash of its token is kept."""

    __tablename__ = "invitation"

    id: int | None = Field(default=None, primary_key=True)
    contact_id: int = Field(foreign_key="contact.id", index=True)
    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class JoinRequest(SQLModel, table=True):
    """申请加入 by an account that is bound to nobody. What the owner states is not checked yet."""

    __tablename__ = "join_request"
    __table_args__ = (
        # One account has at most one request that waits.
        partial_index("ix_join_request_pending", "telegram_user_id", unique=True, where="state = 'pending'"),
    )

    id: int | None = Field(default=None, primary_key=True)
    telegram_user_id: int = Field(sa_type=sa.BigInteger)
    locale: str | None = Field(default=None, max_length=8)
    unit_id: int = Field(foreign_key="unit.id")
    name: str = Field(max_length=100)
    post: str | None = Field(default=None, max_length=100)
    state: JoinState = Field(default=JoinState.PENDING, sa_type=enum_type(JoinState, "join_state"))
    asked_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: int | None = Field(default=None, foreign_key="contact.id")
    contact_id: int | None = Field(default=None, foreign_key="contact.id")


_IN_USE: Final = col(Unit.retired_at).is_(None)


async def all_units(session: Session, *, retired: bool = False) -> Sequence[Unit]:
    """The units that are in use. ``retired``: the others, too, to find a name by its id."""
    query = select(Unit).order_by(col(Unit.id))
    return (await session.exec(query if retired else query.where(_IN_USE))).all()


async def units_in_use(session: Session, ids: Collection[int]) -> Sequence[Unit]:
    """Those of these units that are in use, by id."""
    query = select(Unit).where(col(Unit.id).in_(ids), _IN_USE).order_by(col(Unit.id))
    return (await session.exec(query)).all()


async def unit_names(session: Session, ids: Collection[int]) -> dict[int, str]:
    """The names of these units by id."""
    query = sa.select(col(Unit.id), col(Unit.name)).where(col(Unit.id).in_(ids))
    return {row["id"]: row["name"] for row in (await session.execute(query)).mappings()}


async def units_named(session: Session, names: Collection[str], *, retired: bool = False) -> dict[str, Unit]:
    """The units in use that have these names, by name. ``retired``: the others, too: a name is given once."""
    query = select(Unit).where(col(Unit.name).in_(names))
    return {unit.name: unit for unit in await session.exec(query if retired else query.where(_IN_USE))}


async def lock_unit(session: Session, unit_id: int) -> Unit:
    """The unit, which no row that names it can be added to until the transaction ends."""
    query = select(Unit).where(Unit.id == unit_id).with_for_update()
    return (await session.exec(query)).one()


async def unit_tree(session: Session, root_id: int, *, retired: bool = True) -> frozenset[int]:
    """Ids of a unit and of all units below it.

    Those that are out of use are among them, for who may see a unit may see its history, too.
    """
    below = sa.select(col(Unit.id)).where(col(Unit.id) == root_id).cte("below", recursive=True)
    # UNION, not UNION ALL: it ends even if two units were each other's parents.
    below = below.union(sa.select(col(Unit.id)).where(col(Unit.parent_id) == below.c.id))
    ids = sa.select(below.c.id)
    if not retired:
        ids = ids.join(Unit, col(Unit.id) == below.c.id).where(_IN_USE)
    return frozenset((await session.execute(ids)).scalars())


async def contact_by_account(session: Session, telegram_user_id: int) -> Contact | None:
    query = select(Contact).where(Contact.telegram_user_id == telegram_user_id)
    return (await session.exec(query)).first()


async def bound_accounts(session: Session, accounts: Collection[int]) -> set[int]:
    """Those of the accounts that belong to a contact."""
    query = select(col(Contact.telegram_user_id)).where(col(Contact.telegram_user_id).in_(accounts))
    return {account for account in (await session.exec(query)).all() if account is not None}


async def contact_by_name(session: Session, unit_id: int, name: str) -> Contact | None:
    query = select(Contact).where(Contact.unit_id == unit_id, Contact.name == name)
    return (await session.exec(query)).first()


async def contacts_of_unit(session: Session, unit_id: int) -> Sequence[Contact]:
    query = select(Contact).where(Contact.unit_id == unit_id).order_by(col(Contact.id))
    return (await session.exec(query)).all()


async def contacts_named(
    session: Session, keys: Collection[tuple[int, str]]
) -> dict[tuple[int, str], Contact]:
    """The contacts that have these keys (the id of the unit, and the name), by key."""
    query = select(Contact).where(
        col(Contact.unit_id).in_({unit_id for unit_id, _ in keys}),
        col(Contact.name).in_({name for _, name in keys}),
    )
    wanted = set(keys)
    found = {(contact.unit_id, contact.name): contact for contact in await session.exec(query)}
    return {key: contact for key, contact in found.items() if key in wanted}


async def contacts_by_id(session: Session, ids: Collection[int]) -> dict[int, Contact]:
    return await rows_by_id(session, Contact, ids)


async def hold(session: Session, ids: Collection[int]) -> None:
    """Keep these people from leaving until the transaction ends; their rows are read anew."""
    query = select(Contact).where(col(Contact.id).in_(ids)).order_by(col(Contact.id))
    query = query.with_for_update(read=True).execution_options(populate_existing=True)
    await session.exec(query)


async def missing(session: Session, ids: Collection[int]) -> set[int]:
    """The ids of these contacts to whom the bot cannot write, if nobody has been told so yet; locked.

    Contacts that another transaction is about to change are left out. The caller holds tasks and must not
    wait for those contacts, because that other transaction may wait for the tasks.
    """
    if not ids:
        return set()
    query = (
        sa.select(col(Contact.id))
        .where(col(Contact.id).in_(ids), col(Contact.state).in_(LOST), col(Contact.missed_at).is_(None))
        .order_by(col(Contact.id))
    )
    return set((await session.execute(query.with_for_update(key_share=True, skip_locked=True))).scalars())


class PeopleWithRoles(NamedTuple):
    """Some people with their roles and the names of units, both by id."""

    contacts: Sequence[Contact]
    roles: Mapping[int, frozenset[Role]]
    unit_names: Mapping[int, str]


async def around(
    session: Session, unit_ids: Collection[int], ids: Collection[int], role: Role
) -> PeopleWithRoles:
    """Everybody of these units, these contacts, and everybody with that role in any unit.

    It is one query, because every message that goes out asks for it.
    """
    holders = sa.select(col(ContactRole.contact_id)).where(col(ContactRole.role) == role)
    theirs = col(ContactRole.contact_id) == col(Contact.id)
    query = (
        sa.select(col(Unit.id), col(Unit.name), Contact, col(ContactRole.role))
        .outerjoin(Contact, col(Contact.unit_id) == col(Unit.id))
        .outerjoin(ContactRole, theirs)
        .where(sa.or_(col(Unit.id).in_(unit_ids), col(Contact.id).in_(ids), col(Contact.id).in_(holders)))
        .order_by(col(Contact.id))
    )
    names: dict[int, str] = {}
    contacts: dict[int, Contact] = {}
    roles: dict[int, set[Role]] = {}
    found: Sequence[Any] = (await session.execute(query)).all()
    for unit_id, name, contact, role in found:
        names[unit_id] = name
        if contact is not None:
            contacts[contact.id] = contact
            roles.setdefault(contact.id, set()).update(() if role is None else (role,))
    return PeopleWithRoles(
        list(contacts.values()), {one: frozenset(held) for one, held in roles.items()}, names
    )


class ContactName(NamedTuple):
    """The part of a contact that is needed to name them. Thousands of whole rows would take long."""

    id: int
    unit_id: int
    name: str


async def all_names(session: Session) -> list[ContactName]:
    query = sa.select(col(Contact.id), col(Contact.unit_id), col(Contact.name))
    return [ContactName(**row) for row in (await session.execute(query)).mappings()]


async def all_contacts(session: Session) -> Sequence[Contact]:
    return (await session.exec(select(Contact).order_by(col(Contact.id)))).all()


async def all_accounts(session: Session) -> Sequence[int]:
    """The accounts that are bound to a contact."""
    query = sa.select(col(Contact.telegram_user_id)).where(col(Contact.telegram_user_id).is_not(None))
    return (await session.execute(query.order_by(col(Contact.id)))).scalars().all()


_WITH_UNIT_AND_ROLES: Final[sa.Select[*tuple[Any, ...]]] = (
    sa.select(Contact, Unit, col(ContactRole.role).label("role"))
    .join(Unit, col(Unit.id) == col(Contact.unit_id))
    .outerjoin(ContactRole, col(ContactRole.contact_id) == col(Contact.id))
)
_OF_ACCOUNT: Final = _WITH_UNIT_AND_ROLES.where(col(Contact.telegram_user_id) == sa.bindparam("who"))
_OF_CONTACT: Final = _WITH_UNIT_AND_ROLES.where(col(Contact.id) == sa.bindparam("who"))


async def with_unit_and_roles(
    session: Session, *, account: int | None = None, contact_id: int | None = None
) -> tuple[Contact, Unit, frozenset[Role]] | None:
    """The contact of that account or id, with their unit and roles; None: there is none."""
    query, who = (_OF_ACCOUNT, account) if contact_id is None else (_OF_CONTACT, contact_id)
    rows = (await session.execute(query, {"who": who})).mappings().all()
    if not rows:
        return None
    roles = frozenset(Role(row["role"]) for row in rows if row["role"] is not None)
    return rows[0]["Contact"], rows[0]["Unit"], roles


async def roles_of(session: Session, contact_id: int) -> frozenset[Role]:
    query = select(ContactRole.role).where(ContactRole.contact_id == contact_id)
    return frozenset(Role(role) for role in await session.exec(query))


async def roles_of_all(session: Session, contact_ids: Collection[int]) -> dict[int, frozenset[Role]]:
    """The roles of some contacts, by their ids. Contacts without a role are left out."""
    found: dict[int, set[Role]] = {}
    query = select(ContactRole).where(col(ContactRole.contact_id).in_(contact_ids))
    for row in await session.exec(query):
        found.setdefault(row.contact_id, set()).add(row.role)
    return {contact_id: frozenset(roles) for contact_id, roles in found.items()}


async def roles_by_contact(session: Session) -> dict[int, frozenset[Role]]:
    found: dict[int, set[Role]] = {}
    for row in await session.exec(select(ContactRole)):
        found.setdefault(row.contact_id, set()).add(row.role)
    return {contact_id: frozenset(roles) for contact_id, roles in found.items()}


async def enrolled_with_role(session: Session, role: Role, unit_id: int | None = None) -> Sequence[Contact]:
    """Reachable contacts who hold ``role``, of one unit or of all."""
    query = (
        select(Contact)
        .join(ContactRole, col(ContactRole.contact_id) == col(Contact.id))
        .where(
            ContactRole.role == role,
            Contact.state == ContactState.ENROLLED,
            col(Contact.telegram_user_id).is_not(None),
        )
        .order_by(col(Contact.id))
    )
    if unit_id is not None:
        query = query.where(Contact.unit_id == unit_id)
    return (await session.exec(query)).all()


async def enrolled_leaders(session: Session) -> list[Contact]:
    """Reachable contacts who lead something, each once."""
    found: dict[int | None, Contact] = {}
    for role in sorted(LEADERS):
        for contact in await enrolled_with_role(session, role):
            found.setdefault(contact.id, contact)
    return list(found.values())


async def set_roles(session: Session, contact_id: int, roles: Collection[Role]) -> None:
    """Give a contact exactly these roles."""
    await session.execute(sa.delete(ContactRole).where(col(ContactRole.contact_id) == contact_id))
    session.add_all(ContactRole(contact_id=contact_id, role=role) for role in sorted(roles))
    await session.flush()


async def move_state(
    session: Session, contact_id: int, old: ContactState, new: ContactState, *, account: int | None = None
) -> bool:
    """Change a contact's state, guarded.

    False if it is no longer ``old``, or they have another account than ``account`` by now.
    """
    there = sa.and_(col(Contact.id) == contact_id, col(Contact.state) == old)
    if account is not None:
        there &= col(Contact.telegram_user_id) == account
    return rows_changed(await session.execute(sa.update(Contact).where(there).values(state=new))) == 1
