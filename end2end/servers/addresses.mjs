// The ports of the tests' servers, distinct from those of `make dev` (3000 to 3002).
export const appPort = 3010;
export const logtoPort = 3011;
/** The port of `examples/starter` in tests. `make starter` uses 3050. */
export const starterPort = 3020;
/** The port of the app of `hydrated/`. */
export const hydratedPort = 3021;

/** For apps that a single test starts. Their redirect URIs are registered at the local Logto. */
export const sparePorts = [3012, 3013, 3014, 3015, 3016, 3017, 3018, 3019];

/** For servers in front of an app, one for each worker of Playwright. */
export const frontPorts = [3030, 3031];

export const appOrigin = `http://localhost:${appPort}`;
export const starterOrigin = `http://localhost:${starterPort}`;
export const hydratedOrigin = `http://localhost:${hydratedPort}`;
export const logtoOrigin = `http://localhost:${logtoPort}`;

const appPorts = new Set(
  [appPort, starterPort, hydratedPort, ...sparePorts, ...frontPorts].map(String),
);

/** Whether the address is one of the app's, as opposed to Logto's. */
export function isApp(url) {
  return URL.canParse(url) && appPorts.has(new URL(url).port);
}
