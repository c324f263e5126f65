#!/usr/bin/env bash
# Says whether the answer cache has something that was not restored: the same again would only fill the store.
set -euo pipefail

answers=$LLMOPS_ANSWERS_DIR/answers.sqlite
if [ -f "$answers" ] && [ "$(cat "$answers" "$answers-wal" 2>/dev/null | cksum)" != "$(cat "$FOLDER.answers")" ]; then
  echo "new=true" >>"$GITHUB_OUTPUT"
fi
