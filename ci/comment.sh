#!/usr/bin/env bash
# Creates or updates the comment. Output: url. A comment that cannot be written does not change the answer.
# The report is data: it was written where scorers of the pull request ran.
set -euo pipefail

report=$FOLDER/report.md
# The name of the comment, as the project's folder is written in a repository.
marker=${INPUT_DIRECTORY#./}
marker=${marker%/}
text=$(mktemp "$RUNNER_TEMP/llmops-comment.XXXXXX")
set -- --untrusted --marker "${marker:-.}"
if [ -f "$report" ] && [ ! -L "$report" ]; then
  # A pull request that touches no prompt gets no comment; one that it has from before is brought up to date.
  if head -n 1 "$report" | grep -q '^## UNAFFECTED'; then set -- "$@" --only-edit; fi
elif [ -n "$INPUT_RUN_ID" ]; then
  echo "::error title=llmops::The run left no report"
  exit 1
else
  # The comment of an earlier commit would look like one on this.
  report=$text.none
  echo "## ERROR: there is no report; the log of the job that judges says why" >"$report"
fi
if [ -n "$INPUT_RUN_ID" ]; then
  export GITHUB_RUN_ID=$INPUT_RUN_ID # the log that the comment links to
  printf '> Written by the run of a fork, whose files decide what it says. Whether it passed, the check says.\n\n' >"$text"
fi
cat "$report" >>"$text"
if said=$("$LLMOPS" comment "$text" --on github "$@"); then
  echo "comment $said"
  url=${said##* }
  case "$url" in
    https://* | http://*) echo "url=$url" >>"$GITHUB_OUTPUT" ;;
  esac
else
  echo "::warning title=llmops::The comment could not be written; the report is in the job's summary. Does the job have \`permissions: {pull-requests: write}\`?"
fi
