#!/usr/bin/env bash
# Migrates the database of run.sh: ./scripts/migrate.sh [options]. --help lists the options.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ensure_installed
exec "$bin/node" "$root/src/local/commands/migrate.ts" "$@"
