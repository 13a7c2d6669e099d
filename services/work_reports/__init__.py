"""工作情况汇报: its facts, its sentences, its template; it is ordered in the chat or at the command line.

Imports the kernel and the folders up to cases. Start with ``report_facts``, then ``report_writing``.
"""
