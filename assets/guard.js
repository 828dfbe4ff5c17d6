// Asks before a form with data-guard (its value is the question) is left unsaved: by a link,
// by closing the tab, by loading another page. What was saved calls astronoteGuard.saved().
(() => {
  let dirty = null;
  const guarded = (target) => target instanceof Element && target.closest("form[data-guard]");
  const open = () => dirty && dirty.isConnected;
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => {
      const form = guarded(event.target);
      if (form) dirty = form;
    });
  }
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target instanceof Element && event.target.closest("a[href]");
      if (!link || link.target === "_blank" || !open() || dirty.contains(link)) return;
      if (confirm(dirty.dataset.guard)) dirty = null;
      else {
        event.preventDefault();
        event.stopPropagation();
      }
    },
    true,
  );
  addEventListener("beforeunload", (event) => {
    if (open()) event.preventDefault();
  });
  window.astronoteGuard = { saved: () => (dirty = null) };
})();
