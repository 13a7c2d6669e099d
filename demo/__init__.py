"""The demo: a sandbox and the program on this machine, with a sample campaign. Start reading at ``start.py``.

``sample`` is the campaign's data and its sheets; ``tour`` plays one day of it as people would in their chats.
"""
