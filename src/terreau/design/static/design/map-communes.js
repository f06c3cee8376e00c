// The communes of the departments in sight: loaded when they are seen, forgotten when they are far.
// Plain, to be chosen by hand, or coloured by a measure.

/** Departments kept at once, and the zoom from which communes are worth showing. */
const MOST = 36;
const FROM = 5.4;
/** Departments asked for at once: the nearest to the middle come first. */
const TOGETHER = 6;
const SCALE = ["#e9dfc4", "#dcb469", "#b98a3c", "#6f8150", "#2f5d46"];

export class Communes {
  constructor(frame, { settle, words, colours, signal }) {
    Object.assign(this, { frame, settle, words, colours, signal, map: null, shown: new Map(), wanted: new Set(), first: [] });
  }

  get measured() {
    return Boolean(this.frame.dataset.measure);
  }

  /** Fetches what says where communes are, and those that a map of this size will show first; no map is needed. */
  async prepare(bounds, width, height) {
    const [index, measure] = await Promise.all([json(this.frame.dataset.communes), this.measured && json(this.frame.dataset.measure)]);
    Object.assign(this, { index, measure });
    const view = bounds && viewOf(bounds, width, height);
    if (!view || view.zoom < FROM) return;
    const seen = this.within(view.bounds).slice(0, MOST);
    for (const code of seen) this.shown.set(code, []);
    this.first = (await Promise.all(seen.map((code) => this.bring(code)))).flat();
  }

  get source() {
    const data = { type: "FeatureCollection", features: this.first };
    this.first = [];
    return { type: "geojson", data, promoteId: "cle", tolerance: 0.4, buffer: 16 };
  }

  get layers() {
    const { colours } = this;
    const isCommune = ["has", "code"];
    const of = (layer) => ({ source: "communes", ...layer });
    const hatched = (name) => of({ id: `communes-${name}`, type: "fill", filter: ["==", ["get", "classe"], name], paint: { "fill-pattern": name, "fill-antialias": false } });
    const width = ["interpolate", ["linear"], ["zoom"], 6, 0.15, 9, 0.7, 12, 1.2];
    return [
      of({ id: "communes", type: "fill", filter: isCommune, paint: { "fill-antialias": false, ...(this.measured ? scale() : chosen(colours)) } }),
      ...(this.measured ? ["secret", "absent"].map(hatched) : []),
      of({ id: "communes-borders", type: "line", filter: isCommune, paint: { "line-color": colours.rule, "line-width": width } }),
      of({ id: "communes-edge", type: "line", filter: ["has", "bord"], paint: { "line-color": colours.strong, "line-width": 1.2 } }),
    ];
  }

  /** Follows a map whose style has the source and the layers above. */
  attach(map, library) {
    Object.assign(this, { map, library });
    this.hint = this.frame.querySelector(".map-live").appendChild(Object.assign(document.createElement("p"), { className: "map-hint" }));
    this.hint.setAttribute("aria-hidden", "true");
    map.on("styleimagemissing", ({ id }) => {
      const pattern = patterns()[id];
      if (pattern && !map.hasImage(id)) map.addImage(id, pattern, { pixelRatio: 2 });
    });
    map.on("moveend", () => this.load());
    map.on("mousemove", "communes", ({ features }) => this.name(features[0]));
    map.on("mouseleave", "communes", () => this.name(null));
    if (this.measured) map.on("click", "communes", (event) => this.tell(event));
    this.load();
  }

  /** Departments whose box meets a box, the nearest to its middle first. */
  within([w, s, e, n]) {
    const far = ({ boite: [a, b, c, d] }) => ((a + c - w - e) / 2) ** 2 + ((b + d - s - n) / 2) ** 2;
    return Object.entries(this.index)
      .filter(([, { boite: [a, b, c, d] }]) => a <= e && c >= w && b <= n && d >= s)
      .sort(([, one], [, other]) => far(one) - far(other))
      .map(([code]) => code);
  }

  inSight() {
    const bounds = this.map.getBounds();
    return this.within([bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]);
  }

  /** Brings the departments in sight, a few at a time, and drops those that are far once there are many. */
  async load() {
    const seen = this.map.getZoom() >= FROM ? this.inSight().slice(0, MOST) : [];
    this.wanted = new Set(seen);
    this.name(null);
    const missing = seen.filter((code) => !this.shown.has(code));
    if (!missing.length) return;
    this.settle(+1);
    try {
      // The first time everything comes together, so that the tiles are cut once; then the nearest first.
      const together = this.shown.size ? TOGETHER : MOST;
      while (missing.length) {
        const some = missing.splice(0, together).filter((code) => this.wanted.has(code) && !this.shown.has(code));
        for (const code of some) this.shown.set(code, []);
        const add = (await Promise.all(some.map((code) => this.bring(code)))).flat();
        if (this.signal.aborted) return;
        if (add.length) this.map.getSource("communes").updateData({ add });
      }
      this.forget();
    } finally {
      this.settle(-1);
    }
  }

  /** The features of a department, none when they could not come. */
  async bring(code) {
    try {
      const [topology, values] = await Promise.all([
        json(this.index[code].url), this.measure && json(this.measure.departements.replace("{code}", code)),
      ]);
      const features = decode(topology, code);
      if (values) for (const feature of features) this.classify(feature.properties, values);
      this.shown.set(code, features.map((feature) => feature.properties.cle));
      return features;
    } catch (error) {
      this.shown.delete(code);
      console.info("communes not shown:", code, error.message);
      return [];
    }
  }

  forget() {
    const over = [...this.shown.keys()].filter((code) => !this.wanted.has(code)).slice(0, Math.max(0, this.shown.size - MOST));
    const remove = over.flatMap((code) => this.shown.get(code));
    for (const code of over) this.shown.delete(code);
    if (remove.length) this.map.getSource("communes").updateData({ remove });
  }

  /** A value, a value that is withheld, and no value are three different things. */
  classify(properties, values) {
    if (properties.code === undefined) return;
    const value = values[properties.code];
    properties.classe = value === undefined ? "absent" : value === null ? "secret" : this.measure.bornes.filter((limit) => value >= limit).length;
    properties.dit = value === undefined ? this.words.absent : value === null ? this.words.secret : this.said(value);
  }

  said(value) {
    const { unite } = this.measure;
    const text = value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
    return unite ? `${text}\u00a0${unite}` : text;
  }

  name(feature) {
    const text = feature ? [feature.properties.nom, feature.properties.dit].filter(Boolean).join(" : ") : "";
    this.hint.textContent = text || (this.map.getZoom() < FROM ? this.words.closer : "");
    this.map.getCanvas().style.cursor = feature ? "pointer" : "";
  }

  tell({ features: [{ properties }], lngLat }) {
    const content = document.createElement("div");
    content.className = "map-popup";
    content.append(Object.assign(document.createElement("strong"), { textContent: properties.nom }), document.createElement("br"), properties.dit);
    this.popup?.remove();
    this.popup = new this.library.Popup({ maxWidth: "17rem" }).setLngLat(lngLat).setDOMContent(content).addTo(this.map);
  }

  /** Fills exactly these communes, seen or not. */
  fill(codes) {
    this.map.removeFeatureState({ source: "communes" });
    for (const id of codes) this.map.setFeatureState({ source: "communes", id }, { chosen: true });
  }

  mark(id, chosen) {
    this.map.setFeatureState({ source: "communes", id }, { chosen });
  }
}

/** What a map of this size shows of these bounds, with 24 pixels around, as it will compute it itself. */
function viewOf([[west, south], [east, north]], width, height) {
  const x = (lon) => (lon + 180) / 360;
  const y = (lat) => (1 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / Math.PI) / 2;
  const lat = (at) => (Math.atan(Math.sinh(Math.PI * (1 - 2 * at))) * 180) / Math.PI;
  const pixels = Math.min((width - 48) / (x(east) - x(west)), (height - 48) / (y(south) - y(north)));
  const [middle, level] = [(x(west) + x(east)) / 2, (y(south) + y(north)) / 2];
  const [dx, dy] = [width / pixels / 2, height / pixels / 2];
  const bounds = [(middle - dx) * 360 - 180, lat(level + dy), (middle + dx) * 360 - 180, lat(level - dy)];
  return { zoom: Math.log2(pixels / 512), bounds };
}

const chosen = (colours) => ({
  "fill-color": ["case", ["boolean", ["feature-state", "chosen"], false], colours.zone, colours.land],
  "fill-opacity": ["case", ["boolean", ["feature-state", "chosen"], false], 0.72, 0.3],
});

const scale = () => ({
  "fill-color": ["match", ["get", "classe"], ...SCALE.flatMap((colour, i) => [i, colour]), "rgba(0, 0, 0, 0)"],
});

async function json(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

/** Hatching, as pixels that repeat: diagonals for what is withheld, level lines for what is not known. */
function patterns() {
  const line = [133, 123, 100, 255];
  return {
    secret: tile([255, 253, 248, 255], line, (x, y) => (x + y) % 8 < 3),
    absent: tile([243, 237, 223, 255], line, (x, y) => y % 16 < 2),
  };
}

function tile(paper, ink, drawn, size = 16) {
  const data = new Uint8ClampedArray(size * size * 4);
  for (let i = 0; i < size * size; i++) data.set(drawn(i % size, Math.floor(i / size)) ? ink : paper, i * 4);
  return { width: size, height: size, data };
}

/** The features of a TopoJSON file: a polygon for each commune, and the arcs that only one has as one edge. */
function decode({ arcs, transform, objects }, department) {
  const { scale: [sx, sy], translate: [tx, ty] } = transform;
  const lines = arcs.map((arc) => {
    let [x, y] = [0, 0];
    return arc.map(([dx, dy]) => [(x += dx) * sx + tx, (y += dy) * sy + ty]);
  });
  const uses = new Uint8Array(lines.length);
  const ring = (numbers) => {
    const points = [];
    for (const number of numbers) {
      const at = number < 0 ? ~number : number;
      uses[at] += 1;
      const line = number < 0 ? lines[at].toReversed() : lines[at];
      for (let i = points.length ? 1 : 0; i < line.length; i++) points.push(line[i]);
    }
    return points;
  };
  const features = objects.communes.geometries.map(({ id, type, arcs: numbers, properties }) => ({
    type: "Feature",
    properties: { cle: id, code: id, ...properties },
    geometry: { type, coordinates: type === "Polygon" ? numbers.map(ring) : numbers.map((polygon) => polygon.map(ring)) },
  }));
  const edge = lines.filter((_, i) => uses[i] === 1);
  features.push({ type: "Feature", properties: { cle: `bord-${department}`, bord: 1 }, geometry: { type: "MultiLineString", coordinates: edge } });
  return features;
}
