// The drawn signature: strokes of points from 0 to 1000, both axes measured by the pad's width so that the shape stays,
// thinned out until they fit 2 KiB.

import SignaturePad from '../../vendor/signature_pad-5.1.4/signature_pad.min.js';

const SIDE = 1000;
const BYTES_MAX = 2048;
const bytes = (strokes) => strokes.reduce((sum, stroke) => sum + 2 + 4 * stroke.length, 0);

// Leaves out points that lie within `slack` of the line between those kept (Ramer, Douglas, Peucker).
function thin(stroke, slack) {
  if (stroke.length < 3) return stroke;
  const [x1, y1] = stroke[0];
  const [x2, y2] = stroke[stroke.length - 1];
  const long = Math.hypot(x2 - x1, y2 - y1);
  let far = 0;
  let at = 0;
  for (let i = 1; i < stroke.length - 1; i += 1) {
    const [x, y] = stroke[i];
    const off = long ? Math.abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / long : Math.hypot(x - x1, y - y1);
    if (off > far) { far = off; at = i; }
  }
  if (far <= slack) return [stroke[0], stroke[stroke.length - 1]];
  return thin(stroke.slice(0, at + 1), slack).slice(0, -1).concat(thin(stroke.slice(at), slack));
}

export function strokesOf(groups, width) {
  const place = (v) => Math.max(0, Math.min(SIDE, Math.round((v / width) * SIDE)));
  let strokes = groups.map((g) => g.points.map((p) => [place(p.x), place(p.y)])).filter((s) => s.length);
  for (let slack = 1; bytes(strokes) > BYTES_MAX && slack < 200; slack *= 1.5) {
    strokes = strokes.map((stroke) => thin(stroke, slack));
  }
  while (bytes(strokes) > BYTES_MAX) strokes.pop();
  return strokes;
}

export function drawing(box, changed) {
  const canvas = box.querySelector('canvas');
  box.hidden = false;
  const pad = new SignaturePad(canvas, { minWidth: 0.8, maxWidth: 2.4, penColor: '#16242b' });
  const fit = () => {
    const ratio = Math.max(devicePixelRatio || 1, 1);
    const groups = pad.toData();
    canvas.width = canvas.offsetWidth * ratio;
    canvas.height = canvas.offsetHeight * ratio;
    canvas.getContext('2d').scale(ratio, ratio);
    pad.clear();
    if (groups.length) pad.fromData(groups);
  };
  fit();
  let width = canvas.offsetWidth;
  addEventListener('resize', () => {
    // A phone's address bar resizes the window too; only another width changes the pad.
    if (canvas.offsetWidth !== width) { width = canvas.offsetWidth; fit(); }
  });
  pad.addEventListener('endStroke', changed);
  box.querySelector('[data-clear]').addEventListener('click', () => { pad.clear(); changed(); });
  return {
    strokes: () => strokesOf(pad.toData(), canvas.offsetWidth),
    keep: () => pad.toData(),
    restore: (groups) => { pad.fromData(groups); changed(); },
  };
}
