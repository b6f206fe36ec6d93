#!/usr/bin/env bash
# Installs what the tests need from outside: Debian packages (as root or through sudo), and npm packages as the lock
# file pins them. What is there already is left alone. The outside verifiers' Python packages are set up by
# tests/interop/run.sh itself.
set -euo pipefail
cd "$(dirname "$0")/.."

NODE_MAJOR_MIN=20

# program:package
TEST_PROGRAMS=(chromium:chromium node:nodejs npm:npm pdftotext:poppler-utils pdftoppm:poppler-utils zbarimg:zbar-tools
    qrencode:qrencode)
INTEROP_PROGRAMS=(node:nodejs python3:python3 qpdf:qpdf pdftotext:poppler-utils pdftoppm:poppler-utils pdffonts:poppler-utils
    pdfdetach:poppler-utils zbarimg:zbar-tools unzip:unzip age:age age-keygen:age)

fail() {
    echo "setup: $*" >&2
    exit 1
}

debian_packages() {
    local missing=() entry
    for entry in "$@"; do
        command -v "${entry%%:*}" >/dev/null || missing+=("${entry##*:}")
    done
    ((${#missing[@]})) || return 0
    local as_root=()
    if [[ $(id -u) != 0 ]]; then
        command -v sudo >/dev/null || fail "needs ${missing[*]}, and neither root nor sudo is there to install them"
        as_root=(sudo)
    fi
    command -v apt-get >/dev/null || fail "needs ${missing[*]}: install them with this system's package manager"
    echo "== installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >/dev/null
}

# The tests start a server and a pooler of their own from the programs; Debian keeps some of them out of the PATH.
databases() {
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null ||
        debian_packages initdb:postgresql
    PATH=$PATH:/usr/sbin debian_packages pgbouncer:pgbouncer
}

npm_packages() {
    local major
    major=$(node -p 'process.versions.node.split(".")[0]')
    ((major >= NODE_MAJOR_MIN)) || fail "the browser tests need Node ${NODE_MAJOR_MIN} or newer; this is ${major}"
    if ! cmp -s tests/browser/package-lock.json tests/browser/node_modules/.ikrar-lock; then
        echo '== npm packages'
        (cd tests/browser && npm ci --no-fund --no-audit --loglevel=error)
        cp tests/browser/package-lock.json tests/browser/node_modules/.ikrar-lock
    fi
}

case "${1:-}" in
test)
    debian_packages "${TEST_PROGRAMS[@]}"
    databases
    npm_packages
    ;;
interop)
    debian_packages "${INTEROP_PROGRAMS[@]}"
    # Debian's Python comes without what `python3 -m venv` needs.
    python3 -c 'import ensurepip' 2>/dev/null || debian_packages ensurepip-of-python3:python3-venv
    ;;
*) fail 'usage: tests/setup.sh test|interop' ;;
esac
