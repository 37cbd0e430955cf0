#!/bin/bash
# Installs what is missing, builds, and passes every test.
#   ./test.sh            layers format dev asan fuzz tsan tidy: 12 minutes on two Zen 5 cores in a bare clone, some of it
#                        out of a compiler cache (dev 5.3, asan 2.3, fuzz 1.1, tsan 2.7, tidy 0.6); twice that on busy Zen 3
#                        cores.
#   ./test.sh STAGE...   only these
#     layers, format     what may include what; clang-format
#     dev                the whole suite
#     asan               under address and undefined-behaviour sanitizers, what touches untrusted bytes or secrets:
#                        those modules' tests, and the program itself with bad input
#     fuzz               each parser of ours for some seconds, under the same sanitizers
#     tsan               the thread pool, and what runs on it
#     tidy               clang-tidy on what parses untrusted bytes
#     tidy-all           and on the rest of src/, without its tests and the trainer: on request: some 9 CPU seconds a file
# Environment: FUZZ_SECONDS (default 3) for each fuzz target; VEILRAY_FILMS, a folder of real films.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
stages=(layers format dev asan fuzz tsan tidy)
[ $# -gt 0 ] && stages=("$@")
fuzz_seconds=${FUZZ_SECONDS:-3}
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

configure() { cmake --preset "$1" >"$logs/$1-configure.log" || { cat "$logs/$1-configure.log"; return 1; }; }
# The modules' test programs, as build targets.
test_programs() { printf 'veilray_%s_test ' "${@//\//_}"; }

stage_dev() {
  configure dev && cmake --build --preset dev || return 1
  ctest --preset dev -j "$jobs" | tee "$logs/dev-ctest.log"
}

# Whole test programs are left out where others try the same bytes more cheaply: with both sanitizers a test
# that uses gmock takes several times the compiler's time of a library file. The parsers of ckks, plan and vision see
# their bad input through the program and the fuzzers; what only computes is compared with references in dev.
asan_modules=(base tensor ckks/secret client)
stage_asan() {
  local tests
  tests=$(IFS='|'; echo "${asan_modules[*]}|cli/(usage|bad_.*)")
  configure asan && cmake --build --preset asan --target veilray $(test_programs "${asan_modules[@]}") || return 1
  ctest --preset asan -j "$jobs" -R "^($tests)\$" | tee "$logs/asan-ctest.log"
}

# Threads run in base's pool and runtime's execution; vision's are libgomp's, which the sanitizer does not know.
# Planning and the clear runs of random networks take minutes then, on the same threads as the other clear runs.
tsan_modules=(base runtime)
tsan_filter='-Compile.*:ChoosePacking.*:ClearRun.AgreesWithTheInterpreterOnR*'
stage_tsan() {
  configure tsan && cmake --build --preset tsan --target $(test_programs "${tsan_modules[@]}") || return 1
  GTEST_FILTER=$tsan_filter ctest --preset tsan -R "^($(IFS='|'; echo "${tsan_modules[*]}"))\$" | tee "$logs/tsan-ctest.log"
}

stage_fuzz() {
  configure asan && cmake --build --preset fuzz || return 1
  local target name corpus found=0 status=0
  for target in build/asan/fuzz/fuzz_*; do
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

tidy_sources() {
  git ls-files -- src/base/{bytes,file}.cpp 'src/tensor/*.cpp' 'src/ckks/wire*.cpp' \
    src/ckks/{compact,envelope,packing}.cpp src/plan/{answer,client_kit,file,message,network_file}.cpp \
    src/runtime/incoming.cpp src/graph/classifier_record.cpp src/graph/onnx/{model,proto}.cpp src/dataset/csv.cpp \
    'src/vision/dicom/*.cpp' src/vision/{jpeg,png,png_chunks}.cpp src/vision/vqgan/{config,weights}.cpp | grep -v '_test\.cpp$'
}
# tidy LISTING: every file that the function LISTING names.
tidy() { configure tidy && "$1" | xargs /usr/bin/python3 tools/tidy.py build/tidy; }
stage_tidy() { tidy tidy_sources; }
library_sources() { git ls-files -- 'src/*.cpp' | grep -Ev '^src/train/|_test\.cpp$'; }
stage_tidy-all() { tidy library_sources; }

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
