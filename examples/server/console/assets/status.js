// A status that is on the page when it is loaded is not read out by all screen readers: it is put there once more.
"use strict";
const status_ = document.getElementById("status");
if (status_ && status_.textContent) {
  const text = status_.textContent;
  status_.textContent = "";
  setTimeout(() => { status_.textContent = text; }, 100);
}
