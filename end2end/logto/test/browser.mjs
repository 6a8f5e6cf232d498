// A minimal browser without JavaScript for these tests: cookies, redirects, forms.

export class Browser {
  constructor() {
    this.cookies = [];
  }

  cookieHeader(url) {
    const { pathname } = new URL(url);
    return this.cookies
      .filter(({ path }) => pathname === path || pathname.startsWith(path.replace(/\/?$/, '/')))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  keepCookies(response) {
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split('; ');
      const [, name, value] = /^([^=]+)=(.*)$/.exec(pair);
      const attribute = (wanted) =>
        attributes
          .find((one) => one.toLowerCase().startsWith(`${wanted}=`))
          ?.slice(wanted.length + 1);
      const path = attribute('path') ?? '/';
      this.cookies = this.cookies.filter((kept) => kept.name !== name || kept.path !== path);
      const expires = attribute('expires');
      // `Max-Age` wins (RFC 6265 §5.3).
      const lives = Number(attribute('max-age') ?? (expires ? new Date(expires) - new Date() : 1));
      if (lives > 0) this.cookies.push({ name, value, path });
    }
  }

  /** Sends one request without following redirects. */
  async request(url, { form, ...options } = {}) {
    const response = await fetch(url, {
      redirect: 'manual',
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
      ...options,
      headers: { cookie: this.cookieHeader(url), accept: 'text/html', ...options.headers },
    });
    this.keepCookies(response);
    return response;
  }

  /** Follows redirects until a page is answered, or until a redirect leaves the origin `site`. */
  async open(url, { site = new URL(url).origin, ...options } = {}) {
    let response = await this.request(url, options);
    let at = url;
    for (let hops = 0; hops < 20; hops += 1) {
      const location = response.headers.get('location');
      if (!location) return { url: at, response, html: await response.text() };
      at = new URL(location, at).href;
      if (new URL(at).origin !== site) return { url: at, response };
      response = await this.request(at);
    }
    throw new Error(`too many redirects, the last to ${at}`);
  }

  /** Submits the only form of a page, including its hidden fields. */
  async submit({ url, html }, fields = {}) {
    const action = /<form[^>]* action="([^"]+)"/.exec(html)?.[1];
    if (!action) throw new Error(`no form at ${url}`);
    const hidden = [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
    const form = {
      ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])),
      ...fields,
    };
    return this.open(new URL(action, url).href, { form });
  }
}
