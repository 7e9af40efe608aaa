#!/usr/bin/env bash
# Runs Quick Connect on this machine: ./scripts/run.sh [options]. --help lists the options.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ensure_installed
"$bin/node" "$root/scripts/web/build.ts" --if-stale
# Node keeps the compiled program there. Then a start is quicker, and needs no compiler of TypeScript, which takes 18 MB.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$root/node_modules/.cache/node}"
# exec: signals must reach the server itself, not this shell.
exec "$bin/node" "$root/src/local/commands/run.ts" "$@"
