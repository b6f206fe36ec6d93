// Reads deterministic CBOR (RFC 8949 section 4.2), and only what a credential is made of: integers, byte and text
// strings, arrays, maps in key order, and tags. Everything else, and every longer way of writing the same, throws.

/** A tag with its content. */
export class Tagged {
  constructor(tag, value) {
    this.tag = tag;
    this.value = value;
  }
}

const DEPTH_MAX = 4;

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(length) {
    const end = this.at + length;
    if (end > this.bytes.length) throw new Error('the end is missing');
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  head() {
    const first = this.take(1)[0];
    const major = first >> 5;
    const short = first & 31;
    if (short < 24) return { major, value: short };
    if (short > 26) throw new Error('a number that no credential has');
    const bytes = this.take(1 << (short - 24));
    const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    const least = short === 24 ? 24 : short === 25 ? 256 : 65536;
    if (value < least) throw new Error('a number written longer than needed');
    return { major, value };
  }

  item(depth) {
    if (depth > DEPTH_MAX) throw new Error('too deep');
    const { major, value } = this.head();
    switch (major) {
      case 0: return value;
      case 1: return -1 - value;
      case 2: return this.take(value).slice();
      case 3: return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(value));
      case 4: return this.items(value, depth);
      case 5: return this.map(value, depth);
      case 6: return new Tagged(value, this.item(depth + 1));
      default: throw new Error('a kind of value that no credential has');
    }
  }

  items(count, depth) {
    if (count > this.bytes.length) throw new Error('the end is missing');
    return Array.from({ length: count }, () => this.item(depth + 1));
  }

  map(count, depth) {
    const entries = new Map();
    let before = '';
    for (let n = 0; n < count; n += 1) {
      const start = this.at;
      const key = this.item(depth + 1);
      const written = Array.from(this.bytes.subarray(start, this.at), (byte) => String.fromCharCode(byte)).join('');
      if (written <= before) throw new Error('keys out of order');
      before = written;
      entries.set(key, this.item(depth + 1));
    }
    return entries;
  }
}

/** The one value that the bytes are; throws when they are anything else. */
export function decode(bytes) {
  const reader = new Reader(bytes);
  const value = reader.item(0);
  if (reader.at !== bytes.length) throw new Error('bytes after the end');
  return value;
}
