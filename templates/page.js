"use strict";
(() => {
  const groups = (body) => {
    const found = [];
    for (const row of body.rows) {
      if (row.classList.contains("x")) found[found.length - 1].push(row);
      else found.push([row]);
    }
    return found;
  };
  const value = (row, column, kind) => {
    const cell = row.cells[column];
    return kind === "number" ? Number(cell.dataset.v) : cell.textContent.trim().toLowerCase();
  };
  const sort = (table, head, kind) => {
    const column = head.cellIndex;
    const down = head.getAttribute("aria-sort") !== "descending";
    const body = table.tBodies[0];
    const order = groups(body).map((rows, at) => [value(rows[0], column, kind), at, rows]);
    order.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0) * (down ? -1 : 1) || a[1] - b[1]);
    for (const other of table.tHead.rows[0].cells) {
      other.removeAttribute("aria-sort");
      const mark = other.querySelector("button i");
      if (mark) mark.textContent = "";
    }
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    head.querySelector("i").textContent = down ? "↓" : "↑";
    body.append(...order.flatMap((entry) => entry[2]));
  };
  for (const head of document.querySelectorAll("th[data-sort]")) {
    const button = document.createElement("button");
    const mark = document.createElement("i");
    mark.setAttribute("aria-hidden", "true");
    button.type = "button";
    button.className = "so";
    button.append(...head.childNodes, mark);
    button.addEventListener("click", () => sort(head.closest("table"), head, head.dataset.sort));
    head.append(button);
  }
  for (const box of document.querySelectorAll("details[data-filter]")) {
    const table = box.querySelector("table");
    const all = groups(table.tBodies[0]);
    const texts = new Map(all.map((rows) => [rows[0], rows[0].textContent.toLowerCase()]));
    const label = document.createElement("label");
    const input = document.createElement("input");
    const status = document.createElement("span");
    const tools = document.createElement("div");
    input.type = "search";
    status.setAttribute("role", "status");
    label.append(box.dataset.filter, input);
    tools.className = "tools";
    tools.append(label, status);
    table.before(tools);
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      let shown = 0;
      for (const rows of all) {
        const hit = texts.get(rows[0]).includes(wanted);
        for (const row of rows) row.hidden = !hit;
        shown += hit ? 1 : 0;
      }
      status.textContent = wanted ? `${shown} of ${all.length}` : "";
    });
  }
  const reveal = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    if (!target) return;
    for (let up = target; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();
})();
