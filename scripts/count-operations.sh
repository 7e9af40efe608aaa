#!/usr/bin/env bash
# Counts what the handlers ask of AWS, and writes the tables of docs/costs.md and docs/deploy.md anew.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ensure_installed
cd "$root"
export PATH="$bin:$PATH"
UPDATE_COSTS=yes exec "$bin/vitest" run --project pg test/costs
