// When something ends, its buttons go: whoever stood on one is led to how it ended, and not to the top of the page.
let inside = false;
document.addEventListener("htmx:beforeSwap", (event) => {
  inside = event.detail.target.contains(document.activeElement);
});
document.addEventListener("htmx:afterSwap", () => {
  const told = document.getElementById("task").firstElementChild;
  if (!inside || document.activeElement !== document.body) return;
  told.tabIndex = -1;
  told.focus();
});
