// `npm run logto`: runs the local Logto until SIGINT or SIGTERM.

import { readSettings, SettingsError } from './settings.mjs';

try {
  const settings = readSettings();
  const { startLogto } = await importQuietly();
  const logto = await startLogto(settings);
  // The benchmarks read the issuer from this line.
  console.log(`Local Logto at ${logto.issuer} (users alice and bob, password "password")`);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => logto.close().then(() => process.exit(0)));
  }
} catch (error) {
  const reason =
    error.code === 'EADDRINUSE'
      ? `port ${error.port} is in use. Set LOGTO_PORT to another port`
      : error.message;
  if (!(error instanceof SettingsError) && error.code !== 'EADDRINUSE') throw error;
  console.error(`Local Logto cannot start: ${reason}`);
  process.exitCode = 1;
}

/** Hides oidc-provider's warning about Node 20, on which everything used here works. */
async function importQuietly() {
  const { warn } = console;
  console.warn = (...args) => {
    if (!String(args[0]).includes('Unsupported runtime')) warn(...args);
  };
  try {
    return await import('./server.mjs');
  } finally {
    console.warn = warn;
  }
}
