#!/usr/bin/env python3
"""Freezes what a release issues, so that every later one gives the same verdicts (`tests/vectors.rs`).

    IKRAR=target/release/ikrar python3 tests/interop/freeze.py tests/vectors/releases/NAME

Run by the Python of tests/interop/requirements.txt, once for each release. Signs as one of a demo's people, who are
synthetic, and writes what is issued, the keys, and what `ikrar verify` says of each file.
"""
import csv
import json
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from certificate import IKRAR, base64url, fetch, served, sign
from extended import signed_again
from PIL import Image
import zxingcpp

SHOWN = ("verdict", "revocation", "log", "page", "extension")


def own_copy(url: str, person: dict) -> bytes | None:
    """The signer's own copy, where the release has one."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    fields = {"step": "enter", "identifier": person["identifier"], "access_code": person["access_code"]}
    opener.open(f"{url}/k/sumsel/sign", urllib.parse.urlencode(fields).encode()).read()
    try:
        answer = opener.open(f"{url}/k/sumsel/receipt/own")
    except urllib.error.HTTPError:
        return None
    return answer.read() if answer.headers["content-type"] == "application/pdf" else None


def write_all(folder: Path, url: str, data: Path, scratch: Path) -> None:
    with (data / "demo-participants.csv").open(newline="") as people:
        person = next(csv.DictReader(people))
    receipt = sign(url, person["identifier"], person["access_code"])
    pdf = folder / "certificate.pdf"
    pdf.write_bytes(fetch(receipt["certificate_url"]))
    (folder / "receipt.json").write_text(json.dumps(receipt, indent=2) + "\n")
    (folder / "credential.cose").write_bytes(base64url(receipt["credential"]))
    (folder / "jwks.json").write_bytes(fetch(f"{url}/.well-known/jwks.json"))
    subprocess.run(["pdftoppm", "-r", "150", "-gray", "-png", "-singlefile", pdf, scratch / "page"], check=True)
    [code] = zxingcpp.read_barcodes(Image.open(scratch / "page.png"))
    (folder / "qr.txt").write_text(code.text)
    own = own_copy(url, person)
    if own:
        (folder / "own.pdf").write_bytes(own)
        (folder / "extended.pdf").write_bytes(signed_again(pdf, scratch)[0].read_bytes())


def altered(folder: Path) -> None:
    changed = bytearray((folder / "certificate.pdf").read_bytes())
    changed[len(changed) // 2] ^= 1
    (folder / "altered.pdf").write_bytes(changed)


def verdicts(folder: Path) -> dict:
    told = {}
    for file in sorted(folder.iterdir()):
        if file.name in ("jwks.json", "verdicts.json"):
            continue
        command = [IKRAR, "verify", file, "--trust", folder / "jwks.json", "--json"]
        done = subprocess.run(command, capture_output=True, check=False)
        report = json.loads(done.stdout)
        told[file.name] = {"exit": done.returncode} | {key: report[key] for key in SHOWN if key in report}
    return told


def main(folder: Path) -> None:
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch, served(Path(scratch) / "demo") as url:
        write_all(folder, url, Path(scratch) / "demo", Path(scratch))
    altered(folder)
    (folder / "verdicts.json").write_text(json.dumps(verdicts(folder), indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
