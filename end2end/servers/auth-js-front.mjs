// A server in front of an app: it serves a page with the published client of Auth.js, and passes
// all other requests on to the app. So the page has the app's origin.
import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const FOLDER = '/next-auth/';
const page = (basePath) => `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Auth.js</title>
<link rel="icon" href="data:,"></head>
<body data-base-path="${basePath}"><div id="root"></div><script type="module" src="${FOLDER}client.js"></script></body></html>`;

async function bundle() {
  const unset = ['NEXTAUTH_URL', 'NEXTAUTH_URL_INTERNAL', 'VERCEL_URL'];
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../auth-js/page.mjs', import.meta.url))],
    bundle: true,
    format: 'esm',
    write: false,
    // What Next.js replaces in the browser's code.
    define: {
      'process.env.NODE_ENV': '"production"',
      ...Object.fromEntries(unset.map((name) => [`process.env.${name}`, 'undefined'])),
    },
  });
  return outputFiles[0].text;
}

/**
 * Starts the server on `port`, in front of the app on `appPort`, whose routes are under `basePath`.
 * Returns how to stop it.
 */
export async function startFront({ port, appPort, basePath }) {
  const client = await bundle();
  const server = createServer((request, response) => {
    const path = request.url.split('?')[0];
    if (path === `${FOLDER}client.js`) {
      response.setHeader('content-type', 'text/javascript').end(client);
    } else if (path.startsWith(FOLDER)) {
      response.setHeader('content-type', 'text/html').end(page(basePath));
    } else {
      const { headers, method, url } = request;
      const passed = send({ host: '127.0.0.1', port: appPort, headers, method, path: url });
      passed.on('response', (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      });
      passed.on('error', () => response.destroy());
      request.pipe(passed);
    }
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
}
