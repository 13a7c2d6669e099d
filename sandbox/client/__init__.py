"""A typed client of the control API: act as people, look at chats, wait, order faults, move the clock."""

from __future__ import annotations

from sandbox.client.connection import ControlError, NothingCameError
from sandbox.client.groups import GroupsClient
from sandbox.client.looking import LookingClient
from sandbox.client.rules import RulesClient
from sandbox.client.speaking import SpeakingClient


class SandboxClient(GroupsClient, SpeakingClient, LookingClient, RulesClient):
    """The client. Use it as ``async with SandboxClient(control_url) as people``. All ids are numbers."""


__all__ = ["ControlError", "NothingCameError", "SandboxClient"]
