// Témoin has ended, or has begun anew: a page that asks it again and again says so, instead of turning for ever.
document.addEventListener("htmx:afterRequest", (event) => {
  const answered = event.detail.successful === true;
  document.getElementById("lost").hidden = answered;
  document.getElementById("task")?.toggleAttribute("hidden", !answered);
});
