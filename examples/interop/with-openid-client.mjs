// The library openid-client, as its manual has it: one configuration for each client, made by discovery.

import * as oidc from 'openid-client';
import { WWWAuthenticateChallengeError } from 'openid-client';

const configurations = new Map();

// as returns the configuration of a client, which the library wants to be kept.
async function as(issuer, { id, secret, auth }) {
  const key = JSON.stringify([id, secret, auth]);
  if (!configurations.has(key)) {
    const how = { basic: oidc.ClientSecretBasic, post: oidc.ClientSecretPost }[auth](secret);
    configurations.set(key, await oidc.discovery(issuer, id, undefined, how, { algorithm: 'oauth2', execute: [oidc.allowInsecureRequests] })); // http is enough on loopback
  }
  return configurations.get(key);
}

export const operations = {
  async discover(issuer) {
    return (await as(issuer, { id: 'unknown', secret: 'unknown', auth: 'basic' })).serverMetadata();
  },

  async token(issuer, job) {
    const c = await as(issuer, job);
    switch (job.grant) {
      case 'client_credentials': return oidc.clientCredentialsGrant(c, job.params);
      case 'refresh_token': {
        const { refresh_token: token, ...params } = job.params;
        return oidc.refreshTokenGrant(c, token, params);
      }
      default: return oidc.genericGrantRequest(c, job.grant, job.params);
    }
  },

  async introspect(issuer, job) {
    return oidc.tokenIntrospection(await as(issuer, job), job.token);
  },

  async revoke(issuer, job) {
    return oidc.tokenRevocation(await as(issuer, job), job.token, { token_type_hint: job.hint });
  },

  async use(issuer, job) {
    const response = await oidc.fetchProtectedResource(await as(issuer, job), job.token, new URL(job.path, issuer), 'GET');
    return response.json();
  },
};

// told says what an error of the library tells its caller. A challenge comes without the body, which can still be read.
export async function told(err) {
  if (err instanceof WWWAuthenticateChallengeError) {
    const { error: code, error_description: description } = await err.response.json();
    return { type: err.name, code, description, status: err.status, challenges: err.cause };
  }
  return { type: err.name, code: err.error ?? err.code, description: err.error_description, status: err.status };
}
