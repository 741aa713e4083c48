// Looks for new audit records every two seconds while the page is seen, and shows them.
"use strict";
(() => {
  const every = 2000;
  const records = document.getElementById("records");
  const button = document.getElementById("live");
  const news = document.getElementById("news");
  const newest = () => records.querySelector("tr[data-time]")?.dataset.time ?? "";
  let live = true;

  async function look() {
    const answer = await fetch(records.dataset.rows, { headers: { Accept: "text/html" } });
    if (!answer.ok) {
      throw new Error(`The server answered ${answer.status}.`);
    }
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("table");
    if (!found || found.textContent === records.querySelector("table")?.textContent) {
      return;
    }
    const before = newest();
    records.replaceChildren(document.adoptNode(found));
    const added = [...records.querySelectorAll("tr[data-time]")].filter((row) => row.dataset.time > before);
    for (const row of added) {
      row.classList.add("new");
    }
    if (added.length > 0) {
      news.textContent = added.length === 1 ? "One new record." : `${added.length} new records.`;
    }
  }

  async function run() {
    if (live && document.visibilityState === "visible") {
      try {
        await look();
        if (news.classList.contains("trouble")) {
          news.classList.remove("trouble");
          news.textContent = "The server answers again.";
        }
      } catch (error) {
        news.classList.add("trouble");
        news.textContent = `New records cannot be fetched; trying again. ${error.message}`;
      }
    }
    setTimeout(run, every);
  }

  button.hidden = false;
  button.addEventListener("click", () => {
    live = !live;
    button.setAttribute("aria-pressed", String(live));
    news.textContent = live ? "New records appear by themselves." : "Paused.";
  });
  setTimeout(run, every);
})();
