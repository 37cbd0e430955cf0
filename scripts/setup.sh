#!/bin/bash
# Installs the Debian 12 packages that are missing, and says which. With nothing missing it only looks.
#   scripts/setup.sh           what building and running takes
#   scripts/setup.sh --tests   and the oracles, fuzzers and linters that the tests use
set -euo pipefail

build=(
  g++ cmake ninja-build pkg-config ccache git ca-certificates python3
  libssl-dev            # ChaCha20, SHA-256
  libfmt-dev            # g++ 12 has no <format>
  nlohmann-json3-dev
  libcli11-dev
  libonnx-dev libprotobuf-dev  # networks out of PyTorch
  libdnnl-dev ocl-icd-opencl-dev opencl-headers  # oneDNN; its CMake package asks for OpenCL
  libdcmtk-dev libopenjp2-7-dev libcharls-dev     # DICOM, JPEG 2000 that DCMTK lacks, JPEG-LS that it aborts on
  libpng-dev libjpeg62-turbo-dev zlib1g-dev
  help2man              # the man page of an installation
)
tests=(
  libtorch-dev                                      # the trainer, an optional component
  libgtest-dev libgmock-dev libgmp-dev
  python3-numpy python3-torch libopenblas0-pthread  # the float oracle of the VQGAN
  dcmtk imagemagick                                 # write films in odd encodings
  valgrind                                          # secrets steer no branch
  clang-19 libclang-rt-19-dev clang-format-19 clang-tidy-19
)

wanted=("${build[@]}")
case "${1:-}" in
  "") ;;
  --tests) wanted+=("${tests[@]}") ;;
  *) echo "setup.sh: unknown option $1: use --tests or nothing" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
  echo "setup.sh: no dpkg here; install by other means: ${wanted[*]}" >&2
  exit 1
fi
missing=()
installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null || true)
for package in "${wanted[@]}"; do
  grep -qx "$package installed" <<<"$installed" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "setup: all ${#wanted[@]} packages are there"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "setup.sh: not root and no sudo: have root run: apt-get install ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
echo "setup: installing ${missing[*]}"
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@"; }
apt update
apt install -y --no-install-recommends "${missing[@]}" >/dev/null
echo "setup: done"
