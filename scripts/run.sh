#!/usr/bin/env bash
# Runs Quick Connect on this machine: ./scripts/run.sh [options]. --help lists the options.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ensure_installed
"$bin/node" "$root/scripts/web/build.ts" --if-stale
# exec: signals must reach the server itself, not this shell.
exec "$bin/node" "$root/src/local/commands/run.ts" "$@"
