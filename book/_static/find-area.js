// The finder: one box on every page that leads to an area's page by any of its names, however spelt. It reads find.json when first used.
// On an area's page it opens the next area at the same section. Without this script the list of areas remains.
const hdFinder = (() => {
  const LOOSE = new Set(["of", "the", "and", "in", "for", "on", "upon", "under", "nhs", "icb", "council", "city", "borough", "district", "trust",
    "foundation", "hospital", "hospitals", "university", "combined", "county", "authority", "region", "board", "integrated", "care", "metropolitan",
    "london", "unitary", "local", "royal", "general", "infirmary"]);
  const SHOWN = 8;

  const words = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/['’‘`.]/g, "").replace(/&/g, " and ")
    .split(/[^a-z0-9]+/).filter(Boolean);

  // Letters to add, drop, change or swap with a neighbour; more than `most` counts as `most + 1`.
  const distance = (a, b, most) => {
    if (Math.abs(a.length - b.length) > most) return most + 1;
    let before = [], last = [...Array(b.length + 1).keys()];
    for (let i = 1; i <= a.length; i++) {
      const row = [i];
      for (let j = 1; j <= b.length; j++) {
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
      }
      [before, last] = [last, row];
    }
    return last[b.length];
  };

  // How well a typed word fits a word of a name, from 0 to 1.
  const fit = (typed, word) => {
    if (typed === word) return 1;
    if (word.startsWith(typed)) return 0.8 + 0.15 * (typed.length / word.length);
    if (typed.length < 4) return 0;
    const most = typed.length < 6 ? 1 : typed.length < 9 ? 2 : 3;
    const slips = Math.min(distance(typed, word, most), word.length > typed.length ? distance(typed, word.slice(0, typed.length), most) + 0.5 : 9);
    return slips > most ? 0 : 0.75 - 0.5 * (slips / typed.length);
  };

  const score = (typed, entry, lenient) => {
    let sum = 0, weight = 0;
    const used = new Set();
    for (const word of typed) {
      let best = 0, at = -1;
      entry.words.forEach((other, i) => {
        const value = used.has(i) ? 0 : fit(word, other);
        if (value > best) [best, at] = [value, i];
      });
      if (at >= 0) used.add(at);
      if (best === 0) best = Math.max(...entry.kind.map((other) => 0.6 * fit(word, other)), 0);
      const loose = LOOSE.has(word);
      if (best === 0 && !loose && !lenient) return 0;
      sum += best * (loose ? 0.3 : 1);
      weight += loose ? 0.3 : 1;
    }
    if (!weight) return 0;
    const left = entry.words.filter((word, i) => !used.has(i) && !LOOSE.has(word)).length;
    const begins = used.has(0) || (LOOSE.has(entry.words[0]) && entry.words.length > 1 && used.has(1));
    const whole = left === 0 && typed.length >= entry.words.length;
    return sum / weight + (begins ? 0.1 : 0) + (used.has(0) ? 0.02 : 0) + (whole ? 0.05 : 0) + (typed.join() === entry.words.join() ? 0.3 : 0) - 0.015 * Math.min(left, 6) - (entry.note ? 0.03 : 0)
      - (entry.ended ? 0.05 : 0);
  };

  // Entries as the file has them, made ready for matching.
  const prepare = (file) => file.names.map(([text, place, note]) => {
    const [address, title, kind, code, ods, order] = file.pages[place];
    return { text, note, address, title, kindTitle: kind, kind: words(kind), code, ods, order, words: words(text), ended: /\buntil \d{4}\b/.test(note) };
  });

  // The pages that a text may mean, the likeliest first, each once.
  const search = (entries, text, most = SHOWN) => {
    const typed = words(text);
    if (!typed.length) return [];
    const code = text.replace(/\s/g, "").toUpperCase();
    const scored = [];
    for (const lenient of [false, true]) {  // a word that fits nothing counts only where all words fit nowhere
      if (scored.length || (lenient && typed.length < 2)) break;
      for (const entry of entries) {
        const exact = code.length > 2 && (code === entry.code || code === entry.ods) && !entry.note;
        const value = exact ? 9 : score(typed, entry, lenient);
        if (value > 0.3) scored.push([value, entry]);
      }
    }
    scored.sort((a, b) => b[0] - a[0] || a[1].order - b[1].order || a[1].text.length - b[1].text.length || (a[1].text < b[1].text ? -1 : 1));
    const seen = new Set(), found = [];
    const floor = scored.length && scored[0][0] >= 0.95 ? 0.8 : 0;  // no slips are looked for beside a name that fits
    for (const [value, entry] of scored) {
      if (value < floor || seen.has(entry.address)) continue;
      seen.add(entry.address);
      found.push(entry);
      if (found.length === most) break;
    }
    return found;
  };

  let loading = null;
  const load = (base) => {
    loading ||= fetch(`${base}_static/find.json`).then((answer) => {
      if (!answer.ok) throw new Error(answer.status);
      return answer.json();
    }).then(prepare);
    loading.catch(() => { loading = null; });
    return loading;
  };

  const root = () => {
    const script = document.querySelector('script[src*="find-area.js"]');
    return script ? script.getAttribute("src").replace(/_static\/find-area\.js.*$/, "") : "";
  };

  const made = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };

  let count = 0;
  // A combobox with a list of areas; `choose` is called with the entry that the reader takes.
  const box = (label, choose, { hint = () => "" } = {}) => {
    const id = `hd-find-${++count}`, base = root();
    const input = made("input", { id, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", enterkeyhint: "go",
      "aria-expanded": "false", "aria-controls": `${id}-list`, "aria-autocomplete": "list", placeholder: label });
    const list = made("ul", { id: `${id}-list`, role: "listbox", "aria-label": "Areas", hidden: "" });
    const status = made("p", { role: "status", class: "hd-away" });
    const form = made("form", { class: "hd-find", role: "search", "aria-label": label },
      made("label", { for: id, class: "hd-away" }, label), input, list, status);
    let found = [], active = -1;
    const close = () => {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
      active = -1;
    };
    const mark = (at) => {
      active = at;
      [...list.querySelectorAll('[role="option"]')].forEach((item, i) => {
        item.setAttribute("aria-selected", String(i === at));
        if (i === at) { input.setAttribute("aria-activedescendant", item.id); item.scrollIntoView({ block: "nearest" }); }
      });
      if (at < 0) input.removeAttribute("aria-activedescendant");
    };
    const take = (entry) => { close(); input.value = ""; choose(entry); };
    const show = async () => {
      const text = input.value;
      if (!text.trim()) { close(); status.textContent = ""; return; }
      let entries;
      try { entries = await load(base); } catch { status.textContent = "The list of areas cannot be loaded."; return; }
      if (text !== input.value) return;
      found = search(entries, text);
      list.replaceChildren(...found.map((entry, i) => {
        const why = entry.note || (entry.text === entry.title ? entry.kindTitle : `${entry.title}, ${entry.kindTitle}`);
        const item = made("li", { id: `${id}-${i}`, role: "option", "aria-selected": "false" }, made("b", {}, entry.text), made("small", {}, why));
        item.addEventListener("mousedown", (event) => event.preventDefault());
        item.addEventListener("click", () => take(entry));
        return item;
      }));
      if (!found.length) list.replaceChildren(made("li", { class: "hd-nothing", role: "presentation" }, "No area of that name. ", made("a", { href: `${base}areas/index.html` }, "See the whole list")));
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      mark(-1);
      const n = found.length;
      status.textContent = `${n === 0 ? "No area" : n === 1 ? "1 area" : `${n} areas`}. ${n ? hint() : ""}`.trim();
    };
    input.addEventListener("focus", () => { load(base).catch(() => {}); });
    input.addEventListener("input", show);
    input.addEventListener("blur", () => setTimeout(() => { if (!form.contains(document.activeElement)) close(); }, 150));
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { close(); input.value = ""; } else if (list.hidden || !found.length) return;
      else if (event.key === "ArrowDown") { event.preventDefault(); mark((active + 1) % found.length); }
      else if (event.key === "ArrowUp") { event.preventDefault(); mark(active <= 0 ? found.length - 1 : active - 1); }
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      await show();
      if (found.length && !list.hidden) take(found[Math.max(active, 0)]);
    });
    return form;
  };

  // The section that a reader of an area's page is in: "#" and its name, or nothing at the top.
  const section = () => {
    let here = "";
    for (const one of document.querySelectorAll(".bd-article > section > section[id], article > section > section[id]")) {
      if (one.getBoundingClientRect().top < window.innerHeight * 0.4) here = one.id;
    }
    return here ? `#${here}` : "";
  };

  const start = () => {
    const base = root(), area = document.querySelector(".hd-card");
    const name = () => {
      const here = area && section();
      const title = here && document.querySelector(`${CSS.escape ? `#${CSS.escape(here.slice(1))}` : here} > :is(h2, h3)`);
      return title ? `Opens at the section ${title.firstChild.textContent}.` : "";
    };
    const go = (entry) => { window.location.href = base + entry.address + (area ? section() : ""); };
    const finder = box(area ? "Go to another area" : "Find your area", go, { hint: name });
    const bar = document.querySelector(".header-article-items, .header-article__inner");
    if (bar && bar.children.length > 1) bar.insertBefore(finder, bar.children[1]);
    else (document.querySelector("main") || document.body).prepend(finder);
    if (window.location.hash && area && !document.getElementById(decodeURIComponent(window.location.hash.slice(1)))) {
      window.history.replaceState(null, "", window.location.pathname + window.location.search);
    }
    const map = document.querySelector(".hd-tiles"), named = document.querySelector(".hd-tile-name");
    if (map && named) {
      const say = (event) => {
        const tile = event.target.closest("a");
        named.textContent = tile ? tile.getAttribute("aria-label") : "\u00a0";
      };
      map.addEventListener("mouseover", say);
      map.addEventListener("focusin", say);
    }
  };
  if (typeof document !== "undefined") {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
  }
  return { words, prepare, search, box, load, root, made };
})();
globalThis.hdFinder = hdFinder;
