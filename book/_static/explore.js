// Try it: sliders over what a local tax does. The sums are those of Explorer.result (chapters/money/explorer.py), in the same order; the page holds the numbers.
const hdExplore = (() => {
  // A number without its sign, with commas, as Python prints it.
  const whole = (value, digits = 0) => {
    const [units, rest] = Math.abs(value).toFixed(digits).split(".");
    const grouped = units.replace(/\B(?=(\d{3})+$)/g, ",");
    return rest === undefined ? grouped : `${grouped}.${rest}`;
  };
  const pounds = (value, signed = false) => {
    const shown = whole(value);
    if (shown === "0") return "£0";
    return `${value < 0 ? "−" : signed ? "+" : ""}£${shown}`;
  };
  const million = (value) => `£${whole(value / 1e6, 1)} million`;

  const result = (numbers, place, base, rate, share, years) => {
    const { england } = numbers;
    const unit = rate * numbers.taxes[base].pounds;
    const raised = unit * place[base];
    const total = unit * england[base];
    const gain = (share / 100) * (total * place.need - raised);
    const after = raised + gain;
    return {
      raised: million(raised),
      raised_head: pounds(raised / place.people),
      england_head: pounds(total / england.people),
      gain_head: pounds(gain / place.people, true),
      after_head: pounds(after / place.people),
      after: million(after),
      over: million(after * years),
      chance: `${whole(100 * numbers.chances[years - 1])}%`,
    };
  };

  const rated = (numbers, base, rate) => numbers.taxes[base].words.replace("%", `${rate}`);
  const setting = (numbers, base, rate, share, years) =>
    `${rated(numbers, base, rate)}, ${share}% equalised, budget fixed for ${years} year${years > 1 ? "s" : ""}`;

  const begin = (place) => {
    const numbers = JSON.parse(place.dataset.numbers);
    const form = place.querySelector("form");
    const control = (name) => form.elements.namedItem(name);
    const show = () => {
      const own = numbers.places[Number(control("place")?.value ?? 0)], base = control("base").value;
      const [rate, share, years] = ["rate", "share", "years"].map((name) => Number(control(name).value));
      const found = result(numbers, own, base, rate, share, years);
      const told = {
        ...found,
        title: `${own.name}: ${setting(numbers, base, rate, share, years)}`,
        said: `${found.after} left in a year, ${found.after_head} for each person`,
      };
      for (const [name, words] of Object.entries(told)) place.querySelector(`[data-line="${name}"]`).textContent = words;
      const values = { rate: rated(numbers, base, rate), share: `${share}%`, years: `${years}` };
      for (const [name, words] of Object.entries(values)) {
        form.querySelector(`[data-value="${name}"]`).textContent = words;
        control(name).setAttribute("aria-valuetext", words);
      }
    };
    control("base").addEventListener("change", () => {
      const { step, most, first } = numbers.taxes[control("base").value];
      Object.assign(control("rate"), { min: step, max: most, step, value: first });
      show();
    });
    form.addEventListener("input", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    show();
  };
  const start = () => document.querySelectorAll(".hd-explore").forEach(begin);
  if (typeof document !== "undefined") {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
  }
  return { result, setting, whole };
})();
globalThis.hdExplore = hdExplore;
