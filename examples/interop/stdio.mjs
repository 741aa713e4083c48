// How the tests talk to these scripts: one JSON value comes in on stdin, one goes out on stdout.

import { webcrypto } from 'node:crypto';

// Node 18 has Web Crypto, which jose needs, but not under its global name.
globalThis.crypto ??= webcrypto;

export async function read() {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk;
  return JSON.parse(text);
}

export function write(value) {
  process.stdout.write(JSON.stringify(value));
}
