"""An agency signs a certificate again, with pyHanko: both signatures hold, and `ikrar verify` tells the one from the other."""
import base64
import datetime
import json
import subprocess
from pathlib import Path

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

AGENCY = "Dinas Contoh (data sintetis)"
EXTENDED = 5


def agency(scratch: Path) -> tuple[Path, Path]:
    """A key and its own certificate, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, AGENCY)])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.KeyUsage(True, True, False, False, False, False, False, False, False), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = scratch / "agency-key.pem", scratch / "agency.pem"
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key_file.write_bytes(key.private_bytes(*form))
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key_file, certificate_file


def signed_again(pdf: Path, scratch: Path) -> tuple[Path, bytes]:
    """The file with another signature, and the other signer's certificate in DER."""
    key_file, certificate_file = agency(scratch)
    signer = signers.SimpleSigner.load(str(key_file), str(certificate_file))
    extended = scratch / "extended.pdf"
    with pdf.open("rb") as sealed, extended.open("wb") as out:
        writer = IncrementalPdfFileWriter(sealed)
        signers.sign_pdf(writer, signers.PdfSignatureMetadata(field_name="Dinas"), signer=signer, output=out)
    return extended, signer.signing_cert.dump()


def check_extended(ikrar: str, data: Path, pdf: Path, jwks: dict, scratch: Path) -> None:
    extended, other = signed_again(pdf, scratch)
    seal = next(key for key in jwks["keys"] if key["kty"] == "EC")
    authority = base64.b64decode(seal["x5c"][-1])
    roots = [asn1_x509.Certificate.load(der) for der in (authority, other)]
    with extended.open("rb") as file:
        signatures = PdfFileReader(file).embedded_signatures
        assert len(signatures) == 2, signatures
        for signature in signatures:
            status = validate_pdf_signature(signature, ValidationContext(trust_roots=roots))
            assert status.bottom_line, status.pretty_print_details()
    told = subprocess.run(["pdfsig", "-nocert", extended], capture_output=True, text=True, check=False).stdout
    assert told.count("Signature is Valid") == 2, told

    cut = scratch / "cut.pdf"
    command = [ikrar, "verify", extended, "--data", data, "--json", "--sealed", cut]
    done = subprocess.run(command, capture_output=True, check=False)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["verdict"], answer["page"]) == (EXTENDED, "data_only", "extended"), answer
    additions = [{"kind": "signature", "signer": AGENCY}]
    assert answer["extension"] == {"sealed_bytes": pdf.stat().st_size, "additions": additions}, answer
    assert cut.read_bytes() == pdf.read_bytes(), "what was cut off isn't what was added"
