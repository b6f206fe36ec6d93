#!/usr/bin/env python3
"""How well a certificate's QR code scans: 200 pictures of it with blur, noise and perspective, by three decoders, and as
many that are much worse.

    python3 tests/interop/scan_rate.py FILE.pdf

The code is drawn at 4 pixels a module, as a phone's camera sees a print from some 30 cm. The distortions are drawn from a
seeded generator, so every run sees the same pictures. zbar and zxing-cpp must read each of the first 200; what they
read of the others, and what OpenCV reads, is printed.
"""
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy
import zxingcpp

PICTURES = 200
MODULE_PIXELS = 4
QUIET_MODULES = 4
SEED = 2029


class Distortion(NamedTuple):
    name: str
    # Gaussian blur, in pixels, and noise, in grey levels.
    blur_sigma_max: float
    noise_sigma_max: float
    # How far each corner moves, as a share of the side.
    corner_share_max: float
    contrast_min: float


DISTORTIONS = [Distortion("usual", 1.0, 8.0, 0.03, 0.7), Distortion("hard", 1.4, 18.0, 0.06, 0.6)]


def symbol(pdf: Path, scratch: Path) -> numpy.ndarray:
    """The code as it is embedded, at MODULE_PIXELS a module with its quiet zone, and dark on white."""
    subprocess.run(["pdfimages", "-png", pdf, scratch / "image"], check=True)
    pictures = [cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) for file in sorted(scratch.glob("image*.png"))]
    square = [one for one in pictures if one.shape[0] == one.shape[1] and set(numpy.unique(one)) <= {0, 255}]
    code = square[0]
    # It has four pixels a module already (docs/certificates.md).
    if code[0, 0] == 255:
        code = 255 - code
    edge = QUIET_MODULES * MODULE_PIXELS
    return cv2.copyMakeBorder(code, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=255)


def distorted(code: numpy.ndarray, how: Distortion, random: numpy.random.Generator) -> numpy.ndarray:
    side = code.shape[0]
    edge = side // 6
    framed = cv2.copyMakeBorder(code, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=255)
    whole = framed.shape[0]
    corners = numpy.float32([[0, 0], [whole, 0], [whole, whole], [0, whole]])
    moved = corners + random.uniform(-how.corner_share_max, how.corner_share_max, (4, 2)).astype(numpy.float32) * side
    matrix = cv2.getPerspectiveTransform(corners, moved)
    picture = cv2.warpPerspective(framed, matrix, (whole, whole), borderValue=255, flags=cv2.INTER_LINEAR)
    sigma = random.uniform(0.0, how.blur_sigma_max)
    if sigma > 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), sigma)
    contrast = random.uniform(how.contrast_min, 1.0)
    noise = random.normal(0.0, random.uniform(0.0, how.noise_sigma_max), picture.shape)
    return numpy.clip(128 + (picture.astype(numpy.float32) - 128) * contrast + noise, 0, 255).astype(numpy.uint8)


def by_zbar(picture: Path) -> str:
    command = ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def rates(code: numpy.ndarray, how: Distortion, scratch: Path) -> dict[str, int]:
    random = numpy.random.default_rng(SEED)
    expected = zxingcpp.read_barcodes(code)[0].text
    read = {"zbar": 0, "zxing": 0, "opencv": 0}
    for _ in range(PICTURES):
        picture = distorted(code, how, random)
        file = scratch / "picture.png"
        cv2.imwrite(str(file), picture)
        read["zbar"] += by_zbar(file) == expected
        read["zxing"] += [found.text for found in zxingcpp.read_barcodes(picture)] == [expected]
        read["opencv"] += cv2.QRCodeDetector().detectAndDecode(picture)[0] == expected
    return read


def main(pdf: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        code = symbol(pdf, Path(folder))
        read = {how.name: rates(code, how, Path(folder)) for how in DISTORTIONS}
    modules = code.shape[0] // MODULE_PIXELS - 2 * QUIET_MODULES
    for name, counts in read.items():
        told = ", ".join(f"{decoder} {count} of {PICTURES}" for decoder, count in counts.items())
        print(f"scan rate: {modules} modules, {name}: {told}")
    if (read["usual"]["zbar"], read["usual"]["zxing"]) != (PICTURES, PICTURES):
        sys.exit("scan rate: a picture wasn't read")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
