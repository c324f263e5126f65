#!/usr/bin/env bash
# Installs llmops from the action's own checkout, so that the ref of the action is the version of the tool, into
# an environment of its own. Outputs: llmops, the command; weights, what the cache of local models depends on.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
home=$RUNNER_TEMP/llmops-venv
rm -rf "$home"
echo "::group::Install llmops"
"${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "llmops needs Python 3.11 or newer")'
"${PYTHON:-python3}" -m venv "$home"
packages=("$root${INPUT_EXTRAS:+[$INPUT_EXTRAS]}")
if [ -n "$INPUT_REQUIREMENTS" ]; then
  packages+=(--requirement "$INPUT_REQUIREMENTS")
fi
"$home/bin/python" -m pip install --disable-pip-version-check \
  --constraint "$root/constraints.txt" "${packages[@]}"
echo "::endgroup::"
{
  echo "llmops=$home/bin/llmops"
  echo "weights=$(cksum <"$root/src/llmops_cli/models/weights.py" | tr ' ' -)"
} >>"$GITHUB_OUTPUT"
