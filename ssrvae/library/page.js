"use strict";

// One object is a number i; data.objects holds one list a column. Lengths are in px of the micrograph, angles in degrees
// counter-clockwise, shifts in patch sides (x right, y up); a canvas turns clockwise and has y down.

const COLOURS = ["#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#f0e442", "#0072b2", "#d55e00", "#999999"];
const BATCH = 300;
const AROUND_SPANS = 3;
const SELECTED_COLOUR = "#ffd319";
const OTHER_COLOUR = "rgba(120, 200, 255, 0.75)";

const data = JSON.parse(document.getElementById("library-data").textContent);
const objects = data.objects;
const nObjects = objects.id.length;
const byId = (id) => document.getElementById(id);
const grid = byId("grid");

const state = {
  classes: new Set(),
  confidence: 0,
  source: "",
  strangers: false,
  sort: "class",
  descending: false,
  upright: true,
  order: [],
  rendered: 0,
  focused: -1,
  open: -1,
};

// --- images -----------------------------------------------------------------------------------------------------

function blobUrl(dataUri) {
  const [head, body] = dataUri.split(",");
  const bytes = Uint8Array.from(atob(body), (character) => character.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: head.slice(5).split(";")[0] }));
}

const sheetUrls = data.sheets.map(blobUrl);
const pictures = new Map();

function picture(url) {
  if (!pictures.has(url)) {
    const image = new Image();
    image.src = url;
    pictures.set(url, image.decode().then(() => image));
  }
  return pictures.get(url);
}

const sceneUrls = new Map();

function sceneUrl(source) {
  if (!sceneUrls.has(source)) sceneUrls.set(source, blobUrl(data.sources[source].picture));
  return sceneUrls.get(source);
}

function cell(i) {
  const inSheet = i % data.perSheet;
  return { sheet: Math.floor(i / data.perSheet), column: inSheet % data.perRow, row: Math.floor(inSheet / data.perRow) };
}

// --- words ------------------------------------------------------------------------------------------------------

const number = (value, digits) => (value === null || value === undefined ? "–" : value.toFixed(digits));
const counted = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
const className = (i) => data.classes[objects.class[i]];
const sourceName = (i) => data.sources[objects.source[i]].name;
const colour = (k) => COLOURS[k % COLOURS.length];

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function swatch(k) {
  const made = element("span", { className: "swatch" });
  made.style.setProperty("--class", colour(k));
  return made;
}

// --- what is shown, and in which order -----------------------------------------------------------------------------

const SORTS = new Map([
  ["class", ["Class, then style", (i) => objects.class[i], (i) => objects.mainStyle[i]]],
  ["confidence", ["Probability", (i) => objects.probability[i]]],
  ...objects.style.map((values, s) => [`style${s + 1}`, [`Style ${s + 1}`, (i) => values[i]]]),
  ["area", ["Size", (i) => objects.area[i]]],
  ["familiarity", ["Familiarity", (i) => objects.familiarity[i]]],
  ["angle", ["Angle", (i) => objects.angle[i]]],
  ["place", ["Image, then place", (i) => i]],
]);

function passes(i) {
  return (
    (state.classes.size === 0 || state.classes.has(objects.class[i])) &&
    objects.probability[i] >= state.confidence &&
    (state.source === "" || objects.source[i] === Number(state.source)) &&
    (!state.strangers || objects.stranger[i])
  );
}

function compare(i, j) {
  const sign = state.descending ? -1 : 1;
  for (const key of SORTS.get(state.sort).slice(1)) {
    const [a, b] = [key(i), key(j)];
    if (a !== b) return a === null ? 1 : b === null ? -1 : sign * (a - b);
  }
  return i - j;
}

function refresh() {
  state.order = [];
  for (let i = 0; i < nObjects; i++) if (passes(i)) state.order.push(i);
  state.order.sort(compare);
  state.rendered = 0;
  state.focused = -1;
  grid.replaceChildren();
  renderMore();
  if (!state.order.length) grid.append(element("p", { className: "empty", textContent: "No object passes these filters." }));
  byId("count").textContent = `${counted(state.order.length, "object")} of ${nObjects.toLocaleString("en")}`;
  watchEnd();
}

function renderMore(upTo = state.rendered + BATCH) {
  const last = Math.min(upTo, state.order.length);
  grid.append(...state.order.slice(state.rendered, last).map(tile));
  state.rendered = Math.max(last, state.rendered);
  if (state.focused < 0 && grid.firstElementChild) grid.firstElementChild.tabIndex = 0;
}

// The observer speaks only when the end comes into view or leaves it; asked anew, it tells whether it is still there.
const end = new IntersectionObserver(
  (seen) => {
    if (!seen.at(-1).isIntersecting || state.rendered >= state.order.length) return;
    renderMore();
    watchEnd();
  },
  { rootMargin: "600px" },
);

function watchEnd() {
  end.unobserve(byId("more"));
  end.observe(byId("more"));
}

const tiles = new Map();

function tile(i) {
  if (!tiles.has(i)) tiles.set(i, makeTile(i));
  const made = tiles.get(i);
  made.tabIndex = -1;
  made.ariaCurrent = String(i === state.open);
  return made;
}

function makeTile(i) {
  const { sheet, column, row } = cell(i);
  const sprite = element("span", { className: "sprite" });
  const at = (index, count) => (count > 1 ? `${(100 * index) / (count - 1)}%` : "0");
  const { columns, rows } = data.sheetSizes[sheet];
  sprite.style.backgroundImage = `url(${sheetUrls[sheet]})`;
  sprite.style.backgroundSize = `${100 * columns}% ${100 * rows}%`;
  sprite.style.backgroundPosition = `${at(column, columns)} ${at(row, rows)}`;
  sprite.dataset.turn = `rotate(${objects.angle[i]}deg) translate(${-100 * objects.shiftX[i]}%, ${100 * objects.shiftY[i]}%)`;
  sprite.style.transform = state.upright ? sprite.dataset.turn : "";
  const caption = element(
    "span",
    { className: "caption" },
    swatch(objects.class[i]),
    element("span", { className: "name", textContent: className(i) }),
  );
  if (objects.stranger[i]) caption.append(element("span", { className: "badge", textContent: "?", title: "fits no class" }));
  caption.append(element("span", { className: "share", textContent: number(objects.probability[i], 2) }));
  const made = element(
    "button",
    { type: "button", className: objects.stranger[i] ? "tile stranger" : "tile" },
    element("span", { className: "picture" }, sprite),
    caption,
  );
  made.dataset.object = i;
  made.ariaLabel =
    `Object ${objects.id[i]} of ${sourceName(i)}: ${className(i)}, probability ${number(objects.probability[i], 2)}` +
    (objects.stranger[i] ? ", fits no class" : "");
  return made;
}

function focusTile(position) {
  if (position < 0 || position >= state.order.length) return;
  if (position >= state.rendered) renderMore(position + BATCH);
  grid.querySelectorAll('[tabindex="0"]').forEach((other) => (other.tabIndex = -1));
  state.focused = position;
  const made = tiles.get(state.order[position]);
  made.tabIndex = 0;
  made.focus();
  made.scrollIntoView({ block: "nearest" });
  if (state.open >= 0) show(state.order[position]);
}

// --- one object -----------------------------------------------------------------------------------------------------

function drawPatch(canvas, i) {
  const { sheet, column, row } = cell(i);
  return picture(sheetUrls[sheet]).then((image) => {
    if (state.open !== i) return;
    const context = canvas.getContext("2d");
    const size = canvas.width;
    context.resetTransform();
    context.clearRect(0, 0, size, size);
    context.imageSmoothingQuality = "high";
    if (state.upright) {
      context.translate(size / 2, size / 2);
      context.rotate((objects.angle[i] * Math.PI) / 180);
      context.translate(-size * objects.shiftX[i] - size / 2, size * objects.shiftY[i] - size / 2);
    }
    context.drawImage(image, column * data.side, row * data.side, data.side, data.side, 0, 0, size, size);
  });
}

function outlinePath(i, scale, left = 0, top = 0) {
  const path = new Path2D();
  const corners = objects.outline[i] || [];
  // A pixel's centre has whole coordinates in the table and half ones on a canvas.
  for (let k = 0; k < corners.length; k += 2) {
    path.lineTo((corners[k] + 0.5 - left) * scale, (corners[k + 1] + 0.5 - top) * scale);
  }
  path.closePath();
  return path;
}

const membersOf = (source) => objects.source.flatMap((other, i) => (other === source ? [i] : []));

function stroke(context, path, isSelected, width) {
  if (isSelected) {
    context.strokeStyle = "#000";
    context.lineWidth = 2.5 * width;
    context.stroke(path);
  }
  context.strokeStyle = isSelected ? SELECTED_COLOUR : OTHER_COLOUR;
  context.lineWidth = width * (isSelected ? 1.3 : 0.6);
  context.stroke(path);
}

function drawScene(i) {
  const source = objects.source[i];
  const scene = data.sources[source];
  const hasScene = Boolean(scene.picture);
  byId("micrograph").hidden = byId("around").hidden = !hasScene;
  document.querySelector(".views").classList.toggle("single", !hasScene);
  if (!hasScene) return Promise.resolve();
  return picture(sceneUrl(source)).then((image) => {
    if (state.open !== i) return;
    drawMicrograph(byId("view-micrograph"), image, scene, i);
    drawAround(byId("view-around"), image, scene, i);
  });
}

function drawMicrograph(canvas, image, scene, i) {
  const scale = image.naturalWidth / scene.width;
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const width = Math.max(1.5, image.naturalWidth / 400);
  for (const other of membersOf(objects.source[i])) stroke(context, outlinePath(other, scale), false, width);
  stroke(context, outlinePath(i, scale), true, width);
  const half = (0.75 * data.span * scale) | 0;
  const [x, y] = [(objects.column[i] + 0.5) * scale, (objects.row[i] + 0.5) * scale];
  const frame = new Path2D();
  frame.rect(x - half, y - half, 2 * half, 2 * half);
  stroke(context, frame, true, width);
  canvas.ariaLabel = `${scene.name} with object ${objects.id[i]} framed`;
}

function drawAround(canvas, image, scene, i) {
  const scale = image.naturalWidth / scene.width;
  const reach = AROUND_SPANS * data.span;
  const [left, top] = [objects.column[i] + 0.5 - reach / 2, objects.row[i] + 0.5 - reach / 2];
  const zoom = canvas.width / reach;
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, left * scale, top * scale, reach * scale, reach * scale, 0, 0, canvas.width, canvas.height);
  for (const other of membersOf(objects.source[i])) {
    if (other !== i) stroke(context, outlinePath(other, zoom, left, top), false, 1.5);
  }
  stroke(context, outlinePath(i, zoom, left, top), true, 2);
  canvas.ariaLabel = `The neighbourhood of object ${objects.id[i]}, outlined`;
}

function measures(i) {
  const scene = data.sources[objects.source[i]];
  return [
    ["Image", scene.name],
    ["Row, column", objects.row[i] === null ? "–" : `${number(objects.row[i], 1)}, ${number(objects.column[i], 1)} px`],
    ["Area", `${number(objects.area[i], 0)} px`],
    ["Diameter", objects.diameter[i] === null ? "–" : `${number(objects.diameter[i], 1)} nm, of the same area`],
    ["Angle", `${number(objects.angle[i], 1)}°`],
    ["Shift x, y", `${number(data.span * objects.shiftX[i], 2)}, ${number(data.span * objects.shiftY[i], 2)} px`],
    ["Style", objects.style.map((values) => number(values[i], 2)).join(", ")],
    ["Familiarity", number(objects.familiarity[i], 2)],
    ["Fits a class", objects.stranger[i] ? "no" : "yes"],
  ];
}

function show(i) {
  const before = state.open;
  state.open = i;
  for (const other of [before, i]) if (tiles.has(other)) tiles.get(other).ariaCurrent = String(other === i);
  byId("detail").hidden = false;
  byId("detail-title").textContent = `${className(i)}, object ${objects.id[i]}`;
  byId("view-object").ariaLabel = `Object ${objects.id[i]}, ${state.upright ? "upright" : "as found"}`;
  byId("view-object-caption").textContent = state.upright ? "turned upright" : "as found";
  byId("micrograph-caption").textContent = `${sourceName(i)}; choose an object in it`;
  byId("measures").replaceChildren(
    ...measures(i).map(([name, value]) =>
      element("tr", {}, element("th", { scope: "row", textContent: name }), element("td", { textContent: value })),
    ),
  );
  byId("probabilities").replaceChildren(...data.classes.flatMap((name, k) => probability(name, k, objects.probabilities[k][i])));
  const position = state.order.indexOf(i);
  byId("previous").disabled = position <= 0;
  byId("next").disabled = position < 0 || position >= state.order.length - 1;
  return Promise.all([drawPatch(byId("view-object"), i), drawScene(i)]);
}

function probability(name, k, share) {
  const filled = element("span");
  filled.style.width = `${100 * share}%`;
  filled.style.setProperty("--class", colour(k));
  return [
    element("span", { textContent: name }),
    element("span", { className: "bar" }, filled),
    element("span", { className: "share", textContent: number(share, 3) }),
  ];
}

function close() {
  const i = state.open;
  state.open = -1;
  byId("detail").hidden = true;
  if (!tiles.has(i)) return;
  tiles.get(i).ariaCurrent = "false";
  const position = state.order.indexOf(i);
  if (position >= 0) focusTile(position);
}

function step(by) {
  const position = state.order.indexOf(state.open) + by;
  if (position < 0 || position >= state.order.length) return;
  if (position >= state.rendered) renderMore(position + BATCH);
  show(state.order[position]);
  tiles.get(state.order[position]).scrollIntoView({ block: "nearest" });
}

// --- controls -------------------------------------------------------------------------------------------------------

function fillControls() {
  const counts = data.classes.map((_, k) => objects.class.filter((found) => found === k).length);
  const nStrangers = objects.stranger.filter(Boolean).length;
  byId("summary").textContent = [
    counted(nObjects, "object"),
    `${data.classes.length} classes`,
    counted(data.sources.length, "image"),
    `${nStrangers} fit no class`,
  ].join(" · ");
  byId("classes").append(
    ...data.classes.map((name, k) => {
      const chip = element(
        "button",
        { type: "button", className: "chip", ariaPressed: "false" },
        swatch(k),
        name,
        element("span", { className: "number", textContent: counts[k].toLocaleString("en") }),
      );
      chip.addEventListener("click", () => toggleClass(chip, k));
      return chip;
    }),
  );
  byId("source").append(
    new Option("all", ""),
    ...data.sources.map((source, index) => new Option(source.name, index)),
  );
  byId("sort").append(...[...SORTS].map(([key, [name]]) => new Option(name, key)));
}

function toggleClass(chip, k) {
  state.classes.has(k) ? state.classes.delete(k) : state.classes.add(k);
  chip.ariaPressed = String(state.classes.has(k));
  refresh();
}

function readControls() {
  state.confidence = Number(byId("confidence").value);
  byId("confidence-value").textContent = state.confidence.toFixed(2);
  state.source = byId("source").value;
  state.strangers = byId("strangers").checked;
  state.sort = byId("sort").value;
  refresh();
}

function setDirection(descending) {
  state.descending = descending;
  byId("direction").textContent = descending ? "Descending" : "Ascending";
  byId("direction").ariaPressed = String(descending);
}

function setUpright() {
  state.upright = byId("upright").checked;
  for (const made of tiles.values()) {
    const sprite = made.querySelector(".sprite");
    sprite.style.transform = state.upright ? sprite.dataset.turn : "";
  }
  if (state.open >= 0) show(state.open);
}

function setTileSize() {
  document.documentElement.style.setProperty("--tile", `${byId("tile").value}px`);
}

function reset() {
  byId("tools").reset();
  state.classes.clear();
  byId("classes").querySelectorAll("button").forEach((chip) => (chip.ariaPressed = "false"));
  setDirection(false);
  setTileSize();
  setUpright();
  readControls();
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function nameTheme() {
  byId("theme").textContent = isDark() ? "Light" : "Dark";
}

function toggleTheme() {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  nameTheme();
}

function csv() {
  const quote = (value) => (/[",\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : String(value ?? ""));
  const columns = [
    ["source", sourceName],
    ["object", (i) => objects.id[i]],
    ["row", (i) => objects.row[i]],
    ["column", (i) => objects.column[i]],
    ["class", className],
    ["probability", (i) => objects.probability[i]],
    ["stranger", (i) => objects.stranger[i]],
    ["familiarity", (i) => objects.familiarity[i]],
    ["angle_deg", (i) => objects.angle[i]],
    ["shift_x_px", (i) => data.span * objects.shiftX[i]],
    ["shift_y_px", (i) => data.span * objects.shiftY[i]],
    ...objects.style.map((values, s) => [`style_${s + 1}`, (i) => values[i]]),
    ["area_px", (i) => objects.area[i]],
    ["diameter_nm", (i) => objects.diameter[i]],
  ];
  const rows = state.order.map((i) => columns.map(([, value]) => quote(value(i))).join(","));
  return [columns.map(([name]) => name).join(","), ...rows].join("\n") + "\n";
}

function save() {
  const link = element("a", { href: URL.createObjectURL(new Blob([csv()], { type: "text/csv" })), download: "objects.csv" });
  link.click();
  URL.revokeObjectURL(link.href);
}

function onGridKey(event) {
  const position = state.order.indexOf(Number(event.target.dataset.object));
  if (position < 0) return;
  const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
  const moves = {
    ArrowLeft: position - 1,
    ArrowRight: position + 1,
    ArrowUp: position - columns,
    ArrowDown: position + columns,
    Home: 0,
    End: state.order.length - 1,
  };
  if (!(event.key in moves)) return;
  event.preventDefault();
  focusTile(moves[event.key]);
}

function onMicrographClick(event) {
  const canvas = byId("view-micrograph");
  const source = objects.source[state.open];
  const scale = canvas.clientWidth / data.sources[source].width;
  const [x, y] = [event.offsetX / scale - 0.5, event.offsetY / scale - 0.5];
  const distance = (i) => Math.hypot(objects.column[i] - x, objects.row[i] - y);
  const nearest = membersOf(source).reduce((best, i) => (distance(i) < distance(best) ? i : best));
  if (distance(nearest) < data.span) show(nearest);
}

function listen() {
  for (const id of ["confidence", "source", "strangers", "sort"]) byId(id).addEventListener("input", readControls);
  byId("direction").addEventListener("click", () => {
    setDirection(!state.descending);
    refresh();
  });
  for (const id of ["upright", "as-found"]) byId(id).addEventListener("input", setUpright);
  byId("tile").addEventListener("input", setTileSize);
  byId("tools").addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", reset);
  byId("theme").addEventListener("click", toggleTheme);
  byId("save").addEventListener("click", save);
  byId("close").addEventListener("click", close);
  byId("previous").addEventListener("click", () => step(-1));
  byId("next").addEventListener("click", () => step(1));
  byId("view-micrograph").addEventListener("click", onMicrographClick);
  grid.addEventListener("keydown", onGridKey);
  grid.addEventListener("click", (event) => {
    const made = event.target.closest(".tile");
    if (!made) return;
    state.focused = state.order.indexOf(Number(made.dataset.object));
    show(Number(made.dataset.object));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.open >= 0) close();
  });
  new ResizeObserver(() => {
    document.documentElement.style.setProperty("--tools-height", `${byId("tools").offsetHeight}px`);
  }).observe(byId("tools"));
}

fillControls();
nameTheme();
refresh();
listen();
document.documentElement.dataset.ready = "true";
