"""The library requests-oauthlib, as its manual has it: a session around a client of oauthlib for the grant."""

import os

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # http is enough on loopback; before the import, so says the manual

import requests
from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

TOKEN, REVOKE = "/rest_api/access_token", "/oauth/revoke"


def how(job):
    """The two ways in which a client shows its secret. "raw" because the library does not know of the encoding in RFC 6749 section 2.3.1."""
    if job["auth"] == "raw":
        return {"auth": HTTPBasicAuth(job["id"], job["secret"])}
    return {"client_id": job["id"], "client_secret": job["secret"]}


def token(base, job):
    params = dict(job["params"])
    if job["grant"] == "refresh_token":
        session = OAuth2Session(client=LegacyApplicationClient(job["id"]), scope=params.pop("scope", None))
        return session.refresh_token(base + TOKEN, **how(job), **params)
    scope = params.pop("scope", None)
    client = {"password": LegacyApplicationClient, "client_credentials": BackendApplicationClient}[job["grant"]](job["id"], scope=scope)
    session = OAuth2Session(client=client, scope=scope)
    return session.fetch_token(base + TOKEN, client_secret=job["secret"], include_client_id=True if job["auth"] == "post" else None, **params)


def revoke(base, job):
    url, headers, data = LegacyApplicationClient(job["id"]).prepare_token_revocation_request(base + REVOKE, job["token"], job["hint"])
    if job["auth"] == "raw":
        answer(requests.post(url, headers=headers, data=data, auth=HTTPBasicAuth(job["id"], job["secret"])))
    else:
        fields = dict(client_id=job["id"], client_secret=job["secret"])
        answer(requests.post(url, headers=headers, data=data + "&" + requests.compat.urlencode(fields)))


def use(base, job):
    return answer(OAuth2Session(token={"access_token": job["token"], "token_type": "Bearer"}).get(base + job["path"]))


def autorefresh(base, job):
    """Uses a token that has expired, and a refresh token."""
    kept = []
    old = {"access_token": "expired", "token_type": "Bearer", "expires_in": -30, "refresh_token": job["token"]}
    session = OAuth2Session(job["id"], token=old, auto_refresh_url=base + TOKEN, token_updater=kept.append)
    how = {"client_id": job["id"], "client_secret": job["secret"]}  # with these the library makes a Basic credential
    first, second = answer(session.get(base + job["path"], **how)), answer(session.get(base + job["path"]))
    return {"answers": [first, second], "refreshed": len(kept), "token": kept[0]}


def answer(response):
    """The library leaves it to the caller to look at what is not an answer of the token endpoint."""
    response.raise_for_status()
    return response.json() if response.content else None


def told(err):
    if isinstance(err, requests.HTTPError):
        json = err.response.json()
        return {"code": json.get("error"), "description": json.get("error_description"), "status": err.response.status_code,
                "fields": err.response.raw.headers.getlist("WWW-Authenticate")}
    return {"code": getattr(err, "error", None), "description": getattr(err, "description", None)}
