"""Prints a value of a JSON file by its keys; nothing, and exit code 1, where it has none."""

import json
import sys
from pathlib import Path

found = json.loads(Path(sys.argv[1]).read_text("utf-8"))
for key in sys.argv[2:]:
    found = found.get(key) if isinstance(found, dict) else None
if found is None:
    sys.exit(1)
sys.stdout.write(f"{found}\n")
