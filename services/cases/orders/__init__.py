"""督办单: choosing unit and task, 派遣, and how the order reads in the chat and on paper.

Imports the flat modules of cases below it and cards. Start with ``dispatching``: one order for many cases.
"""
