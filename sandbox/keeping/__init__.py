"""Keeps a world in a folder, as JSON and the files' bytes, so that it is there again after a restart.

`save(world, folder)` and `load(folder)` are all that most need. A program that must not stand still while a
disk writes takes `pack(world)` in its event loop and hands the result's `write(folder)` to a thread.

Kept are people, chats, topics, members, messages, stories, files, commands, menu buttons, the settings of the
limits, pressed buttons that can still be answered, updates that are not acknowledged, all counters and a
simulated clock. Faults, the log of calls and the counts of the limits are not.
"""

from sandbox.keeping.folder import Packed, load, pack, save

__all__ = ["Packed", "load", "pack", "save"]
