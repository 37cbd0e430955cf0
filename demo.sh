#!/bin/bash
# From a bare Debian 12 to findings computed on a ciphertext.
#   ./demo.sh           draws a phantom chest and classifies it
#   ./demo.sh FILE...   classifies those radiographs (PNG, JPEG, DICOM)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$here/build/release/veilray
model=$here/models/chest-f8-hefnet
say() { printf '\n== %s\n' "$*"; }

say "Packages"
"$here/scripts/setup.sh"

say "Build (release)"
(cd "$here" && cmake --preset release >/dev/null && cmake --build --preset release)

if [ ! -e "$model/model.json" ]; then
  say "Model: no trained weights here, so random ones; the findings will mean nothing"
  "$program" compile --arch hefnet --attention none --in-channels 4 --size 32 \
    --random-weights 1 --name chest-f8-hefnet -o "$model" \
    --labels Atelectasis,Cardiomegaly,Effusion,Infiltration,Mass,Nodule,Pneumonia,Pneumothorax,Consolidation,Edema,Emphysema,Fibrosis,Pleural_Thickening,Hernia
fi

films=("$@")
if [ ${#films[@]} -eq 0 ]; then
  say "Film: none given, so a drawn phantom (nobody's film)"
  mkdir -p "$here/build/demo"
  films=("$here/build/demo/chest.png")
  "$program" phantom --finding cardiomegaly --finding effusion --seed 7 --force -o "${films[0]}"
fi

say "Classify, encrypted"
"$program" classify "${films[@]}" --model "$model"
