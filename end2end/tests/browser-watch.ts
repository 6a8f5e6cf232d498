// What no flow may do, watched in every one: show a token to the browser, or
// write an error into its console.
import type { BrowserContext, Request } from '@playwright/test';
import { isApp } from '../addresses.mjs';

/** The beginning of a JWT or JWE, `{"` in base64url: not amid other base64, where chance puts it. */
const TOKEN = /(?<![\w+/-])eyJ[\w-]{10}/;

const TEXT = /^(text\/|application\/(json|javascript))/;

export function holdsToken(text: string): boolean {
  return TOKEN.test(text);
}

export class BrowserWatch {
  private readonly problems: string[] = [];
  private readonly visited = new Set<string>();
  private readonly reading: Promise<void>[] = [];

  constructor(context: BrowserContext) {
    context.on('request', (request) => {
      this.check(request.url(), 'address of a request');
      if (request.isNavigationRequest()) this.visited.add(request.url());
    });
    // Not at `response`: the body of one that breaks off never comes.
    context.on('requestfinished', (request) => this.reading.push(this.read(request)));
    context.on('weberror', (error) => this.problems.push(`thrown: ${error.error()}`));
    context.on('console', (message) => {
      const { url } = message.location();
      // Chromium reports the status of a page itself too: an error page has one.
      const isStatusOfPage =
        message.text().startsWith('Failed to load resource') && this.visited.has(url);
      const isOurs = isApp(url) || isApp(message.page()?.url() ?? '');
      if (message.type() === 'error' && isOurs && !isStatusOfPage) {
        this.problems.push(`console: ${message.text()} (${url})`);
      }
    });
  }

  private async read(request: Request): Promise<void> {
    if (!isApp(request.url())) return;
    const response = await request.response().catch(() => null);
    if (!response) return;
    const headers = await response.allHeaders().catch(() => ({}));
    this.check(JSON.stringify(headers), `headers of ${response.url()}`);
    if (!TEXT.test(headers['content-type'] ?? '')) return;
    // A redirect has none, and a page left at once keeps none.
    const body = await response.text().catch(() => '');
    this.check(body, `body of ${response.url()}`);
  }

  private check(text: string, where: string): void {
    if (holdsToken(text)) this.problems.push(`a token in the ${where}`);
  }

  /** Everything that went wrong. */
  async findings(): Promise<string[]> {
    await Promise.all(this.reading);
    return this.problems;
  }
}
