// What every page does in the browser by itself: theme, relative times, copying, keys, a lost connection.
(() => {
  const root = document.documentElement;
  const THEME = "mxc-theme";
  const chosen = localStorage.getItem(THEME);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const show = () => (root.dataset.theme = localStorage.getItem(THEME) ?? (dark.matches ? "dark" : "light"));
  if (chosen !== "dark" && chosen !== "light") localStorage.removeItem(THEME);
  show();
  dark.addEventListener("change", show);

  const UNITS = [[86400, "d"], [3600, "h"], [60, "min"]];
  const span = (seconds) => {
    const [size, unit] = UNITS.find(([size]) => seconds >= size) ?? [1, "s"];
    return `${Math.floor(seconds / size)} ${unit}`;
  };
  const relative = (stamp) => {
    const seconds = (Date.now() - Date.parse(stamp)) / 1000;
    if (Number.isNaN(seconds)) return stamp;
    if (Math.abs(seconds) < 2) return "now";
    return seconds > 0 ? `${span(seconds)} ago` : `in ${span(-seconds)}`;
  };
  const absolute = (stamp) => new Date(stamp).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
  const mark = (node) => {
    const stamp = node.getAttribute("datetime");
    const words = relative(stamp);
    if (node.textContent !== words) node.textContent = words;
    if (node.title === "" || node.dataset.of !== stamp) {
      node.title = absolute(stamp);
      node.dataset.of = stamp;
    }
  };
  const markAll = (within = document) => within.querySelectorAll?.("time.m-time").forEach(mark);
  window.mxc = { relative, absolute, span };

  // Seconds matter for a minute, then minutes do: one timer, only while somebody looks.
  let turn = 0;
  setInterval(() => {
    turn += 1;
    if (document.hidden) return;
    const fresh = turn % 6 === 0 ? "" : "[data-fresh]";
    document.querySelectorAll(`time.m-time${fresh}`).forEach((node) => {
      node.toggleAttribute("data-fresh", Date.now() - Date.parse(node.getAttribute("datetime")) < 90_000);
      mark(node);
    });
  }, 5000);

  // What stands behind the # of a link in a mail was told to no server; the form sends it once.
  document.addEventListener("DOMContentLoaded", () => {
    const field = document.querySelector("input[data-from-hash]");
    if (field && field.value === "" && location.hash.length > 1) {
      field.value = location.hash.slice(1);
      history.replaceState(null, "", location.pathname);
    }
  });

  const toast = (words) => {
    const node = Object.assign(document.createElement("div"), { className: "m-hidden-text", role: "status" });
    node.textContent = words;
    document.body.append(node);
    setTimeout(() => node.remove(), 2000);
  };
  const copy = async (node) => {
    await navigator.clipboard?.writeText(node.dataset.copy);
    const before = node.textContent;
    node.textContent = "copied";
    toast("copied");
    setTimeout(() => (node.textContent = before), 900);
  };
  document.addEventListener("click", (event) => {
    const source = event.target.closest?.("[data-copy]");
    if (source) copy(source);
    if (event.target.closest?.("[data-theme-switch]")) {
      localStorage.setItem(THEME, root.dataset.theme === "dark" ? "light" : "dark");
      show();
    }
  });

  // On a phone most of the menu is behind one button.
  document.addEventListener("click", (event) => {
    const menu = document.querySelector(".m-menu");
    const source = event.target.closest?.("[data-menu-switch]");
    const isOpen = source ? menu.classList.toggle("m-menu-open") : false;
    if (!source && !event.target.closest?.(".m-menu-rest")) menu?.classList.remove("m-menu-open");
    document.querySelector("[data-menu-switch]")?.setAttribute("aria-expanded", String(isOpen || menu?.classList.contains("m-menu-open")));
  });

  const isTyping = (node) => node?.closest?.("input, textarea, select, [contenteditable=true], .cm-editor") != null;
  const help = () => {
    const dialog = document.querySelector("dialog.m-help");
    if (dialog) dialog.open ? dialog.close() : dialog.showModal();
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelector(".m-menu")?.classList.remove("m-menu-open");
    if (event.key === "Escape" && isTyping(event.target)) event.target.blur();
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "?") help();
    if (event.key === "/") {
      const search = document.querySelector(".m-search input");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    }
  });

  // A lost connection: what is on the page is greyed with its age, and comes back to life by itself.
  let lostAt = 0;
  let counting = 0;
  const count = () => {
    const node = document.querySelector(".m-offline");
    if (node) node.textContent = `Connection lost. What you see is ${span((Date.now() - lostAt) / 1000)} old; trying to reconnect.`;
  };
  const lost = () => {
    if (lostAt) return;
    lostAt = Date.now();
    root.classList.add("m-is-offline");
    count();
    counting = setInterval(count, 1000);
  };
  const found = () => {
    lostAt = 0;
    clearInterval(counting);
    root.classList.remove("m-is-offline");
  };
  const listen = () => {
    if (!window.socket) return setTimeout(listen, 100);
    window.socket.on("disconnect", lost);
    window.socket.on("connect", found);
  };
  document.addEventListener("DOMContentLoaded", () => {
    markAll();
    listen();
    new MutationObserver((changes) => {
      for (const change of changes) {
        if (change.type === "attributes") mark(change.target);
        for (const node of change.addedNodes) {
          if (node.nodeType !== 1) continue;
          if (node.matches("time.m-time")) mark(node);
          markAll(node);
        }
      }
    }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["datetime"] });
  });
})();
