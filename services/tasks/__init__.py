"""Tasks: lists and cards, 交办, 签收, 申请办结, the office's decisions, 转派 and 转办, history and search.

Imports the kernel and the folders up to people. Start with ``task_steps``: every change of a task's state.
"""
