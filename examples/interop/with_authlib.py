"""The library Authlib, as its manual has it: a session for each client and token."""

import requests
from authlib.integrations.requests_client import OAuth2Session

TOKEN, REVOKE, INTROSPECT = "/rest_api/access_token", "/oauth/revoke", "/oauth/introspect"

# "raw" because the library does not know of the encoding in RFC 6749 section 2.3.1.
METHODS = {"raw": "client_secret_basic", "post": "client_secret_post"}


def session(base, job, **kwargs):
    method = METHODS[job["auth"]]
    return OAuth2Session(job["id"], job["secret"], token_endpoint_auth_method=method, revocation_endpoint_auth_method=method,
                         token_endpoint=base + TOKEN, **kwargs)


def token(base, job):
    if job["grant"] == "refresh_token":
        return session(base, job).refresh_token(base + TOKEN, **job["params"])
    return session(base, job).fetch_token(base + TOKEN, grant_type=job["grant"], **job["params"])


def introspect(base, job):
    return answer(session(base, job).introspect_token(base + INTROSPECT, token=job["token"]))


def revoke(base, job):
    answer(session(base, job).revoke_token(base + REVOKE, token=job["token"], token_type_hint=job["hint"]))


def use(base, job):
    return answer(session(base, job, token={"access_token": job["token"], "token_type": "Bearer"}).get(base + job["path"]))


def autorefresh(base, job):
    """Uses a token that has expired, and a refresh token."""
    kept = []
    old = {"access_token": "expired", "token_type": "Bearer", "expires_at": 1, "refresh_token": job["token"]}
    s = session(base, job, token=old, update_token=lambda token, refresh_token=None, access_token=None: kept.append(token))
    first, second = answer(s.get(base + job["path"])), answer(s.get(base + job["path"]))
    return {"answers": [first, second], "refreshed": len(kept), "token": kept[0]}


def answer(response):
    """The library leaves it to the caller to look at what is not an answer of the token endpoint."""
    response.raise_for_status()
    return response.json() if response.content else None


def told(err):
    if isinstance(err, requests.HTTPError):
        return body(err.response)
    return {"code": getattr(err, "error", None), "description": getattr(err, "description", None)}


def body(response):
    json = response.json()
    return {"code": json.get("error"), "description": json.get("error_description"), "status": response.status_code,
            "fields": response.raw.headers.getlist("WWW-Authenticate")}
