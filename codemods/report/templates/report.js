"use strict";
(() => {
  const filters = document.getElementById("filters");
  if (filters) {
    const items = [...document.querySelectorAll("#finding-list > .finding")];
    const chips = [...filters.querySelectorAll(".chip")];
    const rule = document.getElementById("filter-rule");
    const file = document.getElementById("filter-file");
    const apply = () => {
      const wanted = new Set(
        chips.filter((c) => c.getAttribute("aria-pressed") === "true").map((c) => c.dataset.outcome),
      );
      const part = file.value.trim().toLowerCase();
      let shown = 0;
      for (const item of items) {
        const fits =
          (wanted.size === 0 || wanted.has(item.dataset.outcome)) &&
          (rule.value === "" || rule.value === item.dataset.rule) &&
          item.dataset.path.toLowerCase().includes(part);
        item.hidden = !fits;
        shown += fits ? 1 : 0;
      }
      document.getElementById("shown-count").textContent =
        shown === items.length ? String(shown) : `${shown} of ${items.length}`;
      document.getElementById("none-shown").hidden = shown > 0;
    };
    for (const chip of chips) {
      chip.addEventListener("click", () => {
        chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") === "true" ? "false" : "true");
        apply();
      });
    }
    rule.addEventListener("change", apply);
    file.addEventListener("input", apply);
    filters.addEventListener("submit", (event) => event.preventDefault());
    filters.hidden = false;
  }
  const open = (hash) => {
    const target = hash ? document.getElementById(hash.slice(1)) : null;
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", () => open(location.hash));
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a.place") : null;
    if (link) open(link.hash);
  });
  open(location.hash);
})();
