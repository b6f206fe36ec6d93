// Counts down to the opening by the server's clock, not the phone's, and opens the page in place: nobody has to load
// anything in the minute when everybody comes.

const JITTER_MS = 1500;
const LOOK_MS = 20000;

const two = (n) => String(n).padStart(2, '0');

function words(ms, days) {
  const s = Math.ceil(ms / 1000);
  const clock = two(Math.floor(s / 3600) % 24) + ':' + two(Math.floor(s / 60) % 60) + ':' + two(s % 60);
  return s >= 86400 ? Math.floor(s / 86400) + ' ' + days + ' ' + clock : clock;
}

export function countdown(box, opened, look) {
  const opens = Number(box.dataset.opens);
  if (!opens) {
    setTimeout(look, LOOK_MS + Math.random() * LOOK_MS);
    return;
  }
  const left = Number(box.dataset.now) - performance.now();
  const clock = box.querySelector('[data-clock]');
  const tick = () => {
    const ms = opens - (left + performance.now());
    if (ms <= 0) {
      setTimeout(() => { box.hidden = true; opened(); }, Math.random() * JITTER_MS);
      return;
    }
    clock.textContent = words(ms, box.dataset.days);
    clock.hidden = false;
    setTimeout(tick, Math.min(1000, (ms % 1000) + 20));
  };
  tick();
}
