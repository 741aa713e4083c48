// Makes keys and tokens as an issuer written in JavaScript does, good ones and hostile ones. In comes what the tokens are to
// say (see type order in make_test.go), out go the published key set and the tokens by name.

import { read, write } from './stdio.mjs';
import {
  base64url, calculateJwkThumbprint, CompactEncrypt, CompactSign, EncryptJWT, exportJWK, exportPKCS8, exportSPKI, FlattenedSign, GeneralSign,
  generateKeyPair, importJWK, SignJWT, UnsecuredJWT,
} from 'jose';
import jsonwebtoken from 'jsonwebtoken';

const order = await read();
const secret = Buffer.from(order.secret, 'base64');
const utf8 = new TextEncoder();
const now = Math.floor(Date.now() / 1000);

const publicAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const secretAlgorithms = ['HS256', 'HS384', 'HS512'];

async function newKey(alg) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { alg, kid, publicKey, privateKey, jwk: { ...jwk, kid, alg, use: 'sig' } };
}

const keys = Object.fromEntries(await Promise.all(publicAlgorithms.map(async (alg) => [alg, await newKey(alg)])));
const rsa = keys.RS256;
const ec = keys.ES256;
const stranger = await newKey('ES256');

// claims are good ones with changes. What is undefined is left out.
function claims(changes = {}) {
  return {
    iss: order.issuer, aud: [order.audience, 'https://elsewhere.example'], sub: 'f:42', preferred_username: 'my_username',
    iat: now, nbf: now, exp: now + 300, jti: crypto.randomUUID(), department: { name: 'Straßenbau \u{1f6a7}', floors: [1, 2.5, -3e-2] }, ...changes,
  };
}

const encoded = (value) => utf8.encode(JSON.stringify(value));

// sign makes a token of claims with changes. Without further words the key is ec.
function sign(changes, { header = {}, key = ec, signer = key.privateKey, options } = {}) {
  return new SignJWT(claims(changes)).setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header }).sign(signer, options);
}

function hmac(key, alg = 'HS256', kid = rsa.kid) {
  return new SignJWT(claims()).setProtectedHeader({ alg, kid, typ: 'JWT' }).sign(key);
}

// unencoded makes a token whose signature is over the payload as it is (RFC 7797).
async function unencoded(payload) {
  const jws = await new FlattenedSign(utf8.encode(payload))
    .setProtectedHeader({ alg: ec.alg, kid: ec.kid, typ: 'JWT', b64: false, crit: ['b64'] }).sign(ec.privateKey);
  return `${jws.protected}.${payload}.${jws.signature}`;
}

const good = {
  'without kid': sign({}, { header: { kid: undefined } }),
  'without typ': sign({}, { header: { typ: undefined } }),
  'typ in full': sign({}, { header: { typ: 'application/jwt' } }),
  'one audience': sign({ aud: order.audience }),
  'without nbf, iat and jti': sign({ nbf: undefined, iat: undefined, jti: undefined }),
  'fractions of seconds': sign({ iat: now - 0.25, nbf: now - 0.25, exp: now + 299.75 }),
  'made by the setters': new SignJWT({ preferred_username: 'my_username', department: claims().department })
    .setProtectedHeader({ alg: ec.alg, kid: ec.kid }).setIssuer(order.issuer).setAudience(order.audience).setSubject('f:42').setIssuedAt().setNotBefore('0s').setExpirationTime('5m').setJti('1').sign(ec.privateKey),
};
for (const [alg, key] of Object.entries(keys)) {
  good[`jose ${alg}`] = sign({}, { key });
  if (alg !== 'EdDSA') good[`jsonwebtoken ${alg}`] = jsonwebtoken.sign(claims(), await exportPKCS8(key.privateKey), { algorithm: alg, keyid: key.kid });
}

const goodSecret = {};
for (const alg of secretAlgorithms) {
  goodSecret[`jose ${alg}`] = hmac(secret, alg, alg);
  goodSecret[`jsonwebtoken ${alg}`] = jsonwebtoken.sign(claims(), secret, { algorithm: alg, keyid: alg });
}

const general = (payload) => new GeneralSign(encoded(payload)).addSignature(ec.privateKey).setProtectedHeader({ alg: ec.alg, kid: ec.kid }).sign();
const flattened = (payload) => new FlattenedSign(encoded(payload)).setProtectedHeader({ alg: ec.alg, kid: ec.kid }).sign(ec.privateKey);
const spki = await exportSPKI(rsa.publicKey);

const hostile = {
  // Good signatures of claims that are not acceptable.
  'expired': sign({ exp: now - 1 }),
  'expires this second': sign({ exp: now }),
  'no exp': sign({ exp: undefined }),
  'exp is a string': sign({ exp: String(now + 300) }),
  'not valid yet': sign({ nbf: now + 120 }),
  'issued in the future': sign({ iat: now + 120 }),
  'other aud': sign({ aud: 'https://elsewhere.example' }),
  'aud in other case': sign({ aud: order.audience.toUpperCase() }),
  'no aud': sign({ aud: undefined }),
  'other iss': sign({ iss: 'https://elsewhere.example' }),
  'no iss': sign({ iss: undefined }),
  'expired and other aud': sign({ exp: now - 1, aud: 'https://elsewhere.example' }),
  'bound to a key': sign({ cnf: { jkt: stranger.kid } }),
  'no user name': sign({ preferred_username: undefined }),
  'user name is a number': sign({ preferred_username: 1 }),
  'unknown user': sign({ preferred_username: 'nobody' }),
  'blocked user': sign({ preferred_username: 'blocked_user' }),
  'expired and another key': sign({ exp: now - 1 }, { signer: stranger.privateKey }),

  // Other kinds of tokens.
  'typ at+jwt': sign({}, { header: { typ: 'at+jwt' } }),
  'typ secevent+jwt': sign({}, { header: { typ: 'secevent+jwt' } }),
  'typ dpop+jwt': sign({}, { header: { typ: 'dpop+jwt', jwk: ec.jwk } }),
  'nested': new CompactSign(utf8.encode(await sign())).setProtectedHeader({ alg: ec.alg, kid: ec.kid, cty: 'JWT' }).sign(ec.privateKey),
  'cty JWT': sign({}, { header: { cty: 'JWT' } }),

  // No signature, or none that counts.
  'none': new UnsecuredJWT(claims()).encode(),
  'HS256 with the RSA public key, PEM': hmac(utf8.encode(spki)),
  'HS256 with the RSA public key, PEM without the last line end': hmac(utf8.encode(spki.trimEnd())),
  'HS256 with the RSA public key, JWK': hmac(encoded(rsa.jwk)),
  'HS256 with the RSA public key, modulus': hmac(base64url.decode(rsa.jwk.n)),
  'another key under the same kid': sign({}, { signer: stranger.privateKey }),
  'another key under its own kid': sign({}, { key: stranger }),
  'another key without kid': sign({}, { signer: stranger.privateKey, header: { kid: undefined } }),
  'another algorithm of the RSA key': sign({}, { signer: await importJWK(await exportJWK(rsa.privateKey), 'RS512'), header: { alg: 'RS512', kid: rsa.kid } }),
  'Ed25519, the other name of EdDSA': sign({}, { key: keys.EdDSA, header: { alg: 'Ed25519' } }),

  // Keys that the token brings along.
  'jwk': sign({}, { key: stranger, header: { jwk: stranger.jwk } }),
  'jwk under the same kid': sign({}, { signer: stranger.privateKey, header: { jwk: stranger.jwk } }),
  'jwk without kid': sign({}, { signer: stranger.privateKey, header: { jwk: stranger.jwk, kid: undefined } }),
  'jku': sign({}, { key: stranger, header: { jku: order.trap } }),
  'x5u': sign({}, { key: stranger, header: { x5u: order.trap } }),

  // Extensions.
  'crit': sign({}, { header: { crit: ['exp'], exp: now + 300 }, options: { crit: { exp: true } } }),
  'crit b64, true': sign({}, { header: { crit: ['b64'], b64: true } }),
  'b64 false': unencoded(JSON.stringify({ sub: 'f:42', preferred_username: 'my_username', exp: now + 300 })),
  'b64 false, payload encoded all the same': unencoded(base64url.encode(JSON.stringify(claims()))),

  // Other serializations.
  'encrypted': new EncryptJWT(claims()).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(secret.subarray(0, 32)),
  'encrypted to the published key': new CompactEncrypt(encoded(claims())).setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: rsa.kid })
    .encrypt(await importJWK({ kty: 'RSA', n: rsa.jwk.n, e: rsa.jwk.e }, 'RSA-OAEP-256')),
  'detached': sign().then((token) => token.replace(/\..*\./, '..')),
  'flattened JSON': JSON.stringify(await flattened(claims())),
  'general JSON': JSON.stringify(await general(claims())),
};

const hostileSecret = {
  'another secret': hmac(crypto.getRandomValues(new Uint8Array(64)), 'HS256', 'HS256'),
  'HS512 under the kid of HS256': hmac(secret, 'HS512', 'HS256'),
  'half the secret': hmac(secret.subarray(0, 32), 'HS256', 'HS256'),
  'none': new UnsecuredJWT(claims()).encode(),
  'a public key': sign({}, { header: { kid: 'HS256' } }),
};

// settled waits for the tokens of a list.
async function settled(list) {
  return Object.fromEntries(await Promise.all(Object.entries(list).map(async ([name, token]) => [name, await token])));
}

write({
  keySet: { keys: Object.values(keys).map((key) => key.jwk) },
  good: await settled(good),
  goodSecret: await settled(goodSecret),
  hostile: await settled(hostile),
  hostileSecret: await settled(hostileSecret),
});
