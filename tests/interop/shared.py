"""What several checks need: other programs, the API, and the digits of a QR code."""
import base64
import json
import subprocess
import urllib.request
from pathlib import Path

GROUP_BYTES_BY_DIGITS = {3: 1, 5: 2, 8: 3, 10: 4, 13: 5, 15: 6, 17: 7}


def run(*command: str | Path) -> bytes:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} ended with {done.returncode}: {done.stdout + done.stderr!r}")
    return done.stdout


def squeezed(text: str) -> str:
    return "".join(text.split())


def base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def from_digits(digits: str) -> bytes:
    """Written anew from the documented format, on purpose."""
    groups = [digits[at : at + 17] for at in range(0, len(digits), 17)]
    return b"".join(int(group).to_bytes(GROUP_BYTES_BY_DIGITS[len(group)], "big") for group in groups)


def fetch(url: str, body: dict | None = None, token: str | None = None) -> bytes:
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as answer:
        return answer.read()


def sign(url: str, slug: str, person: dict) -> dict:
    """Signs as this person; the receipt."""
    campaign = f"{url}/api/v1/campaigns/{slug}"
    event = json.loads(fetch(campaign))
    entered = {"identifier": person["identifier"], "access_code": person["access_code"]}
    session = json.loads(fetch(f"{campaign}/sessions", entered))
    agreed = {"text_hash": event["text_hash"], "agreed": [clause["id"] for clause in event["clauses"]]}
    return json.loads(fetch(f"{campaign}/pledges", agreed, session["token"]))
