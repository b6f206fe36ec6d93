"""Certificates of fifty people as rosters really have them, of a pledge and of a pact, each taken apart by other programs.

Two events are made with the command line, their people sign through the API, and every certificate must be sound to qpdf,
sealed to pdfsig and pyHanko (trusted with the installation's own authority), PDF/A-3a to pdf_oxide, PDF/UA-1 to outloud,
with all fonts inside; name, clauses and serial come in reading order; three decoders read the code. Single bytes are
changed, 300 in all, and `ikrar verify` notices each.
"""
import base64
import csv
import json
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError

import cv2
import cwt
import pdf_oxide
import zxingcpp
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from shared import base64url, fetch, from_digits, run, sign, squeezed

IKRAR = os.environ["IKRAR"]
CHANGES = 300
RESOLUTION = "200"
ATTACHED = {"ikrar.cose", "naskah.json"}

NAMES = [
    "Suharto",
    "O",
    "Nur'aini",
    "Ma’ruf bin Syafi’i, S.Ag.",
    "Prof. Dr. dr. H. Abdul Rahman Ar-Rasyid, Sp.PD-KGEH., M.Kes., Ph.D., FINASIM",
    "Ḥasan Ṣirāṭ al-Ḥusaynī",
    "I Gusti Ngurah Agung Ayu Putri Wulandari Kusumaningrat Adnyana, S.E., M.M., Ak., CA., QIA., CFrA.",
    "W" * 60,
    "Siti (Almh.) Zubaidah",
    "Zoë Ñañang d’Angelo-da Costa",
    "Raden Mas Haji Tumenggung Prawirodirdjo Sosrodiningrat Kusumo Adiwinoto Hadiningrat Joyo, S.H., M.Hum., Ph.D.",
    "Drs. Ec. Ir. H. M. Yusuf, M.T., IPU., ASEAN Eng.",
    "Kumaraṅga Śrī Wijaya",
    "A. M. B. C. D. E. F. G. H.",
    "“Bung” Tomo, S.Sos",
    "Dg. Rampu – Tenri",
    "Šárka Çelik Øystein",
    "Iin",
    "Andi/Andini & Rekan",
    "Muhammad  Ali   Akbar",
    "de’ Rossi",
    "H. Lalu Titik-Dua bin Raka",
    "Yth. Bapak H. Sulaiman",
    "Ni Luh Ketut Suci; S.Pd",
    "Tjokorda Gde Raka",
]
UNITS = [
    ("Dinas Pendidikan", "", ""),
    ("Dinas Perumahan Rakyat, Kawasan Permukiman, dan Pertanahan", "Bidang Penataan dan Pengembangan Kawasan Permukiman", "Seksi Pemanfaatan, Pengendalian, dan Pengawasan Pembangunan Perumahan Swadaya"),
    ("RSUD dr. Contoh", "Instalasi Gawat Darurat", ""),
    ("Sekretariat Daerah", "Biro Hukum", "Bagian “Naskah”"),
]
RANKS = ["", "Pembina Utama Madya (IV/d)", "Juru Muda (I/a)"]
POSITIONS = ["", "Kepala Bidang", "Analis Sumber Daya Manusia Aparatur Ahli Muda pada Subbidang Mutasi, Promosi, dan Pensiun"]


def roster(path: Path, first: int) -> None:
    rows = [["NIP", "NAMA", "GOLONGAN", "JABATAN", "PERANGKAT DAERAH", "UNOR INDUK", "UNOR NAMA", "INSTANSI"]]
    for at, name in enumerate(NAMES):
        number = f"19850101201001{1 + at % 2}{first + at:03d}"
        rows.append([number, name, RANKS[at % 3], POSITIONS[at % 3], *UNITS[at % 4], "Pemerintah Kota Contoh"])
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=";").writerows(rows)


def event(url: str, data: Path, scratch: Path, slug: str, template: str, first: int) -> list[dict]:
    """An open event of this template; its people with their codes."""
    def ikrar(*words: str | Path) -> None:
        run(IKRAR, *words, "--data", data, "--public-url", url)

    listed, codes = scratch / f"{slug}.csv", scratch / f"{slug}-codes.csv"
    roster(listed, first)
    details = ["--organizer", "Pemerintah Kota Contoh", "--place", "Palembang", "--occasion", "Pemilu 2029", "--year", "2029"]
    contact = ["--help-contact", "BKD, 0711-000000", "--closes-at", "2099-01-01T00:00"]
    ikrar("campaign", "create", slug, "--template", template, "--title", f"Uji {template}", *details, *contact)
    ikrar("import", "--campaign", slug, listed)
    ikrar("campaign", "lock", slug)
    ikrar("campaign", "open", slug)
    ikrar("codes", "--campaign", slug, "--out", codes)
    for _ in range(150):
        try:
            if json.loads(fetch(f"{url}/api/v1/campaigns/{slug}"))["state"] == "open":
                break
        except HTTPError:
            pass
        time.sleep(0.1)
    with codes.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    return [{"identifier": row[0], "name": row[1], "access_code": row[-1]} for row in rows[1:]]


def check_seal(pdf: Path, authority: bytes) -> None:
    told = run("pdfsig", "-nocert", pdf).decode()
    assert "Signature is Valid" in told and "Total document signed" in told, told
    with pdf.open("rb") as file:
        (signature,) = PdfFileReader(file).embedded_signatures
        trust = ValidationContext(trust_roots=[x509.Certificate.load(authority)])
        status = validate_pdf_signature(signature, trust)
        assert status.bottom_line, status.pretty_print_details()
        assert status.coverage == SignatureCoverageLevel.ENTIRE_FILE, status.coverage


def check_content(pdf: Path, receipt: dict, name: str, clauses: list[str], scratch: Path) -> None:
    run("qpdf", "--check", pdf)
    fonts = [line.split()[-5:-2] for line in run("pdffonts", pdf).decode().splitlines()[2:]]
    assert fonts and all(embedded == "yes" and known == "yes" for embedded, _, known in fonts), fonts
    listed = run("pdfdetach", "-list", pdf).decode().splitlines()[1:]
    assert {line.split(": ")[-1] for line in listed} == ATTACHED, listed
    told = pdf_oxide.PdfDocument(str(pdf)).validate_pdf_a("3a")
    assert told["valid"], told
    read = run(Path(sys.executable).parent / "outloud", "--quiet", "--fail-on", "warning", pdf).decode()
    assert "PASS" in read, read
    text = squeezed(run("pdftotext", "-enc", "UTF-8", "-raw", pdf, "-").decode())
    at = 0
    for part in (name, *clauses, receipt["serial"]):
        found = text.find(squeezed(part), at)
        assert found >= 0, f"{part!r} isn't behind what stands before it"
        at = found
    attached = scratch / f"{pdf.stem}.cose"
    run("pdfdetach", "-savefile", "ikrar.cose", "-o", attached, pdf)
    assert attached.read_bytes() == base64url(receipt["credential"])


def check_code(pdf: Path, credential: bytes, scratch: Path) -> bool:
    """zbar and zxing-cpp read the credential; whether OpenCV does too."""
    run("pdftoppm", "-r", RESOLUTION, "-gray", "-png", pdf, scratch / pdf.stem)
    # The code stands on the last page.
    picture = sorted(scratch.glob(f"{pdf.stem}-*.png"))[-1]
    zbar = run("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture).decode().strip()
    page = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
    zxing = [code.text for code in zxingcpp.read_barcodes(page)]
    assert zxing == [zbar], f"zbar reads {zbar}, zxing {zxing}"
    assert from_digits(zbar.split("#")[1]) == credential, "the code carries another credential"
    return cv2.QRCodeDetector().detectAndDecode(page)[0] == zbar


def check_changes(pdf: Path, data: Path, count: int, scratch: Path, where: random.Random) -> None:
    bytes_of = pdf.read_bytes()
    for _ in range(count):
        at = where.randrange(len(bytes_of))
        changed = bytearray(bytes_of)
        changed[at] ^= 1 << where.randrange(8)
        file = scratch / f"{pdf.stem}-changed.pdf"
        file.write_bytes(changed)
        done = subprocess.run([IKRAR, "verify", file, "--data", data, "--json"], capture_output=True, check=False)
        assert done.returncode not in (0, 101), f"byte {at} was changed and {done.stdout!r}"


def check_people(url: str, data: Path, scratch: Path) -> None:
    kinds = [("janggal", "ikrar-netralitas", 100), ("janggal-pakta", "pakta-integritas", 300)]
    events = [(slug, event(url, data, scratch, slug, template, first)) for slug, template, first in kinds]
    jwks = json.loads(fetch(f"{url}/.well-known/jwks.json"))
    keys = [cwt.COSEKey.from_jwk(key) for key in jwks["keys"] if key["kty"] == "OKP"]
    authority = base64.b64decode(next(key for key in jwks["keys"] if key["kty"] == "EC")["x5c"][-1])
    tasks = [(slug, at, person) for slug, people in events for at, person in enumerate(people)]
    assert len(tasks) == 2 * len(NAMES), tasks

    def check(task: tuple[str, int, dict]) -> bool:
        slug, at, person = task
        try:
            receipt = sign(url, slug, person)
            credential = base64url(receipt["credential"])
            assert cwt.decode(credential, keys)[7] == base64url(receipt["pledge_id"])
            pdf = scratch / f"{slug}-{at}.pdf"
            pdf.write_bytes(fetch(receipt["certificate_url"]))
            clauses = [one["text"].split("{")[0] for one in json.loads(fetch(f"{url}/api/v1/campaigns/{slug}"))["clauses"]]
            check_content(pdf, receipt, person["name"], clauses, scratch)
            check_seal(pdf, authority)
            check_changes(pdf, data, CHANGES // len(tasks), scratch, random.Random(f"{slug} {at}"))
            return check_code(pdf, credential, scratch)
        except AssertionError as fault:
            raise AssertionError(f"{slug}, {person['name']}: {fault}") from fault

    with ThreadPoolExecutor(max_workers=2) as pool:
        by_opencv = sum(pool.map(check, tasks))
    print(f"people: {len(tasks)} certificates sound; zbar and zxing read all codes, OpenCV {by_opencv}")
