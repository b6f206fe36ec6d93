certificates-nobody-signed = Nobody has signed at this event yet.
certificates-written = { $count } certificates written to { $path }.
certificates-faults = { $count } certificates couldn't be created.
certificates-nobody-selected = Nobody of this choice has signed yet.
certificates-no-own-copies = The certificates of this event are from before there were archive copies. Download those with the last four digits.

certificates-manifest-file = FILE
certificates-manifest-serial = SERIAL
certificates-manifest-name = NAME
certificates-manifest-institution-code = INSTITUTION CODE
certificates-manifest-institution = INSTITUTION
certificates-manifest-unit = UNIT
certificates-manifest-signed-at = SIGNED
certificates-manifest-status = STANDING
certificates-manifest-sha256 = SHA-256
certificates-manifest-remark = REMARK
certificates-manifest-valid = valid
certificates-manifest-revoked = revoked

certificates-verify =
    HOW TO CHECK THE CERTIFICATES IN THIS ARCHIVE

    Event:         { $event }
    Organizer:     { $organizer }
    Certificates:  { $count }
    Check at:      { $url }/v

    manifest.csv has one row for each certificate, with the SHA-256 of its file and its standing when this
    archive was made. Of a pledge that is revoked later only the address above knows.

    1. With a browser: open { $url }/v and choose the PDF file, or scan the QR code on its page.

    2. Without a network, with the program ikrar:

           ikrar verify FILE.pdf --trust jwks.json

       jwks.json in this archive is { $url }/.well-known/jwks.json as it was when the archive was made.
       Compare them when there is a network: anybody can make an archive with keys of their own.
certificates-verify-sealed =
    3. With other people's programs. Each PDF is sealed with a digital signature of the organizer (PAdES):

           pdfsig FILE.pdf
           pyhanko sign validate --trust authority.pem --trust-replace FILE.pdf

       SHA-256 of the certificate that vouches for the seal, authority.pem:

           { $fingerprint }

       Compare it with what the organizer announces by another channel.

    This seal is the organizer's, and isn't a certified electronic signature.
certificates-verify-unsealed =
    The certificates of this event aren't sealed: what is proven genuine is the pledge's data within the file
    and in the QR code, not the words on its page. Compare name, last four digits and institution.
