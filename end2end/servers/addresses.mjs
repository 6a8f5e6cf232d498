// Where the tests' servers listen: beside `make dev`, which has 3000 and 3001.
export const appPort = 3010;
export const logtoPort = 3011;

/** For apps that a single test starts. The local Logto sends people back to these ports too. */
export const sparePorts = [3012, 3013, 3014, 3015, 3016, 3017, 3018, 3019];

export const appOrigin = `http://localhost:${appPort}`;
export const logtoOrigin = `http://localhost:${logtoPort}`;

const appPorts = new Set([appPort, ...sparePorts].map(String));

/** Whether our app answers there, and not Logto. */
export function isApp(url) {
  return URL.canParse(url) && appPorts.has(new URL(url).port);
}
