"""A typed client of the control API: act as people, look at chats, wait, order faults, move the clock."""

from __future__ import annotations

from sandbox.client.connection import ControlError, NothingCameError
from sandbox.client.groups import Groups
from sandbox.client.looking import Looking
from sandbox.client.rules import Rules
from sandbox.client.speaking import Speaking


class SandboxClient(Groups, Speaking, Looking, Rules):
    """Use as ``async with SandboxClient(control_url) as people``. All ids are numbers."""


__all__ = ["ControlError", "NothingCameError", "SandboxClient"]
