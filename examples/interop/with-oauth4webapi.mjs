// The library oauth4webapi, as its manual has it: every request is one call and every answer is checked by another.

import * as oauth from 'oauth4webapi';

const insecure = { [oauth.allowInsecureRequests]: true }; // for http, which is enough on loopback

// discover finds the endpoints. The library asks for an issuer's metadata once.
let server;
async function discover(issuer) {
  server ??= await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }).then((response) => oauth.processDiscoveryResponse(issuer, response));
  return server;
}

// as returns the arguments with which a request of the library begins.
async function as(issuer, { id, secret, auth }) {
  return [await discover(issuer), { client_id: id }, { basic: oauth.ClientSecretBasic, post: oauth.ClientSecretPost }[auth](secret)];
}

const refresh = (c, { refresh_token: token, ...additionalParameters }) =>
  oauth.refreshTokenGrantRequest(...c, token, { additionalParameters, ...insecure }).then((response) => oauth.processRefreshTokenResponse(c[0], c[1], response));
const credentials = (c, params) =>
  oauth.clientCredentialsGrantRequest(...c, params, insecure).then((response) => oauth.processClientCredentialsResponse(c[0], c[1], response));
const generic = (c, grant, params) =>
  oauth.genericTokenEndpointRequest(...c, grant, params, insecure).then((response) => oauth.processGenericTokenEndpointResponse(c[0], c[1], response));

export const operations = {
  discover,

  async token(issuer, job) {
    const c = await as(issuer, job);
    switch (job.grant) {
      case 'client_credentials': return credentials(c, job.params);
      case 'refresh_token': return refresh(c, job.params);
      default: return generic(c, job.grant, job.params);
    }
  },

  async introspect(issuer, job) {
    const c = await as(issuer, job);
    return oauth.processIntrospectionResponse(c[0], c[1], await oauth.introspectionRequest(...c, job.token, insecure));
  },

  async revoke(issuer, job) {
    const c = await as(issuer, job);
    return oauth.processRevocationResponse(await oauth.revocationRequest(...c, job.token, { additionalParameters: { token_type_hint: job.hint }, ...insecure }));
  },

  async use(issuer, job) {
    const response = await oauth.protectedResourceRequest(job.token, 'GET', new URL(job.path, issuer), undefined, undefined, insecure);
    return response.json();
  },

  // validate is what a resource server does with an access token that is a JWT (RFC 9068).
  async validate(issuer, job) {
    const request = new Request(new URL(job.path, issuer), { headers: { authorization: `Bearer ${job.token}` } });
    return oauth.validateJwtAccessToken(await discover(issuer), request, job.audience, insecure);
  },
};

// told says what an error of the library tells its caller. A challenge comes without the body, which can still be read.
export async function told(err) {
  if (err instanceof oauth.WWWAuthenticateChallengeError) {
    const { error: code, error_description: description } = await err.response.json();
    return { type: err.name, code, description, status: err.status, challenges: err.cause };
  }
  return { type: err.name, code: err.error ?? err.code, description: err.error_description, status: err.status };
}
