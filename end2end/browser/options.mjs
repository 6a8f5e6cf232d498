// The options with which tests start Chromium.
import { findChromium } from './chromium.mjs';

/** Turns off the requests that Chromium makes on its own. */
export const browserOptions = {
  executablePath: findChromium(),
  args: [
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-gpu',
    '--disable-quic',
    '--disable-sync',
    '--no-first-run',
    '--no-sandbox',
  ],
};
