#!/usr/bin/env bash
# Makes an admin of the chat, on this machine or in a stage on AWS: ./scripts/create-admin.sh [options]. --help lists
# the options.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ensure_installed
exec "$bin/node" "$root/src/local/commands/create-admin.ts" "$@"
