// A fake camera that plays a picture: the Chromium options, and a video of a QR code held in front of the camera.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";

const WIDTH = 1280;
const HEIGHT = 720;
const FRAMES = 3;
const MODULE = 8;
const QUIET_MODULES = 4;
const [GREY, PAPER, INK, NO_COLOUR] = [128, 235, 16, 128];

/** Plays `film` as the camera and lets pages use it. */
export const cameraFlags = (film) => [
  "--use-fake-ui-for-media-stream",
  "--use-fake-device-for-media-stream",
  `--use-file-for-fake-video-capture=${film}`,
];

/** Writes a film (YUV4MPEG2, 4:2:0) of the text's QR code on a sheet of white paper, on grey. */
export function writeFilm(path, text) {
  const rows = modules(text);
  const side = (rows.length + 2 * QUIET_MODULES) * MODULE;
  if (side > HEIGHT) throw new Error(`the code needs ${side} pixels of ${HEIGHT}`);
  const luma = Buffer.alloc(WIDTH * HEIGHT, GREY);
  const [left, top] = [Math.floor((WIDTH - side) / 2), Math.floor((HEIGHT - side) / 2)];
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const [row, column] = [y, x].map((at) => Math.floor(at / MODULE) - QUIET_MODULES);
      luma[(top + y) * WIDTH + left + x] = rows[row]?.[column] ? INK : PAPER;
    }
  }
  const frame = Buffer.concat([Buffer.from("FRAME\n"), luma, Buffer.alloc((WIDTH * HEIGHT) / 2, NO_COLOUR)]);
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`);
  writeFileSync(path, Buffer.concat([head, ...Array(FRAMES).fill(frame)]));
}

/** Rows of modules, true where dark. */
function modules(text) {
  const drawn = execFileSync("qrencode", ["-t", "ASCII", "-m", "0", "-l", "M", text], { encoding: "utf8" });
  // Each module is two characters wide.
  return drawn.trimEnd().split("\n").map((line) => Array.from({ length: line.length / 2 }, (_, at) => line[2 * at] === "#"));
}
