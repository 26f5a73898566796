"use strict";
(() => {
  // Everything is on the page already: it also works from a file share, where nothing can be asked.
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const sections = [...document.querySelectorAll("section")];
  const rows = sections.map((section) =>
    [...section.querySelectorAll("tbody tr")].map((row) => [row, fold(row.textContent)]),
  );
  const total = rows.reduce((sum, some) => sum + some.length, 0);
  const label = document.createElement("label");
  const input = document.createElement("input");
  const status = document.createElement("span");
  const tools = document.createElement("div");
  input.type = "search";
  status.setAttribute("role", "status");
  label.append("Search weeks, meetings, sites and people", input);
  tools.className = "tools";
  tools.append(label, status);
  document.getElementById("search").append(tools);
  const search = () => {
    const wanted = fold(input.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((some, at) => {
      let here = 0;
      for (const [row, text] of some) {
        row.hidden = !wanted.every((word) => text.includes(word));
        here += row.hidden ? 0 : 1;
      }
      sections[at].hidden = here === 0;
      shown += here;
    });
    status.textContent = wanted.length ? `${shown} of ${total}` : "";
  };
  input.addEventListener("input", search);
  search();
})();
