// What a whole report comes to for its reader. The same rules as src/verification/outcome.rs; both are held against
// tests/vectors/outcomes.json.

const OTHERS = {
  revoked: ['bad', 'revoked'],
  altered: ['bad', 'altered'],
  not_in_log: ['bad', 'not-in-log'],
  unknown_issuer: ['warn', 'unknown-issuer'],
  incomplete: ['warn', 'incomplete'],
  not_a_certificate: ['warn', 'not-a-certificate'],
};

/** Whether what is printed around the credential is known to be what was issued, or nothing is. */
export const isVouchedFor = (page) => page === 'sealed' || page === 'none';

/** The verdict of a genuine credential whose pledge stands so: `valid`, `replaced`, `revoked` or `not_in_log`. */
export const verdictOf = (standing, page) => (standing === 'valid' && !isVouchedFor(page) ? 'data_only' : standing);

/** Tone and headline; green stands only where everything that is shown of the pledge is vouched for. */
export function outcome({ verdict, revocation, page }) {
  const [tone, headline] = pair(verdict, revocation, isVouchedFor(page));
  return { tone, headline };
}

function pair(verdict, revocation, vouched) {
  if (verdict === 'valid' && vouched) return ['ok', revocation === 'checked' ? 'recorded' : 'genuine'];
  if (verdict === 'valid' || verdict === 'data_only') return ['warn', 'data-only'];
  if (verdict === 'document') return vouched ? ['ok', 'document'] : ['warn', 'document-extended'];
  if (verdict === 'replaced') return ['warn', 'replaced'];
  return OTHERS[verdict] || ['warn', 'not-a-certificate'];
}
