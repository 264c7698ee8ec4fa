// Narrow the list of areas while the reader types. Without this script the whole list is shown.
document.addEventListener("DOMContentLoaded", () => {
  const list = document.querySelector(".hd-area-list");
  if (!list) return;
  const plain = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const finder = document.createElement("form");
  finder.className = "hd-finder";
  finder.setAttribute("role", "search");
  finder.setAttribute("aria-label", "Areas");
  const label = document.createElement("label");
  label.htmlFor = "hd-area-name";
  label.textContent = "Type part of a name";
  const input = document.createElement("input");
  input.id = "hd-area-name";
  input.type = "search";
  input.autocomplete = "off";
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  finder.append(label, input, status);
  list.before(finder);
  const items = [...list.querySelectorAll("li")];
  const show = () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    let count = 0;
    for (const item of items) {
      const text = plain(item.textContent);
      item.hidden = !words.every((word) => text.includes(word));
      count += item.hidden ? 0 : 1;
    }
    for (const group of list.querySelectorAll("ul")) {
      const empty = [...group.children].every((item) => item.hidden);
      group.hidden = empty;
      const heading = group.previousElementSibling;
      if (heading && heading.classList.contains("rubric")) heading.hidden = empty;
    }
    status.textContent = words.length ? `${count} of ${items.length} areas` : "";
  };
  input.addEventListener("input", show);
  finder.addEventListener("submit", (event) => {
    event.preventDefault();
    const shown = items.filter((item) => !item.hidden);
    if (input.value.trim() && shown.length === 1) shown[0].querySelector("a").click();
  });
});
