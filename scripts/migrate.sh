#!/usr/bin/env bash
# Migrates the database that run.sh would use: ./scripts/migrate.sh [options], of which --help tells.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ensure_installed
exec "$bin/node" "$root/src/local/commands/migrate.ts" "$@"
