(() => {
  "use strict";
  const TALL = 88;
  const whole = (value) => value.toLocaleString("en-US");
  const plain = (value) => value.toLocaleString("en-US", (value && Math.abs(value) < 1e-4) || Math.abs(value) >= 1e15
    ? { notation: "scientific", maximumSignificantDigits: 6 } : { maximumSignificantDigits: 6 });
  const share = (part, all) => {
    const percent = all ? (100 * part) / all : 0;
    if (part && percent < 0.1) return "< 0.1 %";
    if (percent >= 99.95 && part < all) return "> 99.9 %";
    return percent.toFixed(1).replace(/^0\.0$/, "0") + " %";
  };
  const fill = (words, values) => words.replace(/<(\w+)>/g, (_, name) => values[name]);

  const told = (words, input, stop, total) => {
    const { value, how, least, most } = stop;
    const one = least === most;
    return fill(words[input.dataset.side === "threshold" ? 1 : 0], {
      bound: fill(words[3 + how], { name: input.dataset.name, value: plain(value) }),
      count: one ? whole(least) : fill(words[2], { least: whole(least), most: whole(most) }),
      total: whole(total),
      share: [...new Set([share(least, total), share(most, total)])].join(" – "),
    });
  };

  const kind = (place, states) => {
    let found = "kept";
    for (const { side, low, high } of states) {
      if (side === "min" ? place < low : place >= high) return "gone";
      if (place >= low && place < high) found = "some";
    }
    return found;
  };

  const paint = (box, counts, states) => {
    const tallest = counts.reduce((most, count) => Math.max(most, count), 1);
    const paths = { kept: "", some: "", gone: "" };
    counts.forEach((count, place) => {
      if (!count) return;
      const top = TALL - Math.max(1, (TALL * count) / tallest);
      paths[kind(place, states)] += `M${place}.05 ${TALL}V${top.toFixed(2)}h.9V${TALL}z`;
    });
    for (const [name, path] of Object.entries(paths)) box.querySelector("path." + name).setAttribute("d", path);
  };

  const stopsOf = (input, counts) => {
    const before = [0];
    for (const count of counts) before.push(before[before.length - 1] + count);
    const total = before[counts.length];
    const side = input.dataset.side;
    let edge = 0;
    return input.dataset.stops.split(" ").map((word) => {
      const [value, ...split] = word.split(":");
      const how = value.endsWith("u") ? 1 : value.endsWith("o") ? 2 : 0;
      const low = split.length ? Number(split[0]) : edge++;
      const high = split.length ? Number(split[1]) : low;
      const known = split.length > 2 ? Number(split[2]) : null;
      const least = known ?? (side === "min" ? before[low] : total - before[high]);
      const most = known ?? (side === "min" ? before[high] : total - before[low]);
      return { side, value: parseFloat(value), how, low, high, least, most };
    });
  };

  for (const box of document.querySelectorAll(".chart .slide")) {
    const counts = box.dataset.counts.split(" ").map(Number);
    const words = JSON.parse(box.dataset.words);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const inputs = [...box.querySelectorAll("input")];
    const stops = inputs.map((input) => stopsOf(input, counts));
    const show = () => {
      const states = inputs.map((input, rank) => stops[rank][Number(input.value)]);
      states.forEach((stop, rank) => {
        const said = told(words, inputs[rank], stop, total);
        inputs[rank].setAttribute("aria-valuetext", said);
        inputs[rank].closest(".handle").querySelector("output").textContent = said;
      });
      paint(box, counts, states);
    };
    for (const input of inputs) input.addEventListener("input", show);
    for (const handle of box.querySelectorAll(".handle")) handle.hidden = false;
    show();
  }
})();
