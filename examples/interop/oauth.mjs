// Drives an OAuth client library, the one named on the command line, one request at a time: a line with a job (see type oauthJob in
// oauthclient_test.go) comes in on stdin, and a line with what the library made of the answer goes out on stdout.

import './stdio.mjs'; // for Web Crypto
import { createInterface } from 'node:readline';

const [library, base] = process.argv.slice(2);
const { operations, told } = await import(`./with-${library}.mjs`);

for await (const line of createInterface({ input: process.stdin })) {
  const { op, ...job } = JSON.parse(line);
  const operation = operations[op];
  let outcome;
  if (!operation) outcome = { unsupported: true };
  else {
    try {
      outcome = { value: (await operation(new URL(base), job)) ?? null };
    } catch (err) {
      outcome = { error: { message: err.message, ...(await told(err)) } };
    }
  }
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}
