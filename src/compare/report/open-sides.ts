import { basename, join } from "node:path";
import {
	type FileContent,
	isDirectory,
	listDirectory,
	openFileContent,
	readFileIfPresent,
} from "../../ground/files/index.js";
import { isJsonObject } from "../../ground/json/index.js";
import { parsePlatform } from "../../image/oci/index.js";
import { type CheckoutReadOptions, readCheckout } from "../../pantavisor/checkout/index.js";
import { openSoundPackage, type PackageReadOptions } from "../../pantavisor/package/index.js";
import { ARCH_LABELS, findLabel } from "../../pantavisor/project/index.js";
import { parseState, type State } from "../../pantavisor/state/index.js";
import { CompareError } from "./errors.js";
import { HashedFile } from "./hashed-file.js";
import type { Side } from "./side.js";

/** A package or checkout that was found, and is opened later. */
export interface FoundSide {
	readonly path: string;
	/** Label of the platform, from the name of the file or directory. */
	readonly platform: string;
}

/** Options for reading packages and checkouts. */
export interface SideReadOptions extends PackageReadOptions, CheckoutReadOptions {}

/** An open side; `close` frees its files. */
export interface OpenedSide extends Side {
	readonly file: HashedFile | undefined;
	close(): void;
}

/**
 * Finds the packages of a path. A package, a checkout or a state is one by itself; for other directories these
 * are the packages inside, or else the checkouts inside.
 * @throws CompareError ERR_COMPARE_INPUT.
 */
export function findSides(path: string): FoundSide[] {
	if (!isDirectory(path) || isCheckout(path)) return [{ path, platform: labelOf(path) }];
	const names = listDirectory(path);
	const packages = names.filter((name) => /\.(tgz|tar\.gz)$/.test(name));
	const found = packages.length > 0 ? packages : names.filter((name) => isCheckout(join(path, name)));
	if (found.length === 0) {
		throw new CompareError(
			"ERR_COMPARE_INPUT",
			`${path}: find packages: expected .tgz files or checkouts, got none`,
		);
	}
	return found.map((name) => ({ path: join(path, name), platform: labelOf(name) }));
}

function isCheckout(path: string): boolean {
	return readFileIfPresent(join(path, ".pvr/json")) !== undefined;
}

/** Returns the label at the end of a name: `demo-v1.arm32v6.tgz` or `arm32v6/`. */
function labelOf(path: string): string {
	const last = basename(path)
		.replace(/\.(tgz|tar\.gz)$/, "")
		.split(".")
		.at(-1)!;
	return (ARCH_LABELS as readonly string[]).includes(last) ? last : "";
}

/** Both sides of one platform. Either may be missing. */
export interface SidePair {
	readonly platform: string;
	readonly old: FoundSide | undefined;
	readonly new: FoundSide | undefined;
}

/**
 * Pairs packages by platform. If there is one on each side, they are a pair whatever their names are.
 * @throws CompareError ERR_COMPARE_INPUT if a platform occurs twice on one side.
 */
export function pairSides(olds: readonly FoundSide[], news: readonly FoundSide[]): SidePair[] {
	if (olds.length === 1 && news.length === 1) {
		return [{ platform: news[0]!.platform || olds[0]!.platform, old: olds[0], new: news[0] }];
	}
	const [before, after] = [byPlatform(olds), byPlatform(news)];
	const platforms = [...new Set([...after.keys(), ...before.keys()])].sort();
	return platforms.map((platform) => ({ platform, old: before.get(platform), new: after.get(platform) }));
}

function byPlatform(sides: readonly FoundSide[]): Map<string, FoundSide> {
	const known = new Map<string, FoundSide>();
	for (const side of sides) {
		const other = known.get(side.platform);
		if (other !== undefined) {
			throw new CompareError(
				"ERR_COMPARE_INPUT",
				`${side.path}: pair packages: expected one for ${side.platform || "a name without a platform"}, got ${other.path} too`,
			);
		}
		known.set(side.platform, side);
	}
	return known;
}

/**
 * Opens a package, a checkout or a state.
 * @throws what `openSoundPackage`, `readCheckout` and `parseState` throw.
 */
export async function openSide(found: FoundSide, options: SideReadOptions): Promise<OpenedSide> {
	const { path } = found;
	if (isDirectory(path)) return finish(found, undefined, readCheckout(path, options));
	if (path.endsWith(".json")) {
		const text = readFile(path);
		const state = parseState(text, path);
		return finish(found, undefined, { state, text, objects: { get: () => undefined }, close() {} });
	}
	const content = openFileContent(path);
	const file = new HashedFile(path, content.size);
	return finish(found, file, await openSoundPackage(path, { ...options, file: content }));
}

function readFile(path: string): Uint8Array {
	const file: FileContent = openFileContent(path);
	try {
		const text = new Uint8Array(file.size);
		file.read(text, 0);
		return text;
	} finally {
		file.close();
	}
}

function finish(
	{ path, platform }: FoundSide,
	file: HashedFile | undefined,
	opened: Omit<OpenedSide, "name" | "platform" | "file">,
): OpenedSide {
	const { state, text, objects } = opened;
	const label = platform || statePlatform(state);
	return { name: path, platform: label, file, state, text, objects, close: () => opened.close() };
}

/** Returns the platform from the first src.json that has one. */
function statePlatform(state: State): string {
	for (const [path, value] of state) {
		const platform = path.endsWith("/src.json") && isJsonObject(value) && value.get("docker_platform");
		if (typeof platform !== "string" || !/^[\w.-]+(\/[\w.-]+){1,2}$/.test(platform)) continue;
		return findLabel(parsePlatform(platform)) ?? platform;
	}
	return "";
}
