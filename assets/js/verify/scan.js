// Reads QR codes from the camera or a photo, on this device: with the browser's own reader where it has one, else with
// the vendored one.

const FRAME_PAUSE_MS = 120;
/** A photo is read at these widths, in turn: a dense code needs many pixels, a blurred one few. */
const PHOTO_WIDTHS = [1600, 1000, 2400, 600];
const CAMERA_WIDTH = 1280;
/** More codes than these aren't looked for in one picture. */
const CODES_MAX = 6;

let vendored;

/** A function from canvas to the texts of the codes in it. */
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
  if (!vendored) {
    await import('../../vendor/jsqr-1.4.0/jsQR.js');
    vendored = globalThis.jsQR;
  }
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const texts = [];
  while (texts.length < CODES_MAX) {
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    const found = vendored(data, width, height, { inversionAttempts: 'dontInvert' });
    if (!found) break;
    texts.push(found.data);
    whiten(context, found.location);
  }
  return texts;
}

/** Paints over a code that was read, so that the next one is found. */
function whiten(context, { topLeftCorner, topRightCorner, bottomRightCorner, bottomLeftCorner }) {
  context.fillStyle = '#fff';
  context.beginPath();
  for (const { x, y } of [topLeftCorner, topRightCorner, bottomRightCorner, bottomLeftCorner]) context.lineTo(x, y);
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

/** The texts of the QR codes in a picture file, each once. */
export async function readPhoto(file) {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const read = await reader();
    const at = (width) => read(draw(image, image.naturalWidth, image.naturalHeight, width));
    for (const width of PHOTO_WIDTHS) {
      const texts = await at(width);
      if (texts.length === 0) continue;
      // Another code may be readable only where there are more pixels.
      const widest = Math.max(...PHOTO_WIDTHS);
      const more = width < widest && image.naturalWidth > width ? await at(widest) : [];
      return [...new Set([...texts, ...more])];
    }
    return [];
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
