"""A sample campaign and a tour that plays one day of it, in a sandbox on this machine.

It starts the sandbox and the program as processes and speaks to them over HTTP and the command line. It may
import ``reports``, ``rules`` and ``locales``. Start reading at ``start.py``, then ``tour/play.py``.
"""
