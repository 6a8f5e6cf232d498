// Ports on which nothing listens.
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Finds a port on which nothing listens. */
export async function unusedPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Ends the process with a sentence for each port that is in use. Called before a build starts: a
 * build takes minutes, and its server fails only then.
 * @param {[port: number, user: string][]} ports
 */
export async function requireFreePorts(ports) {
  const used = [];
  for (const [port, user] of ports) {
    if (!(await isFree(port))) used.push(`Port ${port} is in use, and ${user} needs it.`);
  }
  if (used.length === 0) return;
  console.error(used.join('\n'));
  console.error(
    'Stop the other program, for example `make dev` in another checkout, and try again.',
  );
  process.exit(1);
}

async function isFree(port) {
  // A program may listen on one of the two addresses that `localhost` stands for.
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '::1'));
}

function canListen(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    // A machine without IPv6 does not use the port.
    server.once('error', (error) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
