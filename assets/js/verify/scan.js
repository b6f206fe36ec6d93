// Reads QR codes from the camera or a photo, on this device: with the browser's own reader where it has one, else with
// the vendored one.

const FRAME_PAUSE_MS = 120;
/** A photo is read at these widths, in turn: a dense code needs many pixels, a blurred one few. */
const PHOTO_WIDTHS = [1600, 1000, 2400, 600];
const CAMERA_WIDTH = 1280;
/** A photo with at most so many pixels is looked through for several codes, in squares of these sides. */
const SEVERAL_PIXELS = 1000 * 707;
const SQUARES = [300, 500];
/** How far apart the squares stand, as a share of one. */
const SQUARE_STEP = 1 / 3;

let vendored;

/** A function from a canvas to the texts of the codes in it; the vendored reader finds one. */
async function reader() {
  if ('BarcodeDetector' in globalThis) {
    try {
      const formats = await globalThis.BarcodeDetector.getSupportedFormats();
      if (formats.includes('qr_code')) {
        const detector = new globalThis.BarcodeDetector({ formats: ['qr_code'] });
        return async (canvas) => {
          const found = await detector.detect(canvas).catch(() => []);
          return found.length > 0 ? found.map((code) => code.rawValue) : readPixels(canvas);
        };
      }
    } catch (error) {
      // It is announced but doesn't work on this device.
    }
  }
  return readPixels;
}

async function readPixels(canvas) {
  const text = await readArea(canvas, [0, 0, canvas.width, canvas.height]);
  return text === null ? [] : [text];
}

/** The text of the code in an area, given by its left, top, width and height; the code is painted over. */
async function readArea(canvas, [left, top, width, height]) {
  if (!vendored) {
    await import('../../vendor/jsqr-1.4.0/jsQR.js');
    vendored = globalThis.jsQR;
  }
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const { data } = context.getImageData(left, top, width, height);
  const found = vendored(data, width, height, { inversionAttempts: 'dontInvert' });
  if (!found) return null;
  whiten(context, left, top, found.location);
  return found.data;
}

/**
 * The vendored reader takes the corners of two codes for those of one, so it is shown a photo piece by piece. The page
 * gets its turn between them, and may say that nobody waits any more.
 */
async function readSquares(canvas, isWanted) {
  const texts = [];
  for (const side of SQUARES) {
    const step = Math.max(1, Math.round(side * SQUARE_STEP));
    const [wide, high] = [Math.min(side, canvas.width), Math.min(side, canvas.height)];
    for (let top = 0; top < canvas.height; top += step) {
      for (let left = 0; left < canvas.width; left += step) {
        const [width, height] = [Math.min(wide, canvas.width - left), Math.min(high, canvas.height - top)];
        // What is left of a square at the edges was in the one before.
        if (width * 3 < wide * 2 || height * 3 < high * 2) continue;
        await new Promise((resolve) => setTimeout(resolve, 0));
        if (!isWanted()) return texts;
        const text = await readArea(canvas, [left, top, width, height]);
        if (text !== null) texts.push(text);
      }
    }
  }
  return texts;
}

/** Paints over a code that was read, so that the next one is found. */
function whiten(context, left, top, { topLeftCorner, topRightCorner, bottomRightCorner, bottomLeftCorner }) {
  context.fillStyle = '#fff';
  context.beginPath();
  for (const { x, y } of [topLeftCorner, topRightCorner, bottomRightCorner, bottomLeftCorner]) context.lineTo(left + x, top + y);
  context.fill();
}

function draw(source, sourceWidth, sourceHeight, width) {
  const canvas = document.createElement('canvas');
  const scale = Math.min(1, width / Math.max(sourceWidth, sourceHeight));
  canvas.width = Math.max(1, Math.round(sourceWidth * scale));
  canvas.height = Math.max(1, Math.round(sourceHeight * scale));
  canvas.getContext('2d').drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** The longer side of a picture that has SEVERAL_PIXELS. */
function severalWidth({ naturalWidth, naturalHeight }) {
  const scale = Math.sqrt(SEVERAL_PIXELS / (naturalWidth * naturalHeight));
  return Math.max(naturalWidth, naturalHeight) * Math.min(1, scale);
}

/** The texts of the QR codes in a picture file, each once; it is given up when `isWanted` says no. */
export async function readPhoto(file, isWanted = () => true) {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const read = await reader();
    const at = (width) => draw(image, image.naturalWidth, image.naturalHeight, width);
    // The browser's own reader finds all at once.
    const several = read === readPixels ? await readSquares(at(severalWidth(image)), isWanted) : [];
    for (const width of PHOTO_WIDTHS) {
      if (!isWanted()) break;
      const texts = await read(at(width));
      if (texts.length > 0) return [...new Set([...several, ...texts])];
    }
    return [...new Set(several)];
  } catch (error) {
    return [];
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Whether a camera may be asked for: only on secure pages. */
export function hasCamera() {
  return Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);
}

/**
 * Shows the camera in a video element until a code is read or `signal` aborts; the camera is off afterwards.
 * @returns {Promise<string|null>} what the code says; null when aborted before.
 */
export async function readCamera(video, signal) {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: 'environment', width: { ideal: CAMERA_WIDTH } },
    audio: false,
  });
  try {
    if (signal.aborted) return null;
    video.srcObject = stream;
    await video.play();
    const read = await reader();
    while (!signal.aborted) {
      if (video.videoWidth > 0) {
        const [found] = await read(draw(video, video.videoWidth, video.videoHeight, CAMERA_WIDTH));
        if (found && !signal.aborted) return found;
      }
      await new Promise((resolve) => setTimeout(resolve, FRAME_PAUSE_MS));
    }
    return null;
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}
