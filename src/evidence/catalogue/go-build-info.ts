import { type Content, contentBytes } from "../../ground/bytes/index.js";
import { contentSlice } from "../../ground/files/index.js";
import type { ElfFile } from "./elf-file.js";
import { CatalogueFault } from "./errors.js";
import { BUILD_RECORD_LIMIT } from "./limits.js";

export const GO_SECTION = ".go.buildinfo";

/** Build information that Go's linker stores in a program (debug/buildinfo). */
export interface GoBuildInfo {
	/** Version of Go, such as `go1.26.1`. */
	readonly goVersion: string;
	/** Path of the main package; empty if it is not stated. */
	readonly path: string;
	/** The main module; `dependencies` are the modules linked with it. */
	readonly main: GoModule | undefined;
	readonly dependencies: readonly GoModule[];
}

export interface GoModule {
	readonly path: string;
	/** `(devel)` for a main module without a version; empty if a directory replaced the module. */
	readonly version: string;
}

const MAGIC = Buffer.from("\xff Go buildinf:", "latin1");
const HEADER_SIZE = 32;
const ALIGNMENT = 16;
const INLINE_STRINGS = 2;
/** Most bytes in which the information is searched, in programs that do not list their sections. */
const SCAN_LIMIT = 1 << 20;
/** Go puts 16 bytes before and after the modules, for programs that search memory for them. */
const SENTINEL_SIZE = 16;

/**
 * Reads the build information of a program; undefined for programs that Go did not build.
 * @param section `.go.buildinfo`, if the program has it.
 * @throws CatalogueFault if it is damaged.
 */
export function readGoBuildInfo(elf: ElfFile, section: Content | undefined): GoBuildInfo | undefined {
	const place = section ?? (elf.hasSections ? undefined : elf.dataSegment());
	if (place === undefined) return undefined;
	const limit = section === undefined ? SCAN_LIMIT : BUILD_RECORD_LIMIT;
	const bytes = Buffer.from(contentBytes(contentSlice(place, 0, Math.min(place.size, limit))));
	const start = findHeader(bytes);
	if (start === undefined) return undefined;
	const [goVersion, modules] = readTexts(elf, bytes.subarray(start));
	return { goVersion, ...parseModules(stripSentinels(modules)) };
}

function findHeader(bytes: Buffer): number | undefined {
	for (let at = bytes.indexOf(MAGIC); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
		if (at % ALIGNMENT === 0 && at + HEADER_SIZE <= bytes.length) return at;
	}
	return undefined;
}

function readTexts(elf: ElfFile, bytes: Buffer): [goVersion: string, modules: Buffer] {
	const [pointerSize, flags] = [bytes[14]!, bytes[15]!];
	if ((flags & INLINE_STRINGS) !== 0) {
		const version = readInline(bytes, HEADER_SIZE);
		return [version.text.toString("utf8"), readInline(bytes, version.end).text];
	}
	if (pointerSize * 8 !== elf.bits)
		throw new CatalogueFault("Go build information: a wrong size of pointers");
	const [version, modules] = [16, 16 + pointerSize].map((at) => readPointed(elf, elf.address(bytes, at)));
	return [version!.toString("utf8"), modules!];
}

/** Reads a string of Go 1.18 or newer: a length as a varint, then the bytes. */
function readInline(bytes: Buffer, at: number): { readonly text: Buffer; readonly end: number } {
	let [length, scale, position] = [0, 1, at];
	for (let byte = 0x80; byte >= 0x80; position++) {
		byte = bytes[position] ?? 0;
		length += (byte & 0x7f) * scale;
		scale *= 128;
	}
	const end = position + length;
	if (end > bytes.length) throw new CatalogueFault("Go build information: it goes beyond its section");
	return { text: bytes.subarray(position, end), end };
}

/** Reads a string from before Go 1.18, by the address of its header: an address and a length. */
function readPointed(elf: ElfFile, address: number): Buffer {
	const pointerSize = elf.bits / 8;
	const header = elf.atAddress(address, 2 * pointerSize);
	if (header === undefined) throw new CatalogueFault("Go build information: a pointer out of the file");
	const bytes = Buffer.from(header);
	const length = elf.address(bytes, pointerSize);
	const text = length <= BUILD_RECORD_LIMIT ? elf.atAddress(elf.address(bytes, 0), length) : undefined;
	if (text === undefined) throw new CatalogueFault("Go build information: a pointer out of the file");
	return Buffer.from(text);
}

function stripSentinels(text: Buffer): string {
	const isWrapped = text.length > 2 * SENTINEL_SIZE && text[text.length - SENTINEL_SIZE - 1] === 10;
	return isWrapped ? text.toString("utf8", SENTINEL_SIZE, text.length - SENTINEL_SIZE) : "";
}

/** Parses the lines that `go version -m` prints: path, mod, dep, and => after a replaced module. */
function parseModules(text: string): Omit<GoBuildInfo, "goVersion"> {
	let path = "";
	let main: GoModule | undefined;
	const dependencies: GoModule[] = [];
	let replace = (_module: GoModule): void => {};
	for (const line of text.split("\n")) {
		const [word, modulePath = "", version = ""] = line.split("\t", 3);
		const module = { path: modulePath, version };
		if (word === "path") path = modulePath;
		if (word === "mod") {
			main = module;
			replace = (by) => {
				main = replaced(module, by);
			};
		}
		if (word === "dep") {
			const index = dependencies.push(module) - 1;
			replace = (by) => {
				dependencies[index] = replaced(module, by);
			};
		}
		if (word === "=>") replace(module);
	}
	return { path, main, dependencies };
}

/**
 * Returns a replaced module. If a directory replaced it, its name stays and the version is unknown: Go writes
 * none, or `(devel)`.
 */
function replaced(module: GoModule, by: GoModule): GoModule {
	const isDirectory = by.version === "" || /^\.{0,2}\//.test(by.path);
	return isDirectory ? { path: module.path, version: "" } : by;
}
