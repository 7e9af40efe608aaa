#!/usr/bin/env bash
# Checks format, lint, types and import rules. Then runs the tests, with a PostgreSQL of their own.
#
#   ./scripts/test.sh                 everything
#   ./scripts/test.sh test/gateway    the checks, and the tests whose path contains that
#   ./scripts/test.sh --checks        the checks alone
#
# Other arguments go to vitest, such as -t 'part of a name'. A failure does not stop the rest. The last line is the sum
# of checks and tests. The exit status is 1 when one of them failed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

tests=yes
for argument in "$@"; do
  case "$argument" in
    -h | --help) print_help ;;
    --checks) tests=no ;;
  esac
done

ensure_installed
cd "$root"
# The first lines of the tools take the first node on PATH.
export PATH="$bin:$PATH"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# Prints milliseconds. The bash of macOS only knows whole seconds.
now() {
  local time="${EPOCHREALTIME:-$SECONDS.000000}"
  printf '%d' $((${time/[.,]/} / 1000))
}

# check <name> <command…>: prints nothing when the command passes, and its whole output when it fails.
check() {
  local name="$1" start verdict=ok
  start="$(now)"
  shift
  if "$@" >"$work/output" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    verdict=FAILED
    cat "$work/output"
  fi
  local milliseconds=$(($(now) - start))
  printf '%-8s %-6s %d.%d s\n' "$name" "$verdict" $((milliseconds / 1000)) $((milliseconds % 1000 / 100))
}

sources=()
for directory in bin lib functions src migrations web scripts test; do
  if [ -d "$directory" ]; then sources+=("$directory"); fi
done

check format "$bin/prettier" --check .
check lint "$bin/oxlint" --type-aware --deny-warnings
check types "$bin/tsc" --project .
# The page has the types of browsers, not those of Node.
check page "$bin/tsc" --project web/app --noEmit
check imports "$bin/depcruise" --config .dependency-cruiser.cjs --output-type err-long "${sources[@]}"

# A run that crashed, or that found no test, counts as one failure.
run_tests() {
  local summary="$work/summary.json" status=0 counts test_passed test_failed
  TEST_SUMMARY_FILE="$summary" "$bin/vitest" run "$@" || status=$?
  counts="$("$bin/node" -p "const s = JSON.parse(fs.readFileSync('$summary', 'utf8')); s.passed + ' ' + s.failed" 2>/dev/null || echo '0 0')"
  read -r test_passed test_failed <<<"$counts"
  if [ "$test_failed" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$test_passed" -eq 0 ]; }; then
    printf 'vitest ended with status %d and %d passed tests\n' "$status" "$test_passed"
    test_failed=1
  fi
  passed=$((passed + test_passed))
  failed=$((failed + test_failed))
}

if [ "$tests" = yes ]; then run_tests "$@"; fi

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
