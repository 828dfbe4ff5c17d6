// Keeps the page fresh while somebody looks at it. Without it, everything works by reloading.
(() => {
  "use strict";
  const every = 1500;
  const thread = document.getElementById("thread");
  const list = document.getElementById("list");
  const counts = document.getElementById("counts");
  const search = document.getElementById("q");
  const answer = document.getElementById("answer");
  const phone = document.body.dataset.phone;
  let tag = "";
  let running = false;

  function localTimes(root) {
    for (const time of root.querySelectorAll("time")) {
      const at = new Date(time.dateTime);
      time.title = at.toLocaleString();
      time.textContent =
        "day" in time.dataset
          ? at.toLocaleDateString([], { weekday: "short", day: "numeric", month: "short" })
          : at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    }
  }

  function replace(part, html) {
    if (!part || part.lastHtml === html) return;
    const focused = part.contains(document.activeElement) && document.activeElement.dataset.phone;
    part.lastHtml = html;
    part.innerHTML = html;
    localTimes(part);
    if (focused) part.querySelector(`[data-phone="${CSS.escape(focused)}"]`)?.focus();
  }

  function toNewest() {
    if (thread) thread.scrollTop = thread.scrollHeight;
  }

  async function refresh() {
    if (running || document.hidden) return;
    running = true;
    try {
      const shown = new URLSearchParams(location.search).get("shown") ?? "";
      const query = new URLSearchParams({ phone, q: search.value, shown, tag });
      const response = await fetch(`/live?${query}`);
      if (response.status === 200) {
        const parts = await response.json();
        const atNewest =
          thread && thread.scrollHeight - thread.scrollTop - thread.clientHeight < 60;
        replace(counts, parts.counts);
        replace(list, parts.list);
        replace(thread, parts.thread);
        if (atNewest) toNewest();
        tag = parts.tag;
        // The first text tells whom to answer, which only the whole page shows.
        const stranger = answer?.elements.to.placeholder && !answer.elements.to.value;
        if (stranger && thread.querySelector(".in")) location.reload();
      }
    } catch {
      // The simulator is restarting: the next round finds it again.
    } finally {
      running = false;
    }
  }

  let typed;
  search.addEventListener("input", () => {
    clearTimeout(typed);
    typed = setTimeout(refresh, 150);
  });
  search.form.addEventListener("submit", (event) => {
    event.preventDefault();
    refresh();
  });

  answer?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter;
    const text = answer.elements.text;
    const body = new URLSearchParams(new FormData(answer, button));
    if (!body.get("quick") && !body.get("text").trim()) return text.focus();
    const first = Boolean(answer.elements.to.placeholder);
    if (button) button.disabled = true;
    try {
      const response = await fetch(answer.action, { method: "POST", body });
      if (response.ok && !body.get("quick")) text.value = "";
      if (first && response.ok) return location.reload();
      await refresh();
      toNewest();
    } finally {
      if (button) button.disabled = false;
      text.focus();
    }
  });
  answer?.elements.text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      answer.requestSubmit(answer.querySelector(".send"));
    }
  });

  for (const slider of document.querySelectorAll("input[type=range]")) {
    const output = slider.parentElement.querySelector("output");
    slider.addEventListener("input", () => {
      output.textContent = slider.value + output.dataset.unit;
    });
  }
  const drawer = document.getElementById("behaviour");
  if (location.hash === "#behaviour") drawer.open = true;

  localTimes(document);
  toNewest();
  setInterval(refresh, every);
  document.addEventListener("visibilitychange", refresh);
  refresh();
})();
