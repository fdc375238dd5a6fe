import { type ByteString, byteString, contentBytes, utf8ByteString } from "../../ground/bytes/index.js";
import { contentSlice } from "../../ground/files/index.js";
import { resolveFile } from "./file-lookup.js";
import type { RegularFile, RootfsTree } from "./inode.js";

/** What a container starts. */
export interface Entrypoint {
	/** Entrypoint and command, as one list; may be empty. */
	readonly arguments: readonly string[];
	/** `KEY=value`; PATH counts. */
	readonly environment?: readonly string[] | undefined;
	readonly workingDirectory?: string | undefined;
}

/** A program on the way from the entrypoint to machine code. */
export interface Program {
	/** In the tree, as it was looked up: without a leading slash. */
	readonly path: ByteString;
	readonly file: RegularFile;
}

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** What the kernel reads of a script's first line. */
const SHEBANG_SIZE = 256;
const MAXIMUM_INTERPRETERS = 4;
/** Directories of PATH that are looked in: images have ten, and a hostile one could have a million. */
const MAXIMUM_DIRECTORIES = 64;

/**
 * Finds the entrypoint in a tree as execvp(3) would, confined to it, and the interpreters that a
 * script's first line leads to, `env` seen through.
 * @returns the programs, the entrypoint first, and the name of what is not there.
 */
export function resolveEntrypoint(
	tree: RootfsTree,
	entrypoint: Entrypoint,
): { readonly programs: readonly Program[]; readonly missing: ByteString | undefined } {
	const programs: Program[] = [];
	let words: readonly string[] = entrypoint.arguments.map(utf8ByteString);
	while (words[0] !== undefined && programs.length < MAXIMUM_INTERPRETERS) {
		const program = findProgram(tree, words[0] as ByteString, entrypoint);
		if (program === undefined) return { programs, missing: words[0] as ByteString };
		programs.push(program);
		words = interpreterOf(program.file) ?? behindEnv(program.path, words);
	}
	return { programs, missing: undefined };
}

function findProgram(tree: RootfsTree, name: ByteString, entrypoint: Entrypoint): Program | undefined {
	if (name === "") return undefined;
	const directories = name.includes("/") ? [entrypoint.workingDirectory ?? "/"] : searchPath(entrypoint);
	for (const directory of directories) {
		const path = (name.startsWith("/") ? name : `${utf8ByteString(directory)}/${name}`) as ByteString;
		const inode = resolveFile(tree, path);
		if (inode?.kind === "file") return { path: path.replace(/^\/+/, "") as ByteString, file: inode };
	}
	return undefined;
}

function searchPath({ environment }: Entrypoint): string[] {
	const stated = environment?.findLast((entry) => entry.startsWith("PATH="))?.slice("PATH=".length);
	return [...new Set((stated || DEFAULT_PATH).split(":", 4 * MAXIMUM_DIRECTORIES))].slice(
		0,
		MAXIMUM_DIRECTORIES,
	);
}

/** `#!/bin/sh -e` → its words; `undefined` for what is not a script. */
function interpreterOf({ content }: RegularFile): string[] | undefined {
	const head = byteString(contentBytes(contentSlice(content, 0, Math.min(SHEBANG_SIZE, content.size))));
	if (!head.startsWith("#!")) return undefined;
	const line = head.slice(2).split("\n", 1)[0]!;
	return line.split(/[ \t\r]+/).filter((word) => word !== "");
}

/** `env -S NAME=value python3 -u` → `python3 -u`; nothing after any other program. */
function behindEnv(path: ByteString, words: readonly string[]): readonly string[] {
	if (!/(?:^|\/)env$/.test(path)) return [];
	const start = words.findIndex((word, at) => at > 0 && !word.startsWith("-") && !word.includes("="));
	return start < 0 ? [] : words.slice(start);
}
