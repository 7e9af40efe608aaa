#!/usr/bin/env bash
# Bundles the Lambda functions into dist/functions/<name>/index.mjs and checks what they are made of, then
# builds the Docker image quick-connect where a Docker engine answers.
#
#   ./scripts/build.sh               both
#   ./scripts/build.sh --no-image    the functions alone
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

image=yes
for argument in "$@"; do
  case "$argument" in
    -h | --help) print_help ;;
    --no-image) image=no ;;
    *) die "unknown option '$argument': see --help" ;;
  esac
done

ensure_installed
"$bin/node" "$root/scripts/build-functions.ts"

if [ "$image" = no ]; then
  printf 'Docker image: skipped, as asked\n'
elif ! command -v docker >/dev/null; then
  printf 'Docker image: skipped, docker is not installed (run.sh needs no image)\n'
elif ! docker info >/dev/null 2>&1; then
  printf 'Docker image: skipped, no Docker engine answers (run.sh needs no image)\n'
else
  docker build --tag quick-connect "$root"
  printf 'Docker image: quick-connect\n'
fi
