// Servers of a test's own: an app, or a Logto, that it may stop and start.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { appEnvironment, binary, repository } from '../app-environment.mjs';

type Command = { file: string; args?: string[]; env: Record<string, string>; ready: string };

/** A server that can be stopped and started again as it was. */
export class ServerProcess {
  private child?: ChildProcess;
  private said = '';

  constructor(private readonly command: Command) {}

  /** Comes back when the server answers. */
  async start(): Promise<this> {
    const { file, args = [], env, ready } = this.command;
    const child = spawn(file, args, {
      cwd: repository,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        this.said += chunk;
      });
    }
    this.child = child;
    const late = Date.now() + 10_000;
    while (!(await answers(ready))) {
      if (child.exitCode !== null || Date.now() > late) {
        child.kill('SIGKILL');
        throw new Error(`${file} does not answer at ${ready}\n${this.said}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return this;
  }

  /** Asks it to end; its exit code, or the signal that was needed after `patience`. */
  async stop(patience = 5_000): Promise<number | string | null> {
    const child = this.child;
    if (!child) return null;
    this.child = undefined;
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      const timer = setTimeout(() => child.kill('SIGKILL'), patience);
      child.kill('SIGTERM');
      await exit;
      clearTimeout(timer);
    }
    return child.exitCode ?? child.signalCode;
  }
}

export type AppOptions = {
  database: string;
  issuer: string;
  port: number;
  /** The name by which people reach it. */
  host?: string;
  /** More environment variables. */
  env?: Record<string, string>;
};

export function appProcess({
  host = 'localhost',
  env: more,
  ...options
}: AppOptions): ServerProcess {
  const origin = `http://${host}:${options.port}`;
  const AUTH_URL = host === 'localhost' ? '' : origin;
  const env = { ...appEnvironment(options), AUTH_URL, ...more };
  return new ServerProcess({ file: binary, env, ready: `${origin}/healthz` });
}

export function logtoProcess(port: number, more: Record<string, string> = {}): ServerProcess {
  return new ServerProcess({
    file: process.execPath,
    args: [join('end2end', 'logto', 'start.mjs')],
    env: { LOGTO_PORT: String(port), LOGTO_TEST: '1', LOGTO_BACKCHANNEL_URI: '', ...more },
    ready: `http://localhost:${port}/test/healthy`,
  });
}

/** A port where nothing listens. */
export async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
