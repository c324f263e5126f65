#!/usr/bin/env bash
# `llmops check`, then `llmops eval` or `llmops merge`. Outputs: verdict, exit-code. Ends with 0 also where the
# answer is no: the reports have to be uploaded and the comment written before the action ends with it.
set -euo pipefail

python=$(dirname "$LLMOPS")/python
project=(-C "$INPUT_DIRECTORY")
outputs=()
for ending in md html json junit.xml sarif; do
  outputs+=(-o "$FOLDER/report.$ending")
done

# The options of `llmops eval`, into `options`.
read_options() {
  local words=$FOLDER.words base=$INPUT_BASE word
  options=()
  "$python" "$GITHUB_ACTION_PATH/ci/words.py" suites arguments >"$words"
  while IFS= read -r -d '' word; do
    options+=("$word")
  done <"$words"
  if [ -z "$base" ] && [ -n "${GITHUB_BASE_REF:-}" ]; then
    base=origin/$GITHUB_BASE_REF
  fi
  base=${base:-$MERGE_GROUP_BASE}
  if [ -n "$base" ]; then
    options+=(--base "$base")
    # A push has no branch that it goes to, and judges everything.
    if [ "$INPUT_CHANGED" = true ]; then
      options+=(--changed)
    fi
  fi
  if [ "$OFFLINE" = true ]; then
    options+=(--offline)
  fi
  if [ -n "$INPUT_SHARD" ]; then
    options+=(--shard "$INPUT_SHARD")
  fi
}

# A value of the report, by its keys. Options that are wrong leave no report.
from_report() {
  [ -f "$FOLDER/report.json" ] && "$python" "$GITHUB_ACTION_PATH/ci/value.py" "$FOLDER/report.json" "$@"
}

answers=$INPUT_DIRECTORY/.llmops/answers.sqlite
cat "$answers" "$answers-wal" 2>/dev/null | cksum >"$FOLDER.answers" || true

# Quiet where all is well: `eval` repeats the warnings at their lines, and the summary is the place of its report.
code=0
GITHUB_ACTIONS='' GITHUB_STEP_SUMMARY='' "$LLMOPS" check "${project[@]}" || code=$?
if [ "$code" != 0 ]; then
  code=0
  "$LLMOPS" check "${project[@]}" "${outputs[@]}" >/dev/null || code=$?
fi
if [ "$code" = 0 ] && [ -n "$INPUT_MERGE" ]; then
  "$LLMOPS" merge "$INPUT_MERGE" "${project[@]}" "${outputs[@]}" || code=$?
elif [ "$code" = 0 ]; then
  read_options
  "$LLMOPS" eval "${project[@]}" "${outputs[@]}" ${options[@]+"${options[@]}"} || code=$?
fi

verdict=$(from_report verdict) || verdict=ERROR
# A run that says all is well and leaves no report was ended from inside: nothing was judged.
if [ "$verdict" = ERROR ] && [ "$code" = 0 ]; then
  echo "::error title=llmops::llmops ended with 0 and judged nothing: does a scorer end the process?"
  code=2
fi
{
  echo "verdict=$verdict"
  echo "exit-code=$code"
} >>"$GITHUB_OUTPUT"
# Shards are merged from it, and `llmops baseline accept --from` takes its scores without another call.
# `.llmops` is hidden, and an upload leaves it out; earlier runs beside it are not of this job.
run=$(from_report run id) || run=
if [ -n "$run" ]; then
  cp -R "$INPUT_DIRECTORY/.llmops/runs/$run" "$FOLDER/$run" || echo "::warning title=llmops::The run could not be kept"
fi
