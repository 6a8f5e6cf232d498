// Answers that fail or are delayed on purpose, for the tests of clients.

/** Paths below the issuer. */
const ENDPOINTS = {
  discovery: '/.well-known/openid-configuration',
  end_session: '/session/end',
  jwks: '/jwks',
  me: '/me',
  par: '/request',
  revocation: '/token/revocation',
  token: '/token',
};

export function endpointOf(path) {
  return Object.keys(ENDPOINTS).find((name) => ENDPOINTS[name] === path);
}

export class Faults {
  constructor() {
    this.reset();
  }

  reset() {
    this.pending = Object.fromEntries(Object.keys(ENDPOINTS).map((name) => [name, []]));
  }

  /**
   * Delays the next `times` requests by `delayMs` milliseconds, then answers with the status and
   * body, or handles the request as usual if neither is set.
   */
  add({ endpoint, status, delayMs = 0, body, times = 1 }) {
    const pending = this.pending[endpoint];
    if (!pending) throw new RangeError(`endpoint is one of ${Object.keys(ENDPOINTS).join(', ')}`);
    for (let i = 0; i < times; i += 1) pending.push({ status, delayMs, body });
  }

  /** Answers with a fault if one is due; returns whether it did. */
  async answer(endpoint, res) {
    const fault = this.pending[endpoint]?.shift();
    if (!fault) return false;
    if (fault.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    if (fault.status === undefined && fault.body === undefined) return false;
    res.status(fault.status ?? 500);
    if (typeof fault.body === 'string') res.type('text').send(fault.body);
    else res.json(fault.body ?? {});
    return true;
  }
}
