#!/usr/bin/env bash
# What kind of event this is, and so what the other steps may do. Outputs: folder, offline, restore, save.
set -euo pipefail

refuse() {
  echo "::error title=llmops::$1"
  exit 2
}

for name in INPUT_CHANGED INPUT_PROJECT_CODE; do
  case "${!name:-true}" in
    true | false) ;;
    *) refuse "the input \`$(echo "${name#INPUT_}" | tr '[:upper:]_' '[:lower:]-')\` has to be true or false" ;;
  esac
done
case "$INPUT_OFFLINE" in
  auto | true | false) ;;
  *) refuse "the input \`offline\` has to be auto, true or false" ;;
esac
if [ -n "$INPUT_SHARD" ] && [ -n "$INPUT_MERGE" ]; then
  refuse "the inputs \`shard\` and \`merge\` are for two jobs: those that ask, and the one that judges"
fi
if [ "${INPUT_PROJECT_CODE:-true}" = false ] && [ -z "$INPUT_MERGE" ]; then
  refuse "\`project-code: false\` is for a job with \`merge\`: a job that asks runs the scorers of the project"
fi
if [ "$GITHUB_EVENT_NAME" = pull_request_target ]; then
  refuse "pull_request_target would give the pull request's files, which may be anybody's, the secrets and a token that writes. Use pull_request, and templates/github-comment.yml for the comments on forks"
fi

case "$GITHUB_EVENT_NAME" in
  workflow_run | issue_comment)
    refuse "$GITHUB_EVENT_NAME runs with the secrets of the main branch, also where it checks out a pull request, which may be anybody's. Use pull_request, and templates/github-comment.yml for the comments on forks" ;;
esac

fork=false
# Not `head.repo.fork`: a repository that is a fork itself has pull requests of its own branches.
if [ -n "$PULL_REQUEST" ] && [ "$HEAD_REPOSITORY" != "$GITHUB_REPOSITORY" ]; then
  fork=true
fi
offline=$INPUT_OFFLINE
if [ "$INPUT_OFFLINE" = auto ]; then
  offline=$fork
  if [ "$fork" = true ]; then
    echo "::notice title=llmops::This pull request comes from a fork, so no provider is called: recorded answers (cassettes/) and local models only. Its report is in the job's summary and its files."
  fi
fi
restore=true
if [ "$offline" = true ] || [ "$fork" = true ] || [ -n "$INPUT_MERGE" ]; then
  restore=false
fi
# What a change leaves in a cache would answer for its next commit: only branches themselves save.
save=$restore
if [ -n "$PULL_REQUEST" ] || [ "$GITHUB_EVENT_NAME" = merge_group ]; then
  save=false
fi

# Outside of the checkout: a new file in it would be a change that --changed cannot place.
# Whole folders of this kind are uploaded.
folder=$(mktemp -d "$RUNNER_TEMP/llmops-report.XXXXXX")
{
  echo "folder=$folder"
  echo "offline=$offline"
  echo "restore=$restore"
  echo "save=$save"
} >>"$GITHUB_OUTPUT"
