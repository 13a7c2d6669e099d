"""The checkout that is measured: this one, or the one that ``BENCH_PRODUCT`` names.

Whoever imports this module first imports the product from that checkout. So do all programs that it
starts.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(os.environ.get("BENCH_PRODUCT") or Path(__file__).parents[1])

sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = str(ROOT)
# What is compiled is kept, whatever the environment says: else each start compiles everything.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
