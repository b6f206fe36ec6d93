#!/usr/bin/env python3
"""Other programs' opinion of the certificates: sound, readable, fonts inside, credential inside, code that scans.

    IKRAR_SAMPLES_OUT=FOLDER cargo test --lib certificate::samples
    python3 tests/interop/pdf.py FOLDER

Needs qpdf, poppler-utils and zbar-tools; a missing program is a failure.
"""
import base64
import json
import subprocess
import sys
import tempfile
from pathlib import Path

SAMPLES = Path(__file__).parent.parent / "vectors" / "certificates"


def run(*command: str | Path) -> bytes:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} ended with {done.returncode}: {done.stdout + done.stderr!r}")
    return done.stdout


def squeezed(text: str) -> str:
    return "".join(text.split())


def check(pdf: Path, sample: dict, scratch: Path) -> None:
    run("qpdf", "--check", pdf)
    text = squeezed(run("pdftotext", "-enc", "UTF-8", pdf, "-").decode())
    for expected in (sample["name"], sample["verify_address"], "DATA SINTETIS"):
        assert squeezed(expected) in text, f"{expected} is not in the text"

    fonts = run("pdffonts", pdf).decode().splitlines()[2:]
    assert len(fonts) == 3, fonts
    for font in fonts:
        embedded, _subset, unicode = font.split()[-5:-2]
        assert (embedded, unicode) == ("yes", "yes"), font

    attached = scratch / "ikrar.cose"
    run("pdfdetach", "-savefile", "ikrar.cose", "-o", attached, pdf)
    credential = sample["credential"]
    assert attached.read_bytes() == base64.urlsafe_b64decode(credential + "=" * (-len(credential) % 4))

    run("pdftoppm", "-r", "150", "-gray", "-png", pdf, scratch / "page")
    last = sorted(scratch.glob("page*.png"))[-1]
    scanned = run("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", last).decode().strip()
    assert scanned == sample["qr_text"], f"the code says {scanned}"


def main(folder: Path) -> None:
    samples = sorted(SAMPLES.glob("*.json"))
    assert samples, "no samples"
    for path in samples:
        with tempfile.TemporaryDirectory() as scratch:
            try:
                check(folder / f"{path.stem}.pdf", json.loads(path.read_text()), Path(scratch))
            except AssertionError as fault:
                sys.exit(f"{path.stem}: {fault}")
        print(f"{path.stem}: sound")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
