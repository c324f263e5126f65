#!/usr/bin/env bash
# Ends the action with the exit code of llmops. None is a step that broke, and never green.
set -euo pipefail

if [ -z "$EXIT_CODE" ]; then
  echo "::error title=llmops::Nothing was judged: a step before failed"
  exit 4
fi
echo "$VERDICT, exit code $EXIT_CODE"
exit "$EXIT_CODE"
