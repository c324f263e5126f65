#!/usr/bin/env bash
# `llmops check`, then `llmops eval` or `llmops merge`. Outputs: verdict, exit-code. It ends with that code itself:
# the outputs lie in a file that a scorer may reach.
set -euo pipefail

# Files by which a step changes those after it. None is needed here, and scorers run here.
unset GITHUB_ENV GITHUB_PATH GITHUB_STATE

# Without what is installed beside it: scorers run before its last words.
python=("$(dirname "$LLMOPS")/python" -I -S)
project=(-C "$INPUT_DIRECTORY")
code_of_project=()
if [ "${INPUT_PROJECT_CODE:-true}" = false ]; then
  code_of_project=(--no-project-code)
fi
outputs=()
for ending in md html json junit.xml sarif; do
  outputs+=(-o "$FOLDER/report.$ending")
done

# What the change is compared with, into `options`.
read_base() {
  local base=$INPUT_BASE
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
}

# The options of `llmops eval`, into `options`.
read_options() {
  local words=$FOLDER.words word
  "${python[@]}" "$GITHUB_ACTION_PATH/ci/words.py" suites arguments >"$words"
  while IFS= read -r -d '' word; do
    options+=("$word")
  done <"$words"
  read_base
  if [ "$OFFLINE" = true ]; then
    options+=(--offline)
  fi
  if [ -n "$INPUT_SHARD" ]; then
    options+=(--shard "$INPUT_SHARD")
  fi
}

# A value of the report, by its keys. Options that are wrong leave no report.
from_report() {
  [ -f "$FOLDER/report.json" ] && "${python[@]}" "$GITHUB_ACTION_PATH/ci/value.py" "$FOLDER/report.json" "$@"
}

answers=${LLMOPS_ANSWERS_DIR:-$INPUT_DIRECTORY/.llmops}/answers.sqlite
cat "$answers" "$answers-wal" 2>/dev/null | cksum >"$FOLDER.answers" || true

# Quiet where all is well: `eval` repeats the warnings at their lines, and the summary is the place of its report.
code=0
check=(check "${project[@]}" ${code_of_project[@]+"${code_of_project[@]}"})
GITHUB_ACTIONS='' GITHUB_STEP_SUMMARY='' "$LLMOPS" "${check[@]}" || code=$?
if [ "$code" != 0 ]; then
  code=0
  "$LLMOPS" "${check[@]}" "${outputs[@]}" >/dev/null || code=$?
fi
options=()
if [ "$code" = 0 ] && [ -n "$INPUT_MERGE" ]; then
  if [ "${INPUT_PROJECT_CODE:-true}" = false ]; then
    # What was asked for is decided here, and not by the job that asked.
    read_base
    options+=(--no-project-code)
  fi
  "$LLMOPS" merge "$INPUT_MERGE" "${project[@]}" "${outputs[@]}" ${options[@]+"${options[@]}"} || code=$?
elif [ "$code" = 0 ]; then
  read_options
  "$LLMOPS" eval "${project[@]}" "${outputs[@]}" ${options[@]+"${options[@]}"} || code=$?
fi

verdict=$(from_report verdict) || verdict=ERROR
# A run that says all is well and leaves no report of that was ended from inside: nothing was judged.
if [ "$code" = 0 ] && ! why=$("${python[@]}" "$GITHUB_ACTION_PATH/ci/complete.py" "$FOLDER/report.json" 2>&1); then
  echo "::error title=llmops::llmops ended with 0 and left no complete report ($why): does a scorer end the process?"
  verdict=ERROR
  code=3
fi
{
  echo "verdict=$verdict"
  echo "exit-code=$code"
} >>"$GITHUB_OUTPUT"
# Shards are merged from it, and `llmops baseline accept --from` takes its scores without another call.
# `.llmops` is hidden, and an upload leaves it out; earlier runs beside it are not of this job.
run=$(from_report run id) || run=
case "$run" in *[!0-9a-f-]*) run= ;; esac
if [ -n "$run" ]; then
  cp -R "$INPUT_DIRECTORY/.llmops/runs/$run" "$FOLDER/$run" || echo "::warning title=llmops::The run could not be kept"
fi
exit "$code"
