// Bundles what the browser needs from other projects into src/terreau/design/static/vendor/, with one
// vendor.json of names, versions, licences and digests. Run twice, it writes the same bytes.
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const vendor = join(here, "..", "src", "terreau", "design", "static", "vendor");

/** What is shipped: each library, the files it gives, and how each file is made. */
const LIBRARIES = [
  {
    name: "htmx.org",
    licence: "LICENSE",
    files: [{ to: "htmx.js", from: "dist/htmx.js", bundle: { format: "iife" } }],
  },
  {
    name: "maplibre-gl",
    licence: "LICENSE.txt",
    files: [
      { to: "maplibre-gl.js", from: "dist/maplibre-gl.mjs", bundle: { format: "esm" } },
      { to: "maplibre-gl-worker.js", from: "dist/maplibre-gl-worker.mjs", bundle: { format: "esm" } },
      { to: "maplibre-gl.css", from: "dist/maplibre-gl.css", bundle: {} },
    ],
  },
  font("fraunces", "opsz-normal"),
  font("atkinson-hyperlegible-next", "wght-normal", "wght-italic"),
];

/** A self-hosted font: the Latin and extended Latin subsets of each style. */
function font(family, ...styles) {
  const names = styles.flatMap((style) => ["latin", "latin-ext"].map((part) => `${family}-${part}-${style}.woff2`));
  return {
    name: `@fontsource-variable/${family}`,
    licence: "LICENSE",
    files: names.map((name) => ({ to: `fonts/${name}`, from: `files/${name}` })),
  };
}

/** The plain zero of the text face, made by unslashed_zero.py. */
for (const style of ["normal", "italic"]) {
  const name = `atkinson-hyperlegible-next-zero-wght-${style}.woff2`;
  LIBRARIES.at(-1).files.push({ to: `fonts/${name}`, from: join(here, "fonts", name), changes: "one character, its slash taken off by unslashed_zero.py" });
}

/** Writes one file; without `bundle` it is copied as it is. */
async function ship(folder, { to, from, bundle }) {
  const target = join(vendor, to);
  await mkdir(dirname(target), { recursive: true });
  if (!bundle) return cp(resolve(folder, from), target);
  await build({
    entryPoints: [join(folder, from)],
    outfile: target,
    bundle: true,
    minify: true,
    sourcemap: false,
    legalComments: "inline",
    target: "es2022",
    logLevel: "warning",
    ...bundle,
  });
}

async function shipLibrary({ name, licence, files }) {
  const folder = join(modules, name);
  const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const text = `licences/${name.replace("@fontsource-variable/", "")}.txt`;
  await mkdir(join(vendor, "licences"), { recursive: true });
  await cp(join(folder, licence), join(vendor, text));
  for (const file of files) await ship(folder, file);
  return Promise.all(files.map(({ to, changes }) => entry(about, text, to, changes)));
}

async function entry(about, licenceFile, file, changes) {
  const bytes = await readFile(join(vendor, file));
  const digest = createHash("sha384").update(bytes).digest("base64");
  const { name, version, license: licence } = about;
  return { name, version, licence, licence_file: licenceFile, file, bytes: bytes.length, sha384: `sha384-${digest}`, changes };
}

await rm(vendor, { recursive: true, force: true });
const entries = [];
for (const library of LIBRARIES) entries.push(...(await shipLibrary(library)));
await writeFile(join(vendor, "vendor.json"), `${JSON.stringify(entries, null, 2)}\n`);
console.log(entries.map((e) => `${e.file}  ${e.name} ${e.version}  ${e.licence}  ${e.bytes} bytes`).join("\n"));
