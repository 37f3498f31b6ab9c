// Keeps the page up to date and sends what the switches ask for. The page works without it, but stands still.
"use strict";
(() => {
  const parts = ["list", "talk", "side"];
  let due = 0;
  let busy = false;

  const atEnd = (el) => el.scrollHeight - el.scrollTop - el.clientHeight < 60;

  async function refresh() {
    if (busy) { later(); return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const open = new Set([...document.querySelectorAll("details[open]")].map((d) => d.id));
      for (const id of parts) {
        const old = document.getElementById(id);
        const now = fresh.getElementById(id);
        if (!old || !now || old.innerHTML === now.innerHTML) continue;
        const end = id === "talk" && atEnd(old);
        const top = old.scrollTop;
        const focused = old.contains(document.activeElement) ? document.activeElement.dataset.id : "";
        old.innerHTML = now.innerHTML;
        for (const d of old.querySelectorAll("details")) d.open = open.has(d.id);
        if (focused) old.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
        old.scrollTop = end ? old.scrollHeight : top;
      }
      document.title = fresh.title;
    } catch {
      // The sandbox is away; the event source reconnects and then refreshes.
    } finally {
      busy = false;
    }
  }

  function later() {
    clearTimeout(due);
    due = setTimeout(refresh, 200);
  }

  async function call(method, path, body) {
    const options = { method, headers: {} };
    if (body) {
      options.headers["Content-Type"] = "application/json";
      options.body = body;
    }
    await fetch("/sandbox/api/" + path, options);
    later();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.classList.contains("switch")) {
      if (button.getAttribute("aria-checked") === "true") call("DELETE", "faults/" + encodeURIComponent(button.dataset.id));
      else call("POST", "faults", button.dataset.fault);
    } else if (button.classList.contains("remove")) {
      call("DELETE", "faults/" + encodeURIComponent(button.dataset.id));
    } else if (button.classList.contains("limit")) {
      call("PUT", "settings", JSON.stringify({ no_limits: button.dataset.lifted !== "true" }));
    } else if (button.classList.contains("act")) {
      call(button.dataset.method, button.dataset.path);
    }
  });

  const talk = document.getElementById("talk");
  talk.scrollTop = talk.scrollHeight;
  const live = document.getElementById("live");
  const events = new EventSource("/sandbox/events");
  events.onopen = () => { live.classList.add("on"); later(); };
  events.onerror = () => live.classList.remove("on");
  events.addEventListener("change", later);
})();
