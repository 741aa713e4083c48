// Verifies tokens as clients written in JavaScript do: with jose, or with jsonwebtoken and jwks-rsa, each in the way of its own
// manual. In come jobs (see type job in verify_test.go), out go as many verdicts in the same order.

import { read, write } from './stdio.mjs';
import { calculateJwkThumbprint, createRemoteJWKSet, exportJWK, jwtVerify } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import jwksRsa from 'jwks-rsa';

// once keeps one client for each key set, as a service does.
function once(make) {
  const made = new Map();
  return (url) => made.get(url) ?? made.set(url, make(url)).get(url);
}

const joseKeys = once((url) => createRemoteJWKSet(new URL(url)));
const jwksClient = once((url) => jwksRsa({ jwksUri: url }));

const libraries = {
  async jose(job) {
    const options = { algorithms: [job.algorithm], issuer: job.issuer, audience: job.audience, typ: 'JWT' };
    if (job.at) options.currentDate = new Date(job.at * 1000);
    if (job.secret) {
      const { protectedHeader, payload } = await jwtVerify(job.token, Buffer.from(job.secret, 'base64'), options);
      return { header: protectedHeader, claims: payload };
    }
    const { protectedHeader, payload, key } = await jwtVerify(job.token, joseKeys(job.jwks), options);
    return { header: protectedHeader, claims: payload, thumbprint: await calculateJwkThumbprint(await exportJWK(key)) };
  },

  jsonwebtoken(job) {
    const options = { algorithms: [job.algorithm], issuer: job.issuer, audience: job.audience, complete: true };
    if (job.at) options.clockTimestamp = job.at;
    const key = job.secret
      ? Buffer.from(job.secret, 'base64')
      : (header, done) => jwksClient(job.jwks).getSigningKey(header.kid, (err, found) => done(err, found?.getPublicKey()));
    return new Promise((resolve, reject) => {
      jsonwebtoken.verify(job.token, key, options, (err, token) => {
        if (err) reject(err);
        else resolve({ header: token.header, claims: token.payload });
      });
    });
  },
};

async function verdict(job) {
  try {
    return await libraries[job.library](job);
  } catch (err) {
    return { error: err.message };
  }
}

write(await Promise.all((await read()).map(verdict)));
