#!/usr/bin/env python3
"""Other programs' opinion of the certificates: sound, readable, fonts inside, credential inside, code that scans.

Of the sealed ones also: the seal (pdfsig, pyHanko), PDF/A-3a (pdf_oxide), PDF/UA-1 (outloud), and that they look like
the same pages by the slow writer.

    IKRAR_SAMPLES_OUT=FOLDER cargo test --lib certificate::samples
    python3 tests/interop/pdf.py FOLDER

Run by the Python of tests/interop/requirements.txt. Needs qpdf, poppler-utils and zbar-tools; a missing program is a
failure.
"""
import csv
import json
import sys
import tempfile
from pathlib import Path

import pdf_oxide
from PIL import Image, ImageChops

from shared import base64url, run, squeezed

VECTORS = Path(__file__).parent.parent / "vectors"
SAMPLES = VECTORS / "certificates"
AUTHORITY = VECTORS / "seal" / "authority.pem"
ATTACHED = {"ikrar.cose", "naskah.json"}
MINUTES_ATTACHED = {"berita-acara.json", "rekapitulasi.csv"}
# Grey levels that a pixel of the two writers may differ by: one draws the QR symbol as an image, one as rectangles.
GREY_DIFFERENCE_MAX = 32
# Share of the pixels that differ by more.
PIXELS_DIFFERENT_MAX = 0.01


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
    assert attached.read_bytes() == base64url(credential)

    run("pdftoppm", "-r", "150", "-gray", "-png", pdf, scratch / "page")
    last = sorted(scratch.glob("page*.png"))[-1]
    scanned = run("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", last).decode().strip()
    assert scanned == sample["qr_text"], f"the code says {scanned}"


def tool(name: str) -> Path:
    return Path(sys.executable).parent / name


def check_seal(pdf: Path, attached: set[str], fail_on: str = "warning") -> None:
    seal = run("pdfsig", "-nocert", pdf).decode()
    for expected in ("Signature is Valid", "Total document signed", "ETSI.CAdES.detached"):
        assert expected in seal, seal
    told = run(tool("pyhanko"), "sign", "validate", "--trust", AUTHORITY, "--trust-replace", pdf).decode()
    assert ":INTACT:TRUSTED,UNTOUCHED" in told, told
    told = pdf_oxide.PdfDocument(str(pdf)).validate_pdf_a("3a")
    assert told["valid"], told
    told = run(tool("outloud"), "--quiet", "--fail-on", fail_on, pdf).decode()
    assert fail_on == "error" or "PASS" in told, told
    listed = run("pdfdetach", "-list", pdf).decode()
    assert {line.split(": ")[-1] for line in listed.splitlines()[1:]} == attached, listed


def check_sealed(pdf: Path, slow: Path, scratch: Path) -> None:
    check_seal(pdf, ATTACHED)
    look_alike(pdf, slow, scratch)


def check_minutes(pdf: Path, scratch: Path) -> None:
    """Whoever opens minutes in other programs finds the same sums in print, in the attached data and in the table."""
    # Of many pages outloud also wants bookmarks.
    check_seal(pdf, MINUTES_ATTACHED, "error" if "long" in pdf.name else "warning")
    run("qpdf", "--check", pdf)
    for name in MINUTES_ATTACHED:
        run("pdfdetach", "-savefile", name, "-o", scratch / name, pdf)
    data = json.loads((scratch / "berita-acara.json").read_text())
    rows = list(csv.DictReader((scratch / "rekapitulasi.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert sum(int(row["menandatangani"]) for row in rows) == data["totals"]["signed"]
    assert sum(int(row["sasaran"]) for row in rows) == data["totals"]["target"]
    text = squeezed(run("pdftotext", "-enc", "UTF-8", pdf, "-").decode())
    grouped = f"{data['totals']['signed']:,}".replace(",", ".")
    for expected in ("BERITA ACARA", f"Telah menandatangani {grouped} (", data["log"]["root"], data["text"]["sha256"]):
        assert squeezed(expected) in text, f"{expected} is not in the text"
    run("pdftoppm", "-r", "150", "-gray", "-png", pdf, scratch / "minutes")
    last = sorted(scratch.glob("minutes*.png"))[-1]
    assert run("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", last).decode().strip() == data["address"]
    [page.unlink() for page in scratch.glob("minutes*.png")]


def look_alike(pdf: Path, slow: Path, scratch: Path) -> None:
    for name, file in (("fast", pdf), ("slow", slow)):
        run("pdftoppm", "-r", "100", "-gray", "-png", file, scratch / name)
    pages = [sorted(scratch.glob(f"{name}*.png")) for name in ("fast", "slow")]
    assert len(pages[0]) == len(pages[1])
    for fast, slow_page in zip(*pages, strict=True):
        pictures = [Image.open(picture).convert("L") for picture in (fast, slow_page)]
        counts = ImageChops.difference(*pictures).histogram()
        different = sum(counts[GREY_DIFFERENCE_MAX:]) / sum(counts)
        assert different <= PIXELS_DIFFERENT_MAX, f"{different:.2%} of {fast.name} differs"


def main(folder: Path) -> None:
    samples = sorted(SAMPLES.glob("*.json"))
    assert samples, "no samples"
    for path in samples:
        with tempfile.TemporaryDirectory() as scratch:
            try:
                sample = json.loads(path.read_text())
                for form in ("pdf", "sealed.pdf"):
                    check(folder / f"{path.stem}.{form}", sample, Path(scratch))
                    [page.unlink() for page in Path(scratch).glob("page*.png")]
                check_sealed(folder / f"{path.stem}.sealed.pdf", folder / f"{path.stem}.slow.pdf", Path(scratch))
            except AssertionError as fault:
                sys.exit(f"{path.stem}: {fault}")
        print(f"{path.stem}: sound")
    letterheads = sorted(folder.glob("*.letterhead.pdf"))
    assert letterheads, "no letterheads"
    for path in letterheads:
        try:
            run("qpdf", "--check", path)
            check_seal(path, ATTACHED)
            # The QR symbol, and the emblem, which nothing shines through.
            images = [line.split()[2] for line in run("pdfimages", "-list", path).decode().splitlines()[2:]]
            assert images == ["image"] * (1 if path.name.startswith("no-emblem") else 2), images
        except AssertionError as fault:
            sys.exit(f"{path.stem}: {fault}")
        print(f"{path.stem}: sound")
    documents = sorted(folder.glob("*.document.pdf"))
    assert documents, "no minutes"
    for path in documents:
        with tempfile.TemporaryDirectory() as scratch:
            try:
                check_minutes(path, Path(scratch))
            except AssertionError as fault:
                sys.exit(f"{path.stem}: {fault}")
        print(f"{path.stem}: sound")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
