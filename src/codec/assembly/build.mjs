// Compiles every algorithm of this folder that has an entry file (NAME.ts with
// exports, listed below) to dist/src/codec/NAME.wasm, and without SIMD to
// NAME-scalar.wasm, and clears what an earlier `tsc` left in dist, so that a file
// removed from the sources is gone there too.
// A module whose static data reaches into its memory map is an error.
// A module that is newer than all sources is kept: the compiler takes seconds,
// and gives the same bytes again.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { assemble } from "./optimise.mjs";
import { inlineFunctions, moveIntoLocals } from "./registers.mjs";

const ALGORITHMS = ["deflate", "likeness", "lz4", "shingles", "xz", "xz-decoder", "zstd", "zstd-decoder"];

/** Algorithms with a file whose lets are kept in registers. */
const REGISTERS = { "xz-decoder": "lzma-range-decoder" };

/** Algorithms that run once, for long, in pieces. */
const IN_PIECES = ["likeness"];

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../..");
const dist = join(root, "dist");
const out = join(dist, "src/codec");

function clearCompiled(folder) {
	if (!existsSync(folder)) return;
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) clearCompiled(path);
		else if (!entry.name.endsWith(".wasm")) rmSync(path);
	}
}

function newestSource() {
	const times = readdirSync(here).map((name) => statSync(join(here, name)).mtimeMs);
	return Math.max(...times);
}

/** Compiles one algorithm. @param simd whether the module may use SIMD; relaxed operations never. */
async function compile(name, simd) {
	const target = join(out, `${name}${simd ? "" : "-scalar"}.wasm`);
	if (existsSync(target) && statSync(target).mtimeMs > newestSource()) return;
	const registers = REGISTERS[name];
	const text = await compileToText(name, simd, registers);
	const inPieces = IN_PIECES.includes(name);
	if (registers === undefined) writeFileSync(target, assemble(text, simd, false, inPieces));
	else writeFileSync(target, assemble(moveIntoLocals(text, registers), simd, true, inPieces));
	checkMap(name, target);
}

/** Returns the module's text, before anything is optimised. @param inlined the file all of whose functions are inlined. */
async function compileToText(name, simd, inlined) {
	let text;
	const feature = [simd ? "--enable" : "--disable", "simd"];
	const flags = ["-t", `${name}.wat`, "--noAssert", "--runtime", "stub", "--use", "abort=", ...feature];
	const { error, stderr } = await asc.main([join(here, `${name}.ts`), ...flags], {
		readFile(path, base) {
			const file = resolve(base, path);
			if (!existsSync(file)) return null;
			const source = readFileSync(file, "utf8");
			return basename(file) === `${inlined}.ts` ? inlineFunctions(source) : source;
		},
		writeFile(path, contents) {
			if (path.endsWith(".wat")) text = contents;
		},
	});
	if (error) throw new Error(`${name}.ts: compile: ${error.message}\n${stderr}`);
	return text;
}

/** Removes a module whose static data would overlap the tables of its memory map, and fails. */
function checkMap(name, target) {
	const module = new WebAssembly.Module(readFileSync(target));
	const { staticEnd, mapBegin } = new WebAssembly.Instance(module).exports;
	if (staticEnd.value <= mapBegin.value) return;
	rmSync(target);
	const expected = `expected an end of at most ${mapBegin.value}, got ${staticEnd.value}`;
	throw new Error(`${name}.ts: memory map: static data overlaps the first table, ${expected}`);
}

clearCompiled(dist);
mkdirSync(out, { recursive: true });
for (const name of ALGORITHMS) {
	await compile(name, true);
	await compile(name, false);
}
