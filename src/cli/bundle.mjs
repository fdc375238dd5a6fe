// Bundles what `tsc` compiled into the program that is installed as `pvpkg`: dist/program, with
// one file per room, because loading a file per module would delay every start by a fifth of a
// second. A room's file lies where its modules lay, so that `import.meta.url` finds workers and
// WebAssembly there too. Libraries become a file each, their licenses beside them.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const compiled = join(root, "dist/src");
const program = join(root, "dist/program");
/** What is started by its name: the program, and its worker threads. */
const ENTRIES = [
	"cli/main",
	"cli/pvpkg-install",
	"cli/build-exports",
	"codec/block-worker",
	"compare/report/delta-worker",
	"squashfs/group/group-worker",
	"ground/files/hash-worker",
	"ground/store/blob-worker",
	"image/rootfs/layer-worker",
];

/** The library a module belongs to, such as `zod` or `@zip.js/zip.js`. */
function libraryOf(id) {
	return /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(id);
}

/** The path of a module of ours below src/, without its suffix: `codec/xz`. */
function pathOf(id) {
	return id?.startsWith(compiled + sep)
		? id.slice(compiled.length + 1, -".js".length).replaceAll(sep, "/")
		: undefined;
}

/**
 * Modules of the command line and flows that are a file together, each with what starts there: what chooses the
 * command, what every command needs, and what making packages needs. A module belongs to the first that reaches it;
 * others stay files of their own, as one command or two need them.
 */
const TOGETHER = {
	"cli/start": ["cli/run"],
	"cli/base": ["cli/commands/keygen", "cli/failure"],
	"cli/making": ["cli/commands/export", "cli/commands/build"],
	"flows/making": ["flows/export", "flows/project"],
};

/** Finds which of these files every module is in. */
function findTogether(getModuleInfo) {
	const found = new Map();
	const add = (id, file) => {
		const path = pathOf(id);
		if (path?.split("/")[0] !== file.split("/")[0] || found.has(path)) return;
		found.set(path, file);
		for (const next of getModuleInfo(id)?.importedIds ?? []) add(next, file);
	};
	for (const [file, starts] of Object.entries(TOGETHER)) {
		for (const start of starts) add(join(compiled, `${start}.js`), file);
	}
	return found;
}

let together;

/** Rooms that are a file together, as most commands need all of them. The engine's digest knows these names, too. */
const ROOMS_TOGETHER = {
	"pantavisor/container/index": /^pantavisor\/(state|source|run|lxc|signing|verity|rules)$/,
	"pantavisor/places/index": /^pantavisor\/(checkout|project)$/,
	"image/origins/index": /^image\/(sources|trust|lock)$/,
};

/**
 * Files whose modules are parted in two: those that fetching an image needs, and the rest. So `pull`, which takes half a
 * second, does not load what makes images. Both parts of a room lie in its folder, as the version of a room is the digest
 * of all files there.
 */
const PARTED = {
	"cli/making": "fetching",
	"flows/making": "fetching",
	"image/origins": "fetching",
	"pantavisor/places": "fetching",
	"container/index": "container/fetching",
};

/** Modules that fetching an image needs; known once `findFetching` has run. */
let fetching;

/**
 * Finds what remains of the program when all that it can do is to fetch an image, and what the rest of these modules
 * imports beyond that as long as it imports nothing else in turn.
 */
async function findFetching() {
	const imported = new Map();
	const build = await rolldown({
		input: { pull: join(compiled, "cli/commands/pull.js") },
		platform: "node",
		treeshake: { moduleSideEffects: (id) => pathOf(id) === undefined },
		logLevel: "silent",
		plugins: [
			{
				name: "imports",
				moduleParsed: ({ id, importedIds }) => void imported.set(pathOf(id), importedIds.map(pathOf)),
			},
		],
	});
	const { output } = await build.generate({ format: "esm" });
	await build.close();
	const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]));
	const reached = new Set(output.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName));
	for (const name of reached) for (const next of chunks.get(name)?.imports ?? []) reached.add(next);
	const modules = [...reached].flatMap((name) => Object.entries(chunks.get(name)?.modules ?? {}));
	const found = new Set(
		modules.filter(([, { renderedLength }]) => renderedLength > 0).map(([id]) => pathOf(id)),
	);
	for (const path of found) {
		for (const next of imported.get(path) ?? []) {
			if (imported.get(next)?.every((id) => id === undefined || found.has(id))) found.add(next);
		}
	}
	return found;
}

/** Modules that a thread shares with its room, which it need not load as a whole. */
const OF_THREADS = {
	"compare/report/deltas":
		/^compare\/report\/(block-delta|chunk-cut|chunk-delta|file-pieces|sampled-bytes|turns|window)$/,
};

/** The file of a room. */
function fileOfRoom(room) {
	const file = Object.keys(ROOMS_TOGETHER).find((name) => ROOMS_TOGETHER[name].test(room));
	return file ?? `${room}/index`;
}

/** The file that a module of ours goes into: one of these, or that of its room. */
function fileOfModule(path, getModuleInfo) {
	together ??= findTogether(getModuleInfo);
	const shared = Object.keys(OF_THREADS).find((name) => OF_THREADS[name].test(path));
	if (shared !== undefined) return shared;
	const isRoom = !/^(cli\/|flows\/[^/]+$)/.test(path);
	const file = isRoom ? fileOfRoom(dirname(path)) : (together.get(path) ?? path);
	return fetching.has(path) ? (PARTED[file] ?? file) : file;
}

/** The file a module goes into, shared with others; null for those that are loaded by themselves. */
function fileOf(id, context) {
	const library = libraryOf(id);
	if (library !== null) return `libraries/${basename(library[1], ".js")}`;
	const path = pathOf(id);
	if (path === undefined || !path.includes("/")) return null;
	const { isEntry, dynamicImporters } = context.getModuleInfo(id);
	const alone = isEntry || (dynamicImporters.length > 0 && !path.endsWith("/index"));
	return alone ? null : fileOfModule(path, context.getModuleInfo.bind(context));
}

/** Modules that are loaded by themselves lie where they lay. */
function chunkFile({ facadeModuleId }) {
	const path = pathOf(facadeModuleId);
	return path === undefined || path.endsWith("/index") ? "[name].js" : `${path}.js`;
}

async function bundle() {
	const input = Object.fromEntries(ENTRIES.map((name) => [name, join(compiled, `${name}.js`)]));
	const build = await rolldown({
		input,
		platform: "node",
		preserveEntrySignatures: "allow-extension",
		// Loading a room does nothing by itself, so that a command loads only the rooms whose names it uses.
		treeshake: { moduleSideEffects: (id) => pathOf(id) === undefined || ENTRIES.includes(pathOf(id)) },
	});
	const { output } = await build.write({
		dir: program,
		format: "esm",
		entryFileNames: "[name].js",
		chunkFileNames: chunkFile,
		codeSplitting: {
			includeDependenciesRecursively: false,
			groups: [{ name: fileOf, debugName: "rooms and libraries" }],
		},
	});
	await build.close();
	return output.flatMap(({ moduleIds }) => moduleIds ?? []);
}

function copyPage() {
	for (const name of ["page.js", "page.css"]) {
		copyFileSync(join(compiled, "compare/report", name), join(program, "compare/report", name));
	}
}

function copyWebAssembly() {
	for (const name of readdirSync(join(compiled, "codec"))) {
		if (name.endsWith(".wasm")) copyFileSync(join(compiled, "codec", name), join(program, "codec", name));
	}
}

/** The text that a library brings along; of one that only names its license, the name and the authors. */
function licenseText(folder, { name, license, author, repository }) {
	const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
	if (file !== undefined) return readFileSync(join(folder, file), "utf8").trim();
	const authors = author?.name ?? author;
	if (!license || !authors) throw new Error(`${name}: bundle: expected a license file in ${folder}`);
	return `License ${license} (https://spdx.org/licenses/${license}), by ${authors}, ${repository?.url ?? repository}`;
}

/** Records what the program prints for these options alone, so that `cli/main` prints it without loading commander. */
function recordAnswers() {
	const ask = (option) =>
		execFileSync(process.execPath, [join(program, "cli/main.js"), option], { encoding: "utf8" });
	const answers = ["--version", "-V", "--help", "-h"].map((option) => [option, ask(option)]);
	writeFileSync(join(program, "cli/answers.json"), JSON.stringify(Object.fromEntries(answers)));
}

function writeLicenses(modules) {
	const folders = new Set(modules.flatMap((id) => libraryOf(id)?.[0] ?? []));
	const texts = [...folders].sort().map((folder) => {
		const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
		return `${manifest.name} ${manifest.version}\n\n${licenseText(folder, manifest)}\n`;
	});
	writeFileSync(join(program, "libraries/LICENSES"), texts.join(`\n${"-".repeat(80)}\n\n`));
}

rmSync(program, { recursive: true, force: true });
mkdirSync(program, { recursive: true });
fetching = await findFetching();
const modules = await bundle();
copyWebAssembly();
copyPage();
writeLicenses(modules);
recordAnswers();
