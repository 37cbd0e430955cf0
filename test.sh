#!/bin/bash
# Installs what is missing, builds, and passes every test.
#   ./test.sh            layers, format, and the whole suite
#   ./test.sh STAGE...   only these: layers format dev asan fuzz tidy (the last three are not yet part of the default:
#                        their time on two cores is not yet within the budget)
# Environment: FUZZ_SECONDS (default 5) for each fuzz target; VEILRAY_FILMS, a folder of real films.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
stages=(layers format dev)
[ $# -gt 0 ] && stages=("$@")
fuzz_seconds=${FUZZ_SECONDS:-5}
jobs=$(nproc)
logs=build/logs
mkdir -p "$logs"
failed=()

say() { printf '\n== %s (%s s)\n' "$*" "$SECONDS"; }
# Runs one stage; a failure is remembered and the other stages still report.
stage() {
  say "$1"
  "stage_$1" || { failed+=("$1"); echo "== $1 FAILED"; }
}

sources() { git ls-files -- 'src/*.h' 'src/*.cpp' 'fuzz/*.cpp' 'examples/*.cpp' 'bench/*.cpp'; }
stage_layers() { /usr/bin/python3 tools/check_layers.py; }
stage_format() { sources | xargs -r clang-format-19 --dry-run -Werror && echo "format: clean"; }

# $1 preset, further arguments for ctest. The full log stays in build/logs.
build_and_test() {
  local preset=$1
  shift
  cmake --preset "$preset" >"$logs/$preset-configure.log" || { cat "$logs/$preset-configure.log"; return 1; }
  cmake --build --preset "$preset" || return 1
  ctest --preset "$preset" -j "$jobs" "$@" | tee "$logs/$preset-ctest.log"
}
stage_dev() { build_and_test dev; }
# Oracles and sweeps add nothing under a sanitizer, and take ten times as long there.
stage_asan() { build_and_test asan --label-exclude 'slow|oracle'; }

stage_fuzz() {
  cmake --preset fuzz >"$logs/fuzz-configure.log" || { cat "$logs/fuzz-configure.log"; return 1; }
  cmake --build --preset fuzz --target fuzzers || return 1
  local target name corpus found=0 status=0
  for target in build/fuzz/fuzz/fuzz_*; do
    [ -x "$target" ] || continue
    found=$((found + 1))
    name=${target##*/fuzz_}
    corpus=build/fuzz/corpus/$name  # grows here; what is committed is only read
    mkdir -p "$corpus" "build/fuzz/found/$name"
    local seeds=()
    [ -d "fuzz/corpus/$name" ] && seeds=("fuzz/corpus/$name")
    if "$target" -max_total_time="$fuzz_seconds" -rss_limit_mb=2048 -timeout=20 -print_final_stats=1 \
      -artifact_prefix="build/fuzz/found/$name/" "$corpus" "${seeds[@]}" >"$logs/fuzz-$name.log" 2>&1; then
      echo "fuzz $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$logs/fuzz-$name.log") inputs"
    else
      echo "fuzz $name: FAILED, the input lies in build/fuzz/found/$name"
      tail -40 "$logs/fuzz-$name.log"
      status=1
    fi
  done
  [ "$found" -gt 0 ] || { echo "no fuzz target was built"; return 1; }
  return $status
}

# A bounded set: the files that touch untrusted bytes or secrets.
stage_tidy() {
  [ -f build/dev/compile_commands.json ] || cmake --preset dev >/dev/null || return 1
  git ls-files -- 'src/base/*.cpp' 'src/tensor/*.cpp' 'src/ckks/*.cpp' 'src/ckks/secret/*.cpp' \
    'src/plan/file.cpp' 'src/vision/*.cpp' 'src/cli/*.cpp' | grep -v '_test\.cpp$' |
    xargs -r -P "$jobs" -n 4 clang-tidy-19 -p build/dev --quiet 2>/dev/null >"$logs/tidy.log" \
    && echo "tidy: clean" || { grep -E 'warning:|error:' "$logs/tidy.log" | sort -u; return 1; }
}

say "Packages"
scripts/setup.sh --tests || exit 1
for name in "${stages[@]}"; do
  declare -F "stage_$name" >/dev/null || { echo "test.sh: no stage $name" >&2; exit 2; }
  stage "$name"
done

say "Result"
log=build/dev/Testing/Temporary/LastTest.log
[ -f "$log" ] && /usr/bin/python3 tools/skipped_tests.py "$log"
if [ ${#failed[@]} -gt 0 ]; then echo "FAILED stages: ${failed[*]}"; else echo "All stages passed: ${stages[*]}"; fi
# Last of all, the whole suite's own summary.
[ -f "$logs/dev-ctest.log" ] && grep -A 100 -E '^[0-9]+% tests passed' "$logs/dev-ctest.log"
exit $((${#failed[@]} > 0))
