#!/usr/bin/env bash
# Creates or updates the comment. Output: url. A comment that cannot be written does not change the answer.
set -euo pipefail

if [ ! -f "$FOLDER/report.md" ]; then
  # The comment of an earlier commit would look like one on this.
  echo "## ERROR: nothing was judged; the log of the job says why" >"$FOLDER/report.md"
fi
set --
# A pull request that touches no prompt gets no comment; one that it has from before is brought up to date.
if head -n 1 "$FOLDER/report.md" | grep -q '^## UNAFFECTED'; then set -- --only-edit; fi
if said=$("$LLMOPS" comment "$FOLDER/report.md" --on github -C "$INPUT_DIRECTORY" "$@"); then
  echo "comment $said"
  url=${said##* }
  case "$url" in
    https://* | http://*) echo "url=$url" >>"$GITHUB_OUTPUT" ;;
  esac
else
  echo "::warning title=llmops::The comment could not be written; the report is in the job's summary. Does the job have \`permissions: {pull-requests: write}\`?"
fi
