// From a QR text to a credential whose signature can be checked; nothing here needs a network.
// The same rules as src/credential/{cwt,qr}.rs; both are held to tests/vectors/.

import { decode, Tagged } from './cbor.js';
import { digitsLength, fromDigits } from './digits.js';

const CREDENTIAL_BYTES_MAX = 320;
const PRIVATE_CLAIM = -65537;
const EDDSA = -8;
const TEXT_MAX = 4096;
const KINDS = { 1: 'neutrality_pledge', 2: 'integrity_pact' };
const METHODS = { 1: 'own_device', 2: 'shared_device', 3: 'assisted' };
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Why a text is no credential: `fault` is the verdict `incomplete`, `altered` or `not_a_certificate`. */
export class Refused extends Error {
  constructor(fault) {
    super(fault);
    this.fault = fault;
  }
}

/** Reads a QR text: a link of any host or the bare digits. Throws Refused. */
export function readText(text) {
  if (text.length > TEXT_MAX) throw new Refused('not_a_certificate');
  const bare = text.replace(/\s+/g, '');
  const at = bare.indexOf('/v#');
  const digits = at < 0 ? bare : bare.slice(at + 3);
  if (!/^[0-9]*$/.test(digits)) throw new Refused(at < 0 ? 'not_a_certificate' : 'altered');
  if (digits.length < 17) throw new Refused('incomplete');
  const { bytes, whole } = fromDigits(digits);
  if (!whole) throw new Refused(digitsFault(digits, bytes));
  return readCredential(bytes);
}

/** Reads a credential's bytes. Throws Refused. */
export function readCredential(bytes) {
  try {
    return strict(bytes);
  } catch (error) {
    throw new Refused(bytesFault(bytes));
  }
}

function strict(bytes) {
  const must = (holds) => {
    if (!holds) throw new Error('not as it was issued');
  };
  const isBytes = (value, length) => value instanceof Uint8Array && value.length === length;
  must(bytes.length <= CREDENTIAL_BYTES_MAX);
  const tagged = decode(bytes);
  must(tagged instanceof Tagged && tagged.tag === 18 && Array.isArray(tagged.value) && tagged.value.length === 4);
  const [header, unprotected, payload, signature] = tagged.value;
  must(header instanceof Uint8Array && payload instanceof Uint8Array && isBytes(signature, 64));
  must(unprotected instanceof Map && unprotected.size === 0);
  const headers = decode(header);
  must(headers instanceof Map && headers.size === 2 && headers.get(1) === EDDSA && headers.get(4) instanceof Uint8Array);
  const claims = decode(payload);
  must(claims instanceof Map && claims.size === 3 && Number.isSafeInteger(claims.get(6)) && isBytes(claims.get(7), 16));
  const own = claims.get(PRIVATE_CLAIM);
  must(Array.isArray(own) && own.length === 8 && own[0] === 1 && KINDS[own[1]] && METHODS[own[7]]);
  must([own[2], own[3], own[4]].every((value) => typeof value === 'string'));
  must(isBytes(own[5], 16) && Number.isInteger(own[6]) && own[6] >= 0);
  return {
    kid: new TextDecoder('utf-8', { fatal: true }).decode(headers.get(4)),
    signature,
    bytes,
    message: signedBytes(header, payload),
    claims: {
      pledge_id: base64url(claims.get(7)),
      serial: serial(claims.get(7)),
      signed_at: new Date(claims.get(6) * 1000).toISOString(),
      kind: KINDS[own[1]],
      name: own[2],
      last4: own[3],
      institution: own[4],
      text_hash: base64url(own[5]),
      method: METHODS[own[7]],
    },
  };
}

/** RFC 9052 section 4.4: the CBOR array of "Signature1", protected header, no external data, payload. */
function signedBytes(header, payload) {
  const text = new TextEncoder().encode('Signature1');
  const parts = [[0x84, 0x60 + text.length], text, byteHead(header.length), header, [0x40], byteHead(payload.length), payload];
  return Uint8Array.from(parts.reduce((all, part) => all.concat(Array.from(part)), []));
}

function byteHead(length) {
  if (length < 24) return [0x40 + length];
  return length < 256 ? [0x58, length] : [0x59, length >> 8, length & 255];
}

/** How long the whole credential must be, from its front; null when the front doesn't tell. */
function wholeLength(bytes) {
  const stringAt = (at) => {
    const first = bytes[at];
    if (first >= 0x40 && first <= 0x57) return { head: 1, length: first - 0x40 };
    if (first === 0x58 && at + 1 < bytes.length) return { head: 2, length: bytes[at + 1] };
    if (first === 0x59 && at + 2 < bytes.length) return { head: 3, length: bytes[at + 1] * 256 + bytes[at + 2] };
    return null;
  };
  if (bytes[0] !== 0xd2 || bytes[1] !== 0x84) return null;
  const header = stringAt(2);
  if (!header) return null;
  const at = 2 + header.head + header.length;
  if (bytes[at] !== 0xa0) return null;
  const payload = stringAt(at + 1);
  return payload ? at + 1 + payload.head + payload.length + 66 : null;
}

/** Two marks far apart say how long a whole credential is, so that a change isn't taken for a cut. */
function bytesFault(bytes) {
  const ours = bytes[0] === 0xd2 && (bytes.length === 1 || bytes[1] === 0x84);
  const at = bytes.length - 66;
  const whole = wholeLength(bytes);
  if (bytes.length === 0) return 'incomplete';
  if (at >= 0 && bytes[at] === 0x58 && bytes[at + 1] === 0x40) return 'altered';
  if (whole !== null) return whole > bytes.length ? 'incomplete' : 'altered';
  if (ours) return bytes.length < 32 ? 'incomplete' : 'altered';
  return 'not_a_certificate';
}

/** `front`: the bytes of the groups before the first bad one. */
function digitsFault(digits, front) {
  const groups = Math.floor(digits.length / 17);
  const length = wholeLength(front.subarray(0, Math.min(front.length, groups * 7)));
  if (length !== null) return digits.length < digitsLength(length) ? 'incomplete' : 'altered';
  if (groups >= 5) return 'altered';
  return front[0] === 0xd2 && front[1] === 0x84 ? 'incomplete' : 'not_a_certificate';
}

/** An unknown key id that shares four characters with a known one was damaged, not foreign. */
export function resembles(kid, known) {
  return kid.length === known.length && Array.from(kid).filter((c, at) => c === known[at]).length >= 4;
}

export function base64url(bytes) {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

export function fromBase64url(text) {
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(binary, (c) => c.charCodeAt(0));
}

/** The printed number: 65 bits after the campaign's tag in Crockford's base32, and a check character. */
function serial(pledge) {
  let bits = 0n;
  for (const byte of pledge.subarray(4)) bits = (bits << 8n) | BigInt(byte);
  bits >>= 31n;
  const values = [];
  for (let place = 0; place < 13; place += 1) {
    values.unshift(Number(bits & 31n));
    bits >>= 5n;
  }
  values.push(values.reduce((sum, value, place) => sum + value * (2 * place + 1), 0) % 32);
  const text = values.map((value) => CROCKFORD[value]).join('');
  return `${text.slice(0, 5)}-${text.slice(5, 10)}-${text.slice(10)}`;
}
