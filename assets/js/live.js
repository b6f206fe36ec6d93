// The hall's screen: listens to the published numbers, asks for the count when it can't listen, and says when what it
// shows is old. Shows nothing that the server hasn't published: no guesses between two numbers.

const STALE_MS = 25000;
const POLL_MS = 2000;
const POLL_SPREAD_MS = 2000;
// While asking for the count, listening is tried again after this.
const LISTEN_AGAIN_MS = 30000;
const LISTEN_AGAIN_SPREAD_MS = 30000;
const RELOAD_SPREAD_MS = 5000;
const CLOCK_MS = 250;

const hall = document.body;
const slug = encodeURIComponent(hall.dataset.slug);
// The institution whose agencies are shown, if they are.
const institution = hall.dataset.institution;
const asked = institution ? '?institution=' + encodeURIComponent(institution) : '';
// As many groups an event carries; the last one stands for all others.
const TILES_MAX = 64;
const numbers = new Intl.NumberFormat(document.documentElement.lang === 'en' ? 'en' : 'id');
const tiles = Array.from(document.querySelectorAll('[data-tile]'));
const find = (name, within) => (within || document).querySelector('[data-' + name + ']');
const main = find('signed').closest('.hall__numbers');
// How far the server's clock is ahead of this device's.
const ahead = Number(hall.dataset.now) - Date.now();
let heard = Date.now();
let source = null;
let polling = null;
let moving = null;

const setText = (node, text) => {
  if (node && node.textContent !== text) node.textContent = text;
};
const two = (n) => String(n).padStart(2, '0');

// One decimal, cut and never rounded up.
function percent(part, whole) {
  const tenths = whole === 0 ? 0 : Math.floor((part * 1000) / whole);
  if (tenths >= 1000) return '100';
  return Math.floor(tenths / 10) + (document.documentElement.lang === 'en' ? '.' : ',') + (tenths % 10);
}

function civil(ms) {
  const at = new Date(ms + Number(hall.dataset.offsetHours) * 3600000);
  const apart = document.documentElement.lang === 'en' ? ':' : '.';
  return [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(apart) + ' ' + hall.dataset.zone;
}

function showGroup(tile, signed, target) {
  setText(find('signed', tile), numbers.format(signed));
  setText(find('target', tile), numbers.format(target));
  setText(find('percent', tile), percent(signed, target));
  const fill = tile.querySelector('progress');
  fill.max = Math.max(target, 1);
  fill.value = signed;
  tile.classList.toggle('tile--full', target > 0 && signed >= target);
}

/** The count has all groups, an event as many as there are tiles. */
function cut(groups) {
  if (groups.length <= TILES_MAX) return groups;
  const rest = groups.slice(TILES_MAX - 1);
  const sum = (at) => rest.reduce((total, group) => total + group[at], 0);
  return groups.slice(0, TILES_MAX - 1).concat([[sum(0), sum(1)]]);
}

function show(count) {
  const groups = count.groups || cut((count.by_agency || count.by_institution).map((one) => [one.signed, one.target]));
  const own = count.institution || count;
  // Groups are fixed when the campaign is locked: other tiles mean another page.
  if (groups.length !== tiles.length) {
    window.location.reload();
    return;
  }
  // The opening was moved: the page says when, so it is fetched anew, not by everybody in the same second.
  if (count.opens_at !== undefined && (Date.parse(count.opens_at) || 0) !== Number(hall.dataset.opens)) {
    if (!moving) moving = window.setTimeout(() => window.location.reload(), Math.random() * RELOAD_SPREAD_MS);
  }
  heard = Date.now();
  hall.dataset.state = count.state;
  setText(find('signed', main), numbers.format(own.signed));
  setText(find('target', main), numbers.format(own.target));
  setText(find('percent', main), percent(own.signed, own.target));
  // The count alone doesn't say how many came lately, and nothing says it of one institution among others.
  const tempo = find('tempo');
  if (tempo) tempo.parentNode.hidden = count.tempo === undefined;
  if (count.tempo !== undefined) setText(tempo, numbers.format(count.tempo));
  const bar = find('bar');
  bar.max = Math.max(own.target, 1);
  bar.value = own.signed;
  groups.forEach((group, at) => showGroup(tiles[at], group[0], group[1]));
  setText(find('as-of'), civil(Date.parse(count.as_of)));
}

function listen() {
  if (!window.EventSource) {
    poll();
    return;
  }
  source = new EventSource('/k/' + slug + '/live/events' + asked);
  source.onopen = () => {
    window.clearTimeout(polling);
    polling = null;
  };
  source.onmessage = (message) => show(JSON.parse(message.data));
  source.onerror = () => {
    // The browser reconnects by itself after a lost connection, but not after a refusal.
    if (source.readyState === EventSource.CLOSED) {
      source = null;
      window.setTimeout(listen, LISTEN_AGAIN_MS + Math.random() * LISTEN_AGAIN_SPREAD_MS);
    }
    if (!polling) poll();
  };
}

function poll() {
  window.fetch('/api/v1/campaigns/' + slug + '/count' + asked, { headers: { accept: 'application/json' } })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
    .then(show)
    .catch(() => {});
  polling = window.setTimeout(poll, POLL_MS + Math.random() * POLL_SPREAD_MS);
}

function countdown(now) {
  const opens = Number(hall.dataset.opens);
  if (hall.dataset.state !== 'locked' || !opens) return;
  const left = Math.max(0, Math.ceil((opens - now) / 1000));
  const days = Math.floor(left / 86400);
  const clock = [Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60].map(two).join(':');
  setText(find('countdown'), days > 0 ? hall.dataset.days.replace('#', numbers.format(days)) + ' ' + clock : clock);
}

window.setInterval(() => {
  const now = Date.now() + ahead;
  setText(find('clock'), civil(now));
  countdown(now);
  hall.classList.toggle('hall--stale', Date.now() - heard > STALE_MS);
}, CLOCK_MS);
listen();
