// Sends the requests of the try-it page, and shows them, what came back, and the same as a line for curl.
"use strict";
(() => {
  // basic encodes a name and a password as RFC 7617 has it, in UTF-8.
  const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

  // quote makes one word of a shell's command line of any text.
  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

  // read makes a request of the fields of a form. What is empty is not sent.
  function read(form) {
    const { method, path } = form.dataset;
    const request = { method, url: location.origin + path, headers: [], body: null };
    const curl = ["curl", "-i", "-X", method];
    const header = (name, value) => request.headers.push([name, value]);
    const value = (place) => form.querySelector(`[data-in="${place}"]`)?.value ?? "";
    const has = (place) => form.querySelector(`[data-in="${place}"]`) !== null;

    if (value("basic-name") || value("basic-password")) {
      const pair = `${value("basic-name")}:${value("basic-password")}`;
      header("Authorization", `Basic ${base64(pair)}`);
      curl.push("-u", quote(pair));
    }
    if (value("bearer")) {
      header("Authorization", `Bearer ${value("bearer")}`);
      curl.push("-H", quote(`Authorization: Bearer ${value("bearer")}`));
    }
    if (value("key")) {
      const pair = base64(`${value("key-name")}:${value("key")}`);
      header("API-KEY", pair);
      curl.push("-H", quote(`API-KEY: ${pair}`));
    }
    for (const field of form.querySelectorAll('[data-in="header"]')) {
      if (field.value) {
        header(field.dataset.name, field.value);
        curl.push("-H", quote(`${field.dataset.name}: ${field.value}`));
      }
    }
    if (has("form")) {
      const parameters = new URLSearchParams();
      for (const field of form.querySelectorAll('[data-in="form"]')) {
        if (field.value) {
          parameters.append(field.dataset.name, field.value);
          curl.push("--data-urlencode", quote(`${field.dataset.name}=${field.value}`));
        }
      }
      request.body = parameters.toString();
      header("Content-Type", "application/x-www-form-urlencoded");
      if (!request.body) {
        curl.push("-d", "''");
      }
    } else if (has("body")) {
      request.body = value("body");
      header("Content-Type", "application/json");
      curl.push("-H", quote("Content-Type: application/json"), "--data-raw", quote(request.body));
    }
    curl.push(quote(request.url));
    return { request, curl: curl.join(" ") };
  }

  const lines = (headers) => [...headers].map(([name, value]) => `${name}: ${value}`).join("\n");

  // keep fills in what a good answer holds where others ask for it.
  function keep(form, text) {
    let answer;
    try {
      answer = JSON.parse(text);
    } catch {
      return;
    }
    for (const pair of form.dataset.keep.split(" ").filter(Boolean)) {
      const [member, purpose] = pair.split("=");
      if (typeof answer?.[member] !== "string") {
        continue;
      }
      for (const field of document.querySelectorAll(`input[data-from="${purpose}"]`)) {
        field.value = answer[member];
      }
    }
  }

  async function send(form) {
    const { request, curl } = read(form);
    const example = form.closest(".example");
    const outcome = form.querySelector(".outcome");
    const show = (part, text) => { example.querySelector(part).textContent = text; };
    const body = request.body === null ? "" : `\n\n${request.body}`;
    outcome.textContent = "Sending…";
    outcome.dataset.status = "";
    show(".request", `${request.method} ${request.url}\n${lines(request.headers)}${body}`);
    show(".curl", curl);
    show(".response", "");
    example.querySelector(".exchange").hidden = false;
    try {
      const answer = await fetch(request.url, {
        method: request.method,
        headers: request.headers,
        body: request.body,
        credentials: "omit", // or the operator's own would go along
        cache: "no-store",
        redirect: "error",
      });
      const text = await answer.text();
      show(".response", `${answer.status} ${answer.statusText}\n${lines(answer.headers)}\n\n${text}`);
      if (answer.ok) {
        keep(form, text);
      }
      outcome.textContent = `${answer.status} ${answer.statusText}`;
      outcome.dataset.status = String(answer.status);
    } catch (error) {
      outcome.textContent = `Not sent, or not answered: ${error.message}`;
      outcome.dataset.status = "none";
    }
  }

  for (const form of document.querySelectorAll(".example form")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form);
    });
  }
})();
