#!/usr/bin/env bash
# Makes an admin of the chat, here or in a stage on AWS: ./scripts/create-admin.sh [options], of which
# --help tells.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ensure_installed
exec "$bin/node" "$root/src/local/commands/create-admin.ts" "$@"
