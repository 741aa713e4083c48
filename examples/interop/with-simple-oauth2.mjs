// The library simple-oauth2, as its manual has it: one object for each grant, and one for each token.

import { ClientCredentials, ResourceOwnerPassword } from 'simple-oauth2';

const grants = { client_credentials: ClientCredentials, password: ResourceOwnerPassword };

// A client can send its secret in three ways. "raw" is the way of those that do not know of the encoding in RFC 6749 section 2.3.1.
const options = {
  basic: { authorizationMethod: 'header', credentialsEncodingMode: 'strict' },
  raw: { authorizationMethod: 'header', credentialsEncodingMode: 'loose' },
  post: { authorizationMethod: 'body' },
};

// as returns a client for a grant.
function as(issuer, { id, secret, auth }, Grant = ResourceOwnerPassword) {
  const paths = { tokenHost: issuer.origin, tokenPath: '/rest_api/access_token', revokePath: '/oauth/revoke' };
  return new Grant({ client: { id, secret }, auth: paths, options: options[auth] });
}

export const operations = {
  async token(issuer, job) {
    if (job.grant !== 'refresh_token') return (await as(issuer, job, grants[job.grant]).getToken(job.params)).token;
    const { refresh_token: token, ...params } = job.params;
    return (await as(issuer, job).createToken({ refresh_token: token }).refresh(params)).token;
  },

  async revoke(issuer, job) {
    return as(issuer, job).createToken({ [job.hint]: job.token }).revoke(job.hint);
  },
};

// told says what an error of the library, which is one of its HTTP client, tells its caller.
export function told(err) {
  const body = err.data?.payload;
  return { type: err.isBoom ? 'Boom' : err.name, code: body?.error, description: body?.error_description, status: err.output?.statusCode };
}
