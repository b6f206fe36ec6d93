// Shows how far an archive is while it is downloaded: the browser itself doesn't know how long it becomes.

const EVERY_MS = 700;
/** An archive that no node knows any more, or that nobody could be asked about for so long, isn't asked about further. */
const UNKNOWN_MAX = 40;

const form = document.querySelector('[data-archive]');
const holder = document.querySelector('[data-archive-progress]');

if (form) form.addEventListener('submit', () => follow(form.elements.download.value));

let turn = 0;

async function follow(download) {
  turn += 1;
  const mine = turn;
  let unknown = 0;
  show({ state: 'running', done: 0, all: 0 });
  while (mine === turn && unknown < UNKNOWN_MAX) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    const standing = await ask(download);
    // Another node may be asked, which doesn't know of it.
    if (standing.state === 'unknown') unknown += 1;
    else {
      unknown = 0;
      if (mine === turn) show(standing);
      if (standing.state !== 'running') return;
    }
  }
  if (mine === turn) holder.hidden = true;
}

async function ask(download) {
  try {
    const answer = await fetch(`${form.dataset.archive}?${new URLSearchParams({ download })}`, { cache: 'no-store' });
    return answer.ok ? await answer.json() : { state: 'unknown' };
  } catch (error) {
    return { state: 'unknown' };
  }
}

function show({ state, done, all, faults = 0 }) {
  holder.hidden = false;
  const bar = holder.querySelector('progress');
  const line = holder.querySelector('[role=status]');
  const number = (count) => count.toLocaleString(document.documentElement.lang);
  bar.max = Math.max(all, 1);
  bar.value = state === 'done' ? bar.max : done;
  bar.hidden = state === 'failed';
  const filled = (words, ...counts) => words.replace(/#[12]/g, (place) => number(counts[Number(place[1]) - 1]));
  const lines = [filled(line.dataset[state], done, all)];
  if (faults > 0) lines.push(filled(line.dataset.faults, faults));
  line.textContent = lines.join(' ');
}
