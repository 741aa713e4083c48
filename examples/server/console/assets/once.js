// Lets each form be sent once: a second click would take the place of the answer to the first.
"use strict";
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) {
    event.preventDefault();
  }
  event.target.dataset.sent = "yes";
});
