#!/usr/bin/env bash
# Says at the end of the log what llmops said. A step that broke before has no exit code, and is never green.
set -euo pipefail

if [ -z "$EXIT_CODE" ]; then
  echo "::error title=llmops::Nothing was judged: a step before failed"
  exit 4
fi
echo "$VERDICT, exit code $EXIT_CODE"
exit "$EXIT_CODE"
