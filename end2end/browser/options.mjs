// How tests start Chromium.
import { findChromium } from './chromium.mjs';

/** A browser that minds its own business. */
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
