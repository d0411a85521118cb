"""A lock around the imports that our threads make late, so that no fork falls into the middle of one.

A child forked then would inherit a module lock whose owner does not exist there, and hang at the same import.
The fork waits instead (`_process`), some 100 ms once in the life of a process.
"""

from __future__ import annotations

import threading

# Re-entrant: a signal handler may fork in the middle of an import of its own thread.
import_gate = threading.RLock()
