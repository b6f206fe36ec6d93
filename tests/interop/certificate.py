#!/usr/bin/env python3
"""From a signature in a demo to a verdict by other people's programs.

Signs as one of the demo's people, fetches certificate and keys as anybody would, prints the certificate (pdftoppm),
scans it (zbarimg and zxing-cpp), takes the attachment out (pdfdetach), and checks the credential's signature and claims
with PyPI's `cwt` under the published JWKS. Then `ikrar verify` is asked about the same files.
"""
import base64
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cwt
import zxingcpp
from PIL import Image

from extended import check_extended
from people import check_people
from shared import base64url, fetch, from_digits, sign

ROOT = Path(__file__).parent.parent.parent
IKRAR = os.environ["IKRAR"]
PEOPLE = "40"
PRINT_DPI = "150"
PRIVATE_CLAIM = -65537


def verdict(data: Path, given: str) -> tuple[int, dict]:
    done = subprocess.run([IKRAR, "verify", given, "--data", data, "--json"], capture_output=True, check=False)
    return done.returncode, json.loads(done.stdout or "{}")


def check_vector() -> None:
    vector = json.loads((ROOT / "tests" / "vectors" / "credential.json").read_text())
    key = cwt.COSEKey.from_jwk(vector["jwks"]["keys"][0])
    claims = cwt.decode(bytes.fromhex(vector["credential"]), key)
    assert claims[7].hex() == vector["claims"]["cti"], claims
    assert from_digits(vector["qr_text"].split("#")[1]).hex() == vector["credential"]


def check_credential(credential: bytes, jwks: dict, receipt: dict, person: dict) -> None:
    keys = [cwt.COSEKey.from_jwk(key) for key in jwks["keys"]]
    claims = cwt.decode(credential, keys)
    version, kind, name, last4, *_ = claims[PRIVATE_CLAIM]
    assert (version, kind, name) == (1, 1, person["name"]), claims
    assert last4 == person["identifier"][-4:], claims
    assert claims[7] == base64url(receipt["pledge_id"])
    for at in (20, len(credential) // 2, len(credential) - 1):
        changed = bytearray(credential)
        changed[at] ^= 1
        try:
            cwt.decode(bytes(changed), keys)
        except Exception:  # Whatever way it is refused.
            continue
        raise AssertionError(f"byte {at} was changed and cwt accepts it")


def check_certificate(url: str, data: Path, scratch: Path, person: dict) -> None:
    receipt = sign(url, "sumsel", person)
    jwks = json.loads(fetch(f"{url}/.well-known/jwks.json"))
    credential = base64url(receipt["credential"])
    check_credential(credential, jwks, receipt, person)

    pdf, cose, page, saved = (scratch / name for name in ("certificate.pdf", "ikrar.cose", "page", "receipt.json"))
    pdf.write_bytes(fetch(receipt["certificate_url"]))
    saved.write_text(json.dumps(receipt))
    subprocess.run(["pdftoppm", "-r", PRINT_DPI, "-gray", "-png", pdf, page], check=True)
    # The code stands on the last page.
    picture = sorted(scratch.glob("page-*.png"))[-1]
    zbar = subprocess.run(
        ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture], capture_output=True, check=True
    )
    scanned = zbar.stdout.decode().strip()
    codes = [code.text for code in zxingcpp.read_barcodes(Image.open(picture))]
    assert codes == [scanned], f"zbar reads {scanned}, zxing {codes}"
    assert scanned.startswith(f"{url}/v#"), scanned
    assert from_digits(scanned.split("#")[1]) == credential, "the code carries another credential"
    subprocess.run(["pdfdetach", "-savefile", "ikrar.cose", "-o", cose, pdf], check=True)
    assert cose.read_bytes() == credential, "the PDF carries another credential"

    for given, protected in ((scanned, "none"), (str(cose), "none"), (str(saved), "none"), (str(pdf), "sealed")):
        code, answer = verdict(data, given)
        assert (code, answer["verdict"], answer["page"]) == (0, "valid", protected), answer
        assert answer["claims"]["name"] == person["name"]
    start = scanned.index("#") + 1
    for at in range(start, len(scanned), 37):
        changed = f"{scanned[:at]}{(int(scanned[at]) + 1) % 10}{scanned[at + 1:]}"
        code, answer = verdict(data, changed)
        assert (code, answer["verdict"]) == (1, "altered"), f"digit {at - start}: {answer}"
    code, answer = verdict(data, scanned[:-40])
    assert (code, answer["verdict"]) == (1, "incomplete"), answer
    check_extended(IKRAR, data, pdf, jwks, scratch)


def check_archive(url: str, data: Path, scratch: Path) -> None:
    out = scratch / "all.zip"
    command = [IKRAR, "certificates", "--data", data, "--campaign", "sumsel", "--public-url", url, "--out", out]
    subprocess.run(command, capture_output=True, check=True)
    subprocess.run(["unzip", "-tqq", out], check=True)
    with zipfile.ZipFile(out) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig"))))
        assert len(rows) == 1, rows
        archive.extractall(scratch / "all")
    folder = scratch / "all"
    pdf = folder / rows[0]["BERKAS"]
    assert hashlib.sha256(pdf.read_bytes()).hexdigest() == rows[0]["SHA-256"]
    pyhanko = [Path(sys.executable).parent / "pyhanko", "sign", "validate", "--trust-replace"]
    told = subprocess.run([*pyhanko, "--trust", folder / "authority.pem", pdf], capture_output=True, text=True, check=True)
    assert ":INTACT:TRUSTED,UNTOUCHED" in told.stdout, told.stdout
    words = (folder / "VERIFY.txt").read_text()
    der = base64.b64decode("".join((folder / "authority.pem").read_text().splitlines()[1:-1]))
    fingerprint = ":".join(f"{byte:02X}" for byte in hashlib.sha256(der).digest())
    assert fingerprint in words, words
    verify = [IKRAR, "verify", pdf, "--trust", folder / "jwks.json"]
    subprocess.run(verify, capture_output=True, check=True)


@contextmanager
def served(data: Path) -> Iterator[str]:
    """A demo in this folder; its address."""
    command = [IKRAR, "demo", "--participants", PEOPLE, "--data", data, "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
        try:
            said = []
            for line in demo.stdout:
                said.append(line)
                if line.startswith("ready "):
                    break
            assert said and said[-1].startswith("ready "), "".join(said)
            yield said[-1].split()[1]
        finally:
            demo.terminate()


def main(scratch: Path) -> None:
    check_vector()
    data = scratch / "demo"
    with served(data) as url:
        with (data / "demo-participants.csv").open(newline="") as people:
            person = next(csv.DictReader(people))
        check_certificate(url, data, scratch, person)
        check_people(url, data, scratch)
    check_archive(url, data, scratch)
    print("certificate: scanned, taken apart and verified by others")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
