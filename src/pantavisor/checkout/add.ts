import { withoutTrailing } from "../../ground/bytes/index.js";
import { FileChanges, placeBelow } from "../../ground/files/index.js";
import { parseGlob } from "../signing/index.js";
import { type AddedFile, encodeAddedFiles } from "./added-files.js";
import type { Checkout } from "./checkout-reader.js";
import { CheckoutError } from "./errors.js";
import { fileSha256, listWorkingFiles } from "./working-state.js";

export interface AddOptions {
	/** Whether `.json` files are kept as objects. */
	readonly raw?: boolean | undefined;
}

/**
 * Marks files for the next commit in `.pvr/new` (docs/formats/pvr.md#adding-files).
 * @param patterns paths, directories with all files below them, or globs; everything for none or `.`.
 * @returns the keys, sorted.
 * @throws CheckoutError ERR_CHECKOUT_PATTERN for a pattern that no file matches.
 */
export function addFiles(
	{ directory, added }: Checkout,
	patterns: readonly string[],
	{ raw = false }: AddOptions = {},
): string[] {
	const keys = selectFiles(listWorkingFiles(directory), patterns);
	const files = new Map(added);
	for (const key of keys) {
		const file: AddedFile = {
			raw: (raw && key.endsWith(".json")) || (added.get(key)?.raw ?? false),
			sha256: fileSha256(placeBelow(directory, key)),
		};
		files.set(key, file);
	}
	const changes = new FileChanges(directory);
	changes.write(".pvr/new", encodeAddedFiles(files));
	changes.commit();
	return keys;
}

function selectFiles(keys: readonly string[], patterns: readonly string[]): string[] {
	const matchers = patterns.map((pattern) => {
		const path = withoutTrailing(pattern.replace(/^(\.\/)+/, ""), "/");
		if (path === "." || path === "") return () => true;
		const matches = parseGlob(path);
		return (key: string) => key === path || key.startsWith(`${path}/`) || matches(key);
	});
	if (matchers.length === 0) return [...keys];
	const idle = matchers.findIndex((matches) => !keys.some(matches));
	if (idle >= 0 && !/^(\.\/?)*$/.test(patterns[idle]!)) {
		throw new CheckoutError("ERR_CHECKOUT_PATTERN", `${patterns[idle]}: add: expected files, got none`);
	}
	return keys.filter((key) => matchers.some((matches) => matches(key)));
}
