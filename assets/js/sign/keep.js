// What a person has done on the page so far, kept in this tab over an interruption: ticks, drawing, typed name,
// place on the page.
// It belongs to one person (the mark) and one text; another person's or text's is thrown away.

const KEY = 'ikrar-kept';

export function save(kept) {
  try { sessionStorage.setItem(KEY, JSON.stringify(kept)); } catch (_) { /* without storage the page still signs */ }
}

export function load(mark, text) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) || 'null');
    if (kept && kept.mark === mark && kept.text === text) return kept;
  } catch (_) { /* unreadable: as if there were nothing */ }
  forget();
  return null;
}

export function forget() {
  try { sessionStorage.removeItem(KEY); } catch (_) { /* nothing was kept */ }
}
