"""A plugin for pytest that prints at the end of a run what it leaves to ``make test-all``."""

from __future__ import annotations

import sys
from typing import Any, Final

import pytest

_LEFT: Final = pytest.StashKey[dict[str, int]]()
_OUTPUT: Final = "left_out"


def enlist(config: pytest.Config) -> None:
    """Let this plugin take part in a run; another plugin that leaves something asks for it."""
    this = sys.modules[__name__]
    if not config.pluginmanager.is_registered(this):
        config.pluginmanager.register(this)


def leave(config: pytest.Config, what: str, number: int) -> None:
    """Note ``number`` of ``what``; all workers of xdist leave the same."""
    config.stash.setdefault(_LEFT, {})[what] = number


def is_whole(config: pytest.Config) -> bool:
    """Whether the run is that of ``make test-all``."""
    return bool(config.getoption("engines") == "all")


# -- hooks ---------------------------------------------------------------------------------------------


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a worker of xdist tell its main run what it left."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_OUTPUT] = session.config.stash.get(_LEFT, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Keep what a worker left in the main run, which starts the workers and collects nothing itself."""
    output = getattr(node, "workeroutput", None) or {}
    node.config.stash.setdefault(_LEFT, {}).update(output.get(_OUTPUT, {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for what, number in config.stash.get(_LEFT, {}).items():
        if number:
            terminalreporter.write_line(f"{number} {what}")
