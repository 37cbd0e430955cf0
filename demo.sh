#!/bin/bash
# From a bare Debian 12 to findings computed on a ciphertext.
#   ./demo.sh           draws a phantom chest and classifies it
#   ./demo.sh FILE...   classifies those radiographs (PNG, JPEG, DICOM)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$here/build/release/veilray
say() { printf '\n== %s\n' "$*"; }

say "Packages"
"$here/scripts/setup.sh"

say "Build (release)"
(cd "$here" && cmake --preset release >/dev/null && cmake --build --preset release)

films=("$@")
if [ ${#films[@]} -eq 0 ]; then
  say "Film: none given, so a drawn phantom (nobody's film)"
  mkdir -p "$here/build/demo"
  films=("$here/build/demo/chest.png")
  "$program" phantom --finding cardiomegaly --finding effusion --seed 7 --force -o "${films[0]}"
fi

say "Classify, encrypted"
"$program" classify "${films[@]}"
