// The page that sets areas side by side. The address holds the choice (?areas=code,code); numbers come from areas.json.
const hdCompare = (() => {
  const MOST = 4, BEYOND = 1.96;

  // Whether two numbers differ by more than chance would explain: true, false, or null where it cannot be told.
  const differs = (a, b) => {
    const error = Math.hypot(a.error ?? NaN, b.error ?? NaN);
    return error > 0 ? Math.abs(a.value - b.value) / error > BEYOND : null;
  };

  const shown = (measure, value) => {
    const minus = (text) => text.replace("-", "−");
    if (measure === "four_hours") return `${(100 * value).toFixed(0)}%`;
    if (measure === "spending_against_need") return minus(`${value > 0 ? "+" : ""}${value.toFixed(0)}%`);
    if (measure === "life_expectancy" || measure === "gradient") return minus(value.toFixed(1));
    return minus(Math.round(value).toLocaleString("en-GB"));
  };

  // What to say of a number against that of the first area.
  const verdict = (own, first, name) => {
    if (!own || !first) return "";
    const answer = differs(own, first);
    if (answer === null) return "no standard error: cannot judge";
    if (!answer) return `≈ no clear difference from ${name}`;
    return own.value > first.value ? `▲ higher than ${name}` : `▼ lower than ${name}`;
  };

  const chosen = (search, known) => {
    const codes = (new URLSearchParams(search).get("areas") || "").split(",").map((code) => code.trim()).filter(Boolean);
    return [...new Set(codes)].filter((code) => code in known).slice(0, MOST);
  };

  const start = async () => {
    const place = document.querySelector(".hd-compare");
    if (!place) return;
    const { made, box } = globalThis.hdFinder;
    let file;
    try {
      const answer = await fetch(place.dataset.numbers);
      if (!answer.ok) throw new Error(answer.status);
      file = await answer.json();
    } catch {
      document.documentElement.classList.remove("hd-awaits");
      place.replaceChildren(made("p", {}, "The numbers cannot be loaded. The file below may still be downloaded."));
      return;
    }
    let codes = chosen(window.location.search, file.areas);
    const picked = made("ul", { class: "hd-chosen" }), table = made("div", { class: "hd-side" }), status = made("p", { role: "status" });
    const finder = box("Add an area", (entry) => {
      if (!(entry.code in file.areas)) status.textContent = `${entry.title} has no numbers in this edition.`;
      else if (codes.includes(entry.code)) status.textContent = `${entry.title} is there already.`;
      else if (codes.length === MOST) status.textContent = "Four areas at most: take one away first.";
      else { codes = [...codes, entry.code]; show(`${entry.title} added.`); }
    });
    const cell = (measure, code, first) => {
      const own = file.areas[code].numbers[measure];
      if (!own) return made("td", { "data-area": file.areas[code].name }, "not published for this area");
      const td = made("td", { "data-area": file.areas[code].name }, made("b", {}, shown(measure, own.value)), " ",
        made("small", {}, own.lower === undefined ? "(no interval)" : `(${shown(measure, own.lower)} to ${shown(measure, own.upper)})`));
      if (own.rank) td.append(made("small", {}, made("br"), `${own.rank} of ${own.of} ${own.among}, from the highest`));
      if (code !== first) td.append(made("span", { class: "hd-verdict" }, verdict(own, file.areas[first].numbers[measure], file.areas[first].name)));
      return td;
    };
    const show = (said = "") => {
      const query = codes.length ? `?areas=${codes.join(",")}` : "";
      window.history.replaceState(null, "", window.location.pathname + query + window.location.hash);
      status.textContent = said;
      picked.replaceChildren(...codes.map((code) => {
        const away = made("button", { type: "button", "aria-label": `Take ${file.areas[code].name} away` }, "×");
        away.addEventListener("click", () => { codes = codes.filter((other) => other !== code); show(`${file.areas[code].name} taken away.`); finder.querySelector("input").focus(); });
        return made("li", {}, file.areas[code].name, " ", away);
      }));
      if (codes.length < 2) {
        table.replaceChildren(made("p", {}, codes.length ? "Add another area to compare it with." : "Add two areas or more."));
        return;
      }
      const head = made("tr", {}, made("th", { scope: "col" }, "Number"),
        ...codes.map((code) => made("th", { scope: "col" }, made("a", { href: finder.dataset.base + file.areas[code].page }, file.areas[code].name))));
      const rows = Object.entries(file.measures).map(([measure, about]) => {
        const periods = [...new Set(codes.map((code) => file.areas[code].numbers[measure]?.period).filter(Boolean))];
        return made("tr", {}, made("th", { scope: "row", title: about.meaning }, about.name, " ", made("small", {}, ...periods.flatMap((one, place) => [place ? ", " : "", made("span", { class: "hd-kept" }, one)]))),
          ...codes.map((code) => cell(measure, code, codes[0])));
      });
      table.replaceChildren(made("table", {}, made("caption", {}, `${codes.length} areas, each against ${file.areas[codes[0]].name}`),
        made("thead", {}, head), made("tbody", {}, ...rows)));
    };
    finder.dataset.base = globalThis.hdFinder.root();
    place.replaceChildren(finder, picked, status, table);
    show();
    document.documentElement.classList.remove("hd-awaits");
  };
  if (typeof document !== "undefined") {
    // Room is kept for areas that the address asks for, so that nothing below moves when their numbers arrive.
    if (/[?&]areas=[^&]+,/.test(window.location.search)) document.documentElement.classList.add("hd-awaits");
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
  }
  return { differs, shown, verdict, chosen };
})();
globalThis.hdCompare = hdCompare;
