// What a page needs to be used with a keyboard and without seeing it. Without this script everything is still there to be read.
(() => {
  const start = () => {
    // A table that is read rather than compared: on a phone its cells stand below each other, each after its heading.
    document.querySelectorAll(".hd-stack table").forEach((table) => {
      const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
      // Laid out as blocks, its parts would lose their meaning for those who do not see them.
      for (const [parts, role] of [["thead, tbody", "rowgroup"], ["tr", "row"], ["th", "columnheader"], ["td", "cell"]]) {
        table.querySelectorAll(parts).forEach((part) => part.setAttribute("role", role));
      }
      table.setAttribute("role", "table");
      table.querySelectorAll("tbody tr").forEach((row) => [...row.cells].forEach((cell, i) => { cell.dataset.head = heads[i]; }));
      table.closest(".hd-stack").classList.add("hd-stacked");
    });
    // A table that is wider than its frame can be moved with the keyboard.
    const frames = [...document.querySelectorAll(".pst-scrollable-table-container, .bd-article pre, div.math, .hd-side")];
    const look = () => frames.forEach((frame) => {
      if (frame.scrollWidth > frame.clientWidth + 1) {
        frame.tabIndex = 0;
        if (frame.tagName !== "PRE") {
          const caption = frame.querySelector(".caption-text") || frame.querySelector("caption");
          frame.setAttribute("role", "region");
          frame.setAttribute("aria-label", caption ? caption.textContent.trim() : "Moves sideways");
        }
      } else if (frame.getAttribute("tabindex") === "0") {
        for (const name of ["tabindex", "role", "aria-label"]) frame.removeAttribute(name);
      }
    });
    look();
    window.addEventListener("resize", look);
    // What is folded is printed all the same.
    window.addEventListener("beforeprint", () => document.querySelectorAll(".hd-fold, .hd-explore details").forEach((one) => { one.open = true; }));
    // Names of the theme's own buttons.
    document.querySelectorAll("details > summary:has(.toctree-toggle)").forEach((one) => {
      const above = one.closest("li")?.querySelector("a");
      one.setAttribute("aria-label", `Show or hide the pages below ${above ? above.textContent.trim() : "this one"}`);
    });
    const name = (selector, words) => document.querySelectorAll(selector).forEach((one) => {
      one.setAttribute("aria-label", words);
      if (one.title) one.title = words;
    });
    name(".primary-toggle", "Show or hide the list of pages");
    name(".secondary-toggle", "Show or hide the contents of this page");
    name(".theme-switch-button", "Change the colours: light, dark or as the system");
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
