"use strict";

// Boxes that filter the lines of a table or the cards of a deck.
(() => {
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  for (const filtered of document.querySelectorAll(".filtered")) {
    const bar = filtered.querySelector(".filter");
    if (!bar) continue;
    const box = bar.querySelector("input");
    const choices = [...bar.querySelectorAll("select")];
    const told = bar.querySelector("output");
    const items = [...filtered.querySelectorAll("tbody > tr, ul.deck > li")];
    const facts = items.map((item) => [...item.querySelectorAll("dd")].map((fact) => fact.textContent));
    let texts = null;
    const apply = () => {
      texts ??= items.map((item) => plain(item.textContent));
      const words = plain(box.value).split(/\s+/).filter(Boolean);
      const asked = choices
        .map((choice) => [Number(choice.dataset.fact), choice.selectedOptions[0]])
        .filter(([, option]) => !("all" in option.dataset));
      let shown = 0;
      items.forEach((item, place) => {
        const fits =
          words.every((word) => texts[place].includes(word)) &&
          asked.every(([fact, option]) => facts[place][fact] === option.textContent);
        item.hidden = !fits;
        shown += fits;
      });
      told.textContent = told.dataset.count
        .replace("{shown}", shown.toLocaleString("en-US"))
        .replace("{all}", items.length.toLocaleString("en-US"));
    };
    box.addEventListener("input", apply);
    choices.forEach((choice) => choice.addEventListener("change", apply));
    bar.hidden = false;
  }
})();

// A link into something folded opens it; the menu closes behind who used it.
(() => {
  const open = (hash, framed) => {
    const place = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
    if (!place) return;
    let folded = framed;
    for (let above = place.closest("details"); above; above = above.parentElement.closest("details")) {
      folded ||= !above.open;
      above.open = true;
    }
    if (folded) place.scrollIntoView();
  };
  addEventListener("hashchange", () => open(location.hash, false));
  open(location.hash, false);
  // In the frame of a notebook the browser takes a link for one into the notebook: it leads nowhere, or loads that in the frame.
  if (location.protocol === "about:") {
    addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#']");
      if (!link) return;
      event.preventDefault();
      open(link.hash, true);
    });
  }
  const menu = document.querySelector(".menu");
  menu.addEventListener("click", (event) => {
    if (event.target.closest("a")) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll("main details.fold")) each.open = true;
  });
})();

// Light, dark, or as the system has it.
(() => {
  const button = document.querySelector(".theme");
  const themes = ["auto", "light", "dark"];
  let chosen = 0;
  button.addEventListener("click", () => {
    chosen = (chosen + 1) % themes.length;
    const theme = themes[chosen];
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.lastElementChild.textContent = button.dataset[theme];
  });
  button.hidden = false;
})();

// Frames that have nothing to scroll are no stops for the keyboard.
(() => {
  const settle = (frame) => {
    const across = frame.scrollWidth > frame.clientWidth + 1;
    const down = frame.scrollHeight > frame.clientHeight + 1;
    frame.classList.toggle("across", across);
    frame.classList.toggle("down", down);
    frame.setAttribute("role", across || down ? "region" : "group");
    if (across || down) frame.setAttribute("tabindex", "0");
    else frame.removeAttribute("tabindex");
  };
  const watch = new ResizeObserver((changes) => changes.forEach((change) => settle(change.target)));
  for (const frame of document.querySelectorAll("[role=region][tabindex]")) watch.observe(frame);
})();

// The contents show where one is.
(() => {
  const ways = new Map();
  for (const way of document.querySelectorAll(".contents a")) {
    const place = document.getElementById(way.hash.slice(1));
    if (place) ways.set(place, way);
  }
  const seen = new Set();
  const watch = new IntersectionObserver(
    (changes) => {
      for (const change of changes) {
        if (change.isIntersecting) seen.add(change.target);
        else seen.delete(change.target);
      }
      const first = [...ways.keys()].find((place) => seen.has(place));
      for (const [place, way] of ways) {
        if (place === first) way.setAttribute("aria-current", "true");
        else way.removeAttribute("aria-current");
      }
    },
    { rootMargin: "-15% 0px -60% 0px" },
  );
  for (const place of ways.keys()) watch.observe(place);
})();
