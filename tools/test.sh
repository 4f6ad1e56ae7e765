#!/usr/bin/env bash
# Run all tests on a machine that has only Python 3.11 or newer:
#     bash tools/test.sh [ARGUMENTS FOR PYTEST]
# On Debian and its derivatives, install the system libraries that Qt and Xvfb need.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
packages=(
    xvfb xauth libegl1 libgl1 libdbus-1-3 libfontconfig1 libglib2.0-0
    libgssapi-krb5-2 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0
    libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xfixes0
    libxcb-xinerama0
)

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "The tests need Python 3.11 or newer; set one with PYTHON=..." >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    packages+=(python3-venv)
fi

installed() {
    dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null |
        grep -q '^installed'
}

if command -v apt-get >/dev/null; then
    missing=()
    for package in "${packages[@]}"; do
        installed "$package" || missing+=("$package")
    done
    if ((${#missing[@]})); then
        echo "Installing ${missing[*]}"
        root=()
        if [ "$(id -u)" -ne 0 ]; then root=(sudo); fi
        "${root[@]}" apt-get update -qq
        "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -qq --yes --no-install-recommends "${missing[@]}"
    fi
elif ! command -v xvfb-run >/dev/null; then
    echo "Install the equivalents of these Debian packages, then run again: ${packages[*]}" >&2
    exit 1
fi

"$python" -m venv --clear build/test-environment
build/test-environment/bin/python -m pip install --quiet "tox>=4.20"

# One environment is used for types and tests. The tests run last, so the last line
# shows how many passed, or that the style or type checks failed.
screen=(xvfb-run --auto-servernum --server-args="-screen 0 1600x1200x24")
tox=(build/test-environment/bin/python -m tox)
checks=0
"${tox[@]}" run -e lint || checks=$?
"${tox[@]}" run -e py --notest
"${tox[@]}" exec -e py --skip-pkg-install -- mypy || checks=$?
"${screen[@]}" "${tox[@]}" run -qq -e py --skip-pkg-install -- "$@"
if ((checks)); then echo "The tests passed, but ruff or mypy failed: see above." >&2; fi
exit "$checks"
