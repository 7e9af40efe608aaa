#!/usr/bin/env bash
# Runs Quick Connect on this machine: ./scripts/run.sh [options], of which --help tells.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ensure_installed
"$bin/node" "$root/scripts/web/build.ts" --if-stale
# Signals reach it, not a shell before it.
exec "$bin/node" "$root/src/local/commands/run.ts" "$@"
