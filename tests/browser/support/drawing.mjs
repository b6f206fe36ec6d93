// The drawn signature in a certificate's PDF: its lines, and the pixels that they cover on the page.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";

const DPI = 144;
const POINTS_PER_INCH = 72;
const DARK = 128;

/** Every stroke as points `[x, y]` in PDF points from the page's lower left corner; none when nothing was drawn. */
export function strokesIn(pdf) {
  const bytes = Buffer.from(pdf).toString("latin1");
  // A packed stream may end with a carriage return of its own, so only the line feed belongs to the end.
  for (const [, packed] of bytes.matchAll(/stream\r?\n([\s\S]*?)\nendstream/g)) {
    const content = inflated(Buffer.from(packed, "latin1"));
    // Round caps and joins are for pens.
    const drawn = content.match(/ 1 J 1 j\n([\s\S]*?)S Q/);
    if (drawn) return linesOf(drawn[1]);
  }
  return [];
}

function inflated(packed) {
  try {
    return inflateSync(packed).toString("latin1");
  } catch {
    return packed.toString("latin1");
  }
}

function linesOf(operators) {
  const strokes = [];
  for (const [, x, y, operator] of operators.matchAll(/(-?[\d.]+) (-?[\d.]+) ([ml])\n/g)) {
    if (operator === "m") strokes.push([]);
    strokes.at(-1).push([Number(x), Number(y)]);
  }
  return strokes;
}

export function boundsOf(strokes) {
  const [xs, ys] = [0, 1].map((axis) => strokes.flat().map((point) => point[axis]));
  const [left, right, bottom, top] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  return { left, right, bottom, top, width: right - left, height: top - bottom };
}

/** How many pixels of the rasterised last page are dark within these bounds. */
export function inkWithin(pdf, folder, bounds) {
  const file = join(folder, "drawn.pdf");
  writeFileSync(file, Buffer.from(pdf));
  execFileSync("pdftoppm", ["-r", String(DPI), "-gray", "-singlefile", file, join(folder, "drawn")]);
  const picture = readFileSync(join(folder, "drawn.pgm"));
  const [head, width, height] = picture.toString("latin1", 0, 40).match(/^P5\s+(\d+)\s+(\d+)\s+255\s/);
  const scale = DPI / POINTS_PER_INCH;
  const [from, to] = [Number(height) - bounds.top * scale, Number(height) - bounds.bottom * scale].map(Math.round);
  let dark = 0;
  for (let y = from; y <= to; y += 1) {
    const row = head.length + y * Number(width);
    for (let x = Math.round(bounds.left * scale); x <= bounds.right * scale; x += 1) dark += picture[row + x] < DARK;
  }
  return dark;
}
