"""Ends with 0 where a report says that a run ended well: a process ended from inside leaves no such one."""

import json
import sys
from pathlib import Path

try:
    report = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    is_complete = report["exit_code"] == 0 and report["error"] is None and bool(report["verdict"])
except (OSError, ValueError, RecursionError, KeyError, TypeError) as error:
    sys.exit(f"{sys.argv[1]}: {error}")
sys.exit(0 if is_complete else f"{sys.argv[1]} does not say that all is well")
