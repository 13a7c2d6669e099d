"""How long a test waits for something that must come."""

from __future__ import annotations

from typing import Final

PATIENCE: Final = 120.0
"""Seconds. A wait ends as soon as the thing comes, so only a failing test takes so long.

A busy machine takes many times longer than an idle one. A shorter limit would test the machine.
"""
