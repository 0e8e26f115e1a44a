// Tables of the board: sort by a column, filter, and leaf through what is long. Without this script each table is there
// in full, in its first order.
//
// table.list                every one can be sorted (but for data-nosort); a cell's data-sort goes before its text
// table[data-filter=NOUN]   gets a field for words; th[data-choose] a choice of its column's values, in the order of
//                           data-choose (words with blanks between them), else by the alphabet
// tr[data-words]            more words by which a row is found
// th[data-key]              what the column is called in the address: incidents.html#turn=us&sort=-opened
"use strict";
(() => {
  const PAGE = 200;
  const english = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const count = new Intl.NumberFormat(document.documentElement.lang || "en");

  function make(tag, properties, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  }

  function setUp(table) {
    const body = table.tBodies[0];
    const heads = table.tHead && table.tHead.rows.length === 1 ? [...table.tHead.rows[0].cells] : [];
    const rows = body ? [...body.rows] : [];
    if (!heads.length || rows.length < 2 || rows.some((row) => row.cells.length !== heads.length)) return;
    const noun = table.dataset.filter;
    const keys = heads.map((head, at) => head.dataset.key || String(at));
    const state = { q: "", page: 0, column: -1, down: false, chosen: {} };
    const values = [];
    let texts = null;
    let shown = rows;

    // Sorting
    function column(at) {
      if (!values[at]) {
        const found = rows.map((row) => row.cells[at].dataset.sort ?? row.cells[at].textContent.trim());
        const numeric = found.every((value) => value === "" || Number.isFinite(Number(value)));
        values[at] = new Map(rows.map((row, i) => [row, numeric && found[i] !== "" ? Number(found[i]) : found[i]]));
      }
      return values[at];
    }
    function compare(one, other) {
      if (one === "" || other === "") return (one === "") - (other === "");
      const order = typeof one === "number" ? one - other : english.compare(one, other);
      return state.down ? -order : order;
    }
    function order(found) {
      if (state.column < 0) return found;
      const of = column(state.column);
      return [...found].sort((one, other) => compare(of.get(one), of.get(other)));
    }
    heads.forEach((head, at) => {
      if ("nosort" in head.dataset || !head.textContent.trim()) return;
      const button = make("button", { type: "button" }, ...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        state.down = state.column === at ? !state.down : head.classList.contains("num");
        state.column = at;
        state.page = 0;
        update();
      });
    });

    // Filtering
    const choices = heads.map((head, at) => ("choose" in head.dataset ? at : -1)).filter((at) => at >= 0);
    const said = (row, at) => row.cells[at].dataset.choose ?? row.cells[at].textContent.trim();
    function matches() {
      const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
      if (words.length && !texts) texts = new Map(rows.map((row) => [row, `${row.textContent} ${row.dataset.words || ""}`.toLowerCase()]));
      const wanted = choices.filter((at) => state.chosen[keys[at]]);
      return rows.filter(
        (row) =>
          wanted.every((at) => said(row, at) === state.chosen[keys[at]]) &&
          words.every((word) => texts.get(row).includes(word)),
      );
    }
    const controls = {};
    const status = make("p", { className: "found" });
    status.setAttribute("role", "status");
    function control(name, label, node) {
      controls[name] = node;
      node.addEventListener("input", () => {
        if (name === "q") state.q = node.value;
        else state.chosen[name] = node.value;
        state.page = 0;
        update();
      });
      return make("label", {}, label, node);
    }
    function select(at) {
      const known = (heads[at].dataset.choose || "").split(" ").filter(Boolean);
      const place = (value) => (known.includes(value) ? known.indexOf(value) : known.length);
      const found = [...new Set(rows.map((row) => said(row, at)))];
      found.sort((one, other) => place(one) - place(other) || english.compare(one, other));
      const short = (value) => (value.length > 60 ? `${value.slice(0, 59)}…` : value || "–");
      const options = found.map((value) => make("option", { value, textContent: short(value) }));
      const label = heads[at].textContent.trim();
      return control(keys[at], label, make("select", {}, make("option", { value: "", textContent: "all" }), ...options));
    }
    const frame = table.closest(".scroll") || table;
    if (noun) {
      const form = make("form", { className: "filters" });
      form.setAttribute("role", "search");
      form.setAttribute("aria-label", `Find ${noun}`);
      form.append(control("q", "Words", make("input", { type: "search", autocomplete: "off", spellcheck: false })));
      choices.forEach((at) => form.append(select(at)));
      const clear = make("button", { type: "button", textContent: "Show all" });
      clear.addEventListener("click", () => {
        Object.assign(state, { q: "", page: 0, chosen: {} });
        fill();
        update();
      });
      form.append(clear);
      form.addEventListener("submit", (event) => event.preventDefault());
      frame.before(form, status);
    }

    // Leafing
    const back = make("button", { type: "button", textContent: "Previous" });
    const on = make("button", { type: "button", textContent: "Next" });
    const where = make("span", {});
    const pages = make("nav", { className: "pages" }, back, where, on);
    pages.setAttribute("aria-label", "Pages of the table");
    if (rows.length > PAGE) frame.after(pages);
    function leaf(step) {
      state.page += step;
      update();
      (status.isConnected ? status : table).scrollIntoView({ block: "nearest" });
    }
    back.addEventListener("click", () => leaf(-1));
    on.addEventListener("click", () => leaf(1));

    // What is shown, and what the address says of it
    function fill() {
      for (const [name, node] of Object.entries(controls)) {
        node.value = name === "q" ? state.q : state.chosen[name] || "";
        if (name !== "q" && node.value !== (state.chosen[name] || "")) node.value = state.chosen[name] = "";
      }
    }
    function read() {
      const said = location.hash.includes("=") ? new URLSearchParams(location.hash.slice(1)) : new URLSearchParams();
      const sort = said.get("sort") || "";
      state.down = sort.startsWith("-");
      state.column = keys.indexOf(sort.replace(/^-/, ""));
      state.q = said.get("q") || "";
      state.page = Math.max(0, (Number.parseInt(said.get("page") || "1", 10) || 1) - 1);
      choices.forEach((at) => (state.chosen[keys[at]] = said.get(keys[at]) || ""));
      fill();
    }
    function write() {
      const said = new URLSearchParams();
      if (state.q) said.set("q", state.q);
      choices.forEach((at) => state.chosen[keys[at]] && said.set(keys[at], state.chosen[keys[at]]));
      if (state.column >= 0) said.set("sort", (state.down ? "-" : "") + keys[state.column]);
      if (state.page) said.set("page", String(state.page + 1));
      const text = said.toString();
      if (text || location.hash.includes("=")) history.replaceState(null, "", text ? `#${text}` : "#");
    }
    function show() {
      shown = order(noun ? matches() : rows);
      const last = Math.max(0, Math.ceil(shown.length / PAGE) - 1);
      state.page = Math.min(Math.max(state.page, 0), last);
      body.replaceChildren(...shown.slice(state.page * PAGE, (state.page + 1) * PAGE));
      heads.forEach((head, at) => {
        if (at === state.column) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
      const all = count.format(rows.length);
      const said = shown.length === rows.length ? `${all} ${noun}` : `${count.format(shown.length)} of ${all} ${noun}`;
      if (noun && status.textContent !== said) status.textContent = said;
      where.textContent = `Page ${state.page + 1} of ${last + 1}`;
      back.disabled = state.page === 0;
      on.disabled = state.page === last;
      pages.hidden = last === 0;
    }
    function update() {
      show();
      if (noun) write();
    }
    if (noun) {
      read();
      window.addEventListener("hashchange", () => {
        read();
        show();
      });
    }
    show();
  }

  // What scrolls sideways can be reached with the keyboard, and is called by the heading before it.
  const headings = [...document.querySelectorAll("h1, h2, h3, caption, figcaption")];
  function reach() {
    document.querySelectorAll(".scroll").forEach((area) => {
      if (area.scrollWidth <= area.clientWidth) return area.removeAttribute("tabindex");
      const before = (one) => one.compareDocumentPosition(area) & Node.DOCUMENT_POSITION_FOLLOWING;
      const heading = area.querySelector("caption") || headings.filter(before).pop();
      area.tabIndex = 0;
      area.setAttribute("role", "group");
      area.setAttribute("aria-label", heading ? heading.textContent.trim().slice(0, 80) : "Table");
    });
  }

  document.querySelectorAll("table.list:not([data-nosort])").forEach(setUp);
  reach();
  window.addEventListener("resize", reach);
})();
