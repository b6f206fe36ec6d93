// The digits of a QR text: 7 bytes as 17 digits, a last group of 1-6 bytes as 3, 5, 8, 10, 13, 15.
// The same rules as src/credential/qr.rs; both are held to tests/vectors/digits.json.

const GROUP_DIGITS = [0, 3, 5, 8, 10, 13, 15, 17];
const GROUP = 17;

/** How many digits so many bytes take. */
export function digitsLength(bytes) {
  return Math.floor(bytes / 7) * GROUP + GROUP_DIGITS[bytes % 7];
}

/** One group as bytes, or null when its length or its range is wrong. */
function group(digits) {
  const length = GROUP_DIGITS.indexOf(digits.length);
  if (length < 1) return null;
  let number = BigInt(digits);
  const bytes = new Uint8Array(length);
  for (let at = length - 1; at >= 0; at -= 1) {
    bytes[at] = Number(number & 255n);
    number >>= 8n;
  }
  return number === 0n ? bytes : null;
}

/**
 * As many bytes as the groups give, from the front.
 * @returns {{bytes: Uint8Array, whole: boolean}} `whole` when every group was good.
 */
export function fromDigits(digits) {
  const parts = [];
  let whole = /^[0-9]*$/.test(digits);
  for (let at = 0; whole && at < digits.length; at += GROUP) {
    const bytes = group(digits.slice(at, at + GROUP));
    if (bytes) parts.push(bytes);
    else whole = false;
  }
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return { bytes, whole };
}
