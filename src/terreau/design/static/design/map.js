// Replaces a server-drawn SVG map by one that pans and zooms. Our own outlines only: no tile server.
// Points and clusters are buttons, so that everything on the map is reached by keyboard.

const MAINLAND = [[-5.3, 41.2], [9.7, 51.2]];
/** Closest zoom: communes; what still stands at one place then is listed. */
const CLOSEST = 13;
const OVERSEAS = {
  Guadeloupe: [[-61.9, 15.8], [-60.9, 16.6]],
  Martinique: [[-61.3, 14.3], [-60.7, 15.0]],
  Guyane: [[-54.7, 2.0], [-51.5, 5.9]],
  "La Réunion": [[55.1, -21.5], [55.9, -20.8]],
  Mayotte: [[44.9, -13.1], [45.4, -12.6]],
};
const COLOURS = { paper: "#f3eddf", land: "#fffdf8", rule: "#cdc2a9", strong: "#857b64", zone: "#2f5d46" };
const WORDS = {
  fr: {
    closer: "Agrandissez pour voir les communes", secret: "secret statistique", absent: "pas de donnée",
    mainland: "Hexagone", places: "Aller à", cluster: (n) => `${n} pôles ici : agrandir`, approximate: "lieu approché",
    controls: {
      "NavigationControl.ZoomIn": "Agrandir", "NavigationControl.ZoomOut": "Réduire", "Popup.Close": "Fermer",
      "Map.Title": "Carte", "CooperativeGesturesHandler.WindowsHelpText": "Ctrl + molette pour agrandir la carte",
      "CooperativeGesturesHandler.MacHelpText": "⌘ + molette pour agrandir la carte",
      "CooperativeGesturesHandler.MobileHelpText": "Deux doigts pour déplacer la carte",
    },
  },
  en: {
    closer: "Zoom in to see the communes", secret: "statistical secrecy", absent: "no data",
    mainland: "Mainland", places: "Go to", cluster: (n) => `${n} poles here: zoom in`, approximate: "approximate place",
    controls: {},
  },
};
const words = WORDS[document.documentElement.lang] ?? WORDS.fr;

let moving = 0;
/** Tells tests when nothing moves any more. */
function settle(change) {
  moving += change;
  window.__mapIdle = moving <= 0;
}

const started = new Map();

/** Replaces each frame's drawing; a frame whose map cannot start keeps its drawing. Frames that left are freed. */
export function startMaps(frames) {
  for (const [frame, end] of started) {
    if (!frame.isConnected) end.abort();
  }
  for (const frame of frames) if (!started.has(frame)) begin(frame);
}

function begin(frame) {
  const end = new AbortController();
  const idle = oneTime(() => settle(-1));
  started.set(frame, end);
  end.signal.addEventListener("abort", () => started.delete(frame));
  end.signal.addEventListener("abort", idle);
  settle(+1);
  start(frame, idle, end.signal).catch((error) => {
    console.info("the drawn map stays:", error.message);
    frame.querySelector(".map-live")?.remove();
    idle();
  });
}

function oneTime(action) {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}

/** What is drawn by hand can be changed before the map is there, and without it. */
async function start(frame, idle, signal) {
  const { editor, editorModule } = frame.dataset;
  const hand = editor ? new (await import(editorModule)).Editor(document.getElementById(editor), settle, signal) : null;
  await startMap(frame, hand, idle, signal);
}

async function startMap(frame, hand, idle, signal) {
  const data = frame.dataset;
  const holder = document.createElement("div");
  holder.className = "map-live";
  frame.append(holder);
  // Everything comes at once, so that the first drawing is the whole one: each costs where there is no graphics card.
  const [library, outlines, points, communes] = await Promise.all([
    import(data.library), geojson(data.outlines), geojson(data.points), communesOf(frame, holder, signal), stylesheet(data.styles),
  ]);
  if (signal.aborted) return;
  if (!outlines.features.length && !points.features.length) return idle();
  library.setWorkerUrl(new URL(data.worker, location.href).href);
  const whole = data.bounds ? box(data.bounds) : bounds(outlines, points);
  const map = new library.Map({
    container: holder, style: style(outlines, data.points ? points : null, communes), bounds: whole,
    fitBoundsOptions: { padding: 24 }, maxZoom: CLOSEST, attributionControl: false, dragRotate: false, pitchWithRotate: false,
    touchPitch: false, cooperativeGestures: true, renderWorldCopies: false, locale: { ...words.controls, "Map.Title": data.label },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new library.NavigationControl({ showCompass: false }), "top-right");
  // The server's drawing stays until this one is whole.
  map.once("idle", () => {
    holder.classList.add("is-ready");
    idle();
  });
  signal.addEventListener("abort", () => map.remove());
  if (!hand) stayWhole(map, whole);
  places(frame, map, outlines, points);
  if (communes) {
    await map.once("style.load");
    communes.attach(map, library);
    hand?.attach(map, communes);
  }
  const buttons = new Buttons(map, library, frame);
  twin(frame, map, library, points, buttons, signal);
  follow(frame, map, signal);
}

/** Until somebody touches it, a map whose frame changes (a telephone that turns) goes on showing all it holds. */
function stayWhole(map, whole) {
  let touched = false;
  for (const sign of ["pointerdown", "wheel", "keydown"]) {
    map.getContainer().addEventListener(sign, () => { touched = true; }, { once: true, passive: true });
  }
  map.on("resize", () => { if (!touched) map.fitBounds(whole, { padding: 24, animate: false }); });
}

/** The communes of what will be seen first, brought while the library of the map comes. */
async function communesOf(frame, holder, signal) {
  const { communes: address, communesModule, bounds: first } = frame.dataset;
  if (!address) return null;
  const { Communes } = await import(communesModule);
  const found = new Communes(frame, { settle, words, colours: COLOURS, signal });
  await found.prepare(first ? box(first) : null, holder.clientWidth, holder.clientHeight);
  return found;
}

function box(text) {
  const [west, south, east, north] = text.split(",").map(Number);
  return [[west, south], [east, north]];
}

async function geojson(address) {
  if (!address) return { type: "FeatureCollection", features: [] };
  const answer = await fetch(address, { headers: { Accept: "application/geo+json, application/json" } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

function stylesheet(address) {
  if (document.querySelector(`link[href="${address}"]`)) return null;
  return new Promise((done, failed) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address, onload: done, onerror: failed });
    // First, so that the site's own rules win.
    document.head.prepend(link);
  });
}

function style(outlines, points, communes) {
  const zone = ["in", ["get", "niveau"], ["literal", ["perimetre", "zone"]]];
  const department = ["==", ["get", "niveau"], "departement"];
  const border = (id, filter, paint) => ({ id, type: "line", source: "outlines", filter, layout: { "line-join": "round" }, paint });
  // The borders of the whole country are coarser than those of the communes: near, they would not meet.
  const fading = communes ? { "line-opacity": ["interpolate", ["linear"], ["zoom"], 7, 1, 8, 0] } : {};
  // Every area has its border as a line: smoothing the edge of the fill too would draw each of them twice.
  const fill = (id, filter, paint) => ({ id, type: "fill", source: "outlines", filter, paint: { "fill-antialias": false, ...paint } });
  return {
    version: 8,
    transition: { duration: 0, delay: 0 },
    sources: {
      outlines: { type: "geojson", data: outlines },
      ...(communes && { communes: communes.source }),
      ...(points && { points: { type: "geojson", data: points, cluster: true, clusterRadius: 30, clusterMaxZoom: CLOSEST } }),
    },
    layers: [
      { id: "paper", type: "background", paint: { "background-color": COLOURS.paper } },
      fill("land", ["!", zone], { "fill-color": COLOURS.land }),
      fill("zone", zone, { "fill-color": COLOURS.zone, "fill-opacity": 0.2 }),
      ...(communes ? communes.layers : []),
      border("departments", department, { "line-color": COLOURS.rule, "line-width": 0.7 }),
      border("regions", ["!", ["any", zone, department]], { "line-color": COLOURS.strong, "line-width": 1.1, ...fading }),
      border("zones", zone, { "line-color": COLOURS.zone, "line-width": 2 }),
      // Never seen: it makes the source's tiles load, so that the buttons can be placed.
      ...(points ? [{ id: "points", type: "circle", source: "points", paint: { "circle-radius": 1, "circle-opacity": 0 } }] : []),
    ],
  };
}

function* coordinates(geometry) {
  if (typeof geometry[0] === "number") yield geometry;
  else for (const part of geometry) yield* coordinates(part);
}

const inside = ([lon, lat], [[west, south], [east, north]]) => lon >= west && lon <= east && lat >= south && lat <= north;

/** What to show first: the mainland if something is there, else everything. */
function bounds(outlines, points) {
  const all = [...outlines.features, ...points.features].flatMap((f) => (f.geometry ? [...coordinates(f.geometry.coordinates)] : []));
  const mainland = all.filter((place) => inside(place, MAINLAND));
  const shown = mainland.length ? mainland : all;
  const [xs, ys] = [shown.map((p) => p[0]), shown.map((p) => p[1])];
  const low = (values) => values.reduce((a, b) => Math.min(a, b));
  const high = (values) => values.reduce((a, b) => Math.max(a, b));
  return [[low(xs), low(ys)], [high(xs), high(ys)]];
}

/** A menu that goes to the territories which do not stand beside the others. */
function places(frame, map, outlines, points) {
  const all = [...outlines.features, ...points.features].filter((f) => f.geometry);
  const has = (box) => all.some((f) => inside(coordinates(f.geometry.coordinates).next().value, box));
  const found = Object.entries(OVERSEAS).filter(([, box]) => has(box));
  if (!found.length || !has(MAINLAND)) return;
  const boxes = { [words.mainland]: MAINLAND, ...Object.fromEntries(found) };
  const menu = document.createElement("select");
  menu.className = "map-places";
  menu.setAttribute("aria-label", words.places);
  menu.append(...Object.keys(boxes).map((name) => new Option(name)));
  menu.addEventListener("change", () => map.fitBounds(boxes[menu.value], { padding: 24 }));
  frame.querySelector(".map-live").append(menu);
}

/** The points and clusters in sight, as buttons placed by the map. */
class Buttons {
  constructor(map, library, frame) {
    Object.assign(this, { map, library, frame, shown: new Map(), popup: null });
    for (const moment of ["sourcedata", "moveend", "idle"]) map.on(moment, () => this.draw());
  }

  draw() {
    if (!this.map.getSource("points") || !this.map.isSourceLoaded("points")) return;
    const wanted = new Map();
    for (const feature of this.map.querySourceFeatures("points")) {
      const { cluster_id: cluster, slug } = feature.properties;
      wanted.set(cluster === undefined ? `p-${slug}` : `c-${cluster}-${feature.properties.point_count}`, feature);
    }
    for (const [key, marker] of this.shown) {
      if (!wanted.has(key)) this.drop(key, marker);
    }
    for (const [key, feature] of wanted) if (!this.shown.has(key)) this.add(key, feature);
  }

  drop(key, marker) {
    marker.remove();
    this.shown.delete(key);
  }

  add(key, { properties, geometry }) {
    const button = properties.cluster ? this.cluster(properties, geometry) : this.point(properties, geometry);
    button.type = "button";
    const marker = new this.library.Marker({ element: button }).setLngLat(geometry.coordinates).addTo(this.map);
    this.shown.set(key, marker);
  }

  cluster({ point_count: count, cluster_id: id }, { coordinates: center }) {
    const button = document.createElement("button");
    button.className = `map-cluster${count > 9 ? " is-large" : ""}`;
    button.textContent = count;
    button.setAttribute("aria-label", words.cluster(count));
    button.addEventListener("click", async (event) => {
      event.stopPropagation();
      const source = this.map.getSource("points");
      const zoom = await source.getClusterExpansionZoom(id);
      if (zoom <= CLOSEST) this.map.easeTo({ center, zoom: zoom + 0.2 });
      else this.open((await source.getClusterLeaves(id, 50, 0)).map((leaf) => leaf.properties), center, button);
    });
    return button;
  }

  point(properties, { coordinates: place }) {
    const button = document.createElement("button");
    button.className = `map-point${properties.approche ? " is-approximate" : ""}`;
    button.dataset.slug = properties.slug;
    button.setAttribute("aria-label", properties.nom);
    button.title = properties.nom;
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      this.open([properties], place, button);
    });
    return button;
  }

  /** Opens the names of what stands at a place, each with the link to its page. */
  open(entries, place, button) {
    this.popup?.remove();
    const content = document.createElement("div");
    content.className = "map-popup";
    content.append(...entries.map(entry));
    this.popup = new this.library.Popup({ offset: 14, maxWidth: "17rem" }).setLngLat(place).setDOMContent(content).addTo(this.map);
    this.popup.on("close", () => button.isConnected && button.focus({ preventScroll: true }));
    this.popup.getElement().addEventListener("keydown", (event) => event.key === "Escape" && this.popup.remove());
  }
}

function entry({ nom, url, approche }) {
  const line = document.createElement("p");
  line.append(Object.assign(document.createElement("a"), { href: url, textContent: nom, className: "map-popup-link" }));
  if (approche) line.append(Object.assign(document.createElement("span"), { className: "badge badge-approximate", textContent: words.approximate }));
  return line;
}

/** Ties the list and the map: what is pointed at in one is lit in the other. */
function twin(frame, map, library, points, buttons, signal) {
  const places = new Map(points.features.map((f) => [f.properties.slug, f.geometry?.coordinates]));
  const halo = document.createElement("span");
  halo.className = "map-halo";
  const marker = new library.Marker({ element: halo });
  const list = () => document.getElementById(frame.dataset.twin);
  const light = (event) => {
    const item = event.target.closest?.("[data-slug]");
    if (!item) return;
    if (list()?.contains(item) && places.get(item.dataset.slug)) marker.setLngLat(places.get(item.dataset.slug)).addTo(map);
    if (frame.contains(item)) itemOf(item.dataset.slug)?.classList.add("is-highlighted");
  };
  const itemOf = (slug) => list()?.querySelector(`[data-slug="${CSS.escape(slug)}"]`);
  const dark = () => {
    marker.remove();
    list()?.querySelector(".is-highlighted")?.classList.remove("is-highlighted");
  };
  for (const [begin, end] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
    document.addEventListener(begin, light, { signal });
    document.addEventListener(end, dark, { signal });
  }
  frame.addEventListener("map:points", ({ detail }) => {
    places.clear();
    for (const f of detail.features) places.set(f.properties.slug, f.geometry?.coordinates);
    buttons.draw();
  });
}

/** Shows other points when a filter changes the address that they come from. */
function follow(frame, map, signal) {
  const observer = new MutationObserver(async () => {
    const points = await geojson(frame.dataset.points);
    map.getSource("points")?.setData(points);
    frame.dispatchEvent(new CustomEvent("map:points", { detail: points }));
  });
  observer.observe(frame, { attributeFilter: ["data-points"] });
  signal.addEventListener("abort", () => observer.disconnect());
}
