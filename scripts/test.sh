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

# run <name> <command…>: runs a check. Keeps its output, its status and its milliseconds.
run() {
  local name="$1" start status=0
  start="$(now)"
  shift
  "$@" >"$work/$name.output" 2>&1 || status=$?
  printf '%d %d\n' "$status" $(($(now) - start)) >"$work/$name.result"
}

# report <name>: prints nothing of the output of a check that passed, and the whole output of one that failed.
report() {
  local status milliseconds verdict=ok
  read -r status milliseconds <"$work/$1.result"
  if [ "$status" -eq 0 ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    verdict=FAILED
    cat "$work/$1.output"
  fi
  printf '%-8s %-6s %d.%d s\n' "$1" "$verdict" $((milliseconds / 1000)) $((milliseconds % 1000 / 100))
}

sources=()
for directory in bin lib functions src migrations web scripts test; do
  if [ -d "$directory" ]; then sources+=("$directory"); fi
done

# Prettier takes longest, and uses one core. So it runs beside the others.
run format "$bin/prettier" --check . &
run lint "$bin/oxlint" --type-aware --deny-warnings
run types "$bin/tsc" --project .
# The page has the types of browsers, not those of Node.
run page "$bin/tsc" --project web/app --noEmit
run imports "$bin/depcruise" --config .dependency-cruiser.cjs --output-type err-long "${sources[@]}"
wait
for name in format lint types page imports; do report "$name"; done

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
