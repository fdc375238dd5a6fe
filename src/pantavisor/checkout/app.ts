import {
	FileChanges,
	isDirectory,
	listDirectory,
	placeBelow,
	readFileIfPresent,
} from "../../ground/files/index.js";
import { compareCodePoints } from "../../ground/json/index.js";
import { expectDigest, type Part } from "../package/index.js";
import { checkPartName } from "../rules/index.js";
import { encodeRunManifestText } from "../run/index.js";
import { encodeSourceManifest, parseSourceManifest, type SourceManifest } from "../source/index.js";
import { encodeAddedFiles } from "./added-files.js";
import type { Checkout } from "./checkout-reader.js";
import { encodeDocument } from "./checkout-writer.js";
import { CheckoutError } from "./errors.js";

/** Returns the names of the containers in the work tree, which are directories with a `src.json`, sorted. */
export function listApps(directory: string): string[] {
	return listDirectory(directory)
		.filter((name) => !name.startsWith(".pv") && readFileIfPresent(placeBelow(directory, `${name}/src.json`)))
		.sort(compareCodePoints);
}

/**
 * Reads the `src.json` of a container in the work tree. @throws CheckoutError ERR_CHECKOUT_PART if it does not
 * exist.
 */
export function readApp(directory: string, name: string): SourceManifest {
	checkPartName(name);
	const path = placeBelow(directory, `${name}/src.json`);
	const text = readFileIfPresent(path);
	if (text !== undefined) return parseSourceManifest(text, path);
	throw new CheckoutError("ERR_CHECKOUT_PART", `${name}: find container: expected ${path}, got none`);
}

/**
 * Removes a container from the work tree: its directory, `_config/NAME` and its signature.
 * @returns containers that have it as their base, and cannot start without it.
 * @throws CheckoutError ERR_CHECKOUT_PART
 */
export function removeApp({ directory, added }: Checkout, name: string): string[] {
	checkPartName(name);
	if (!isDirectory(placeBelow(directory, name))) {
		throw new CheckoutError(
			"ERR_CHECKOUT_PART",
			`${name}: remove: expected a container of that name, got none`,
		);
	}
	const gone = [`${name}/`, `_config/${name}/`, `_sigs/${name}.json`];
	const dependants = listApps(directory).filter(
		(other) => other !== name && readApp(directory, other).base === name,
	);
	const changes = new FileChanges(directory);
	for (const path of gone) changes.remove(path);
	const left = new Map([...added].filter(([key]) => !gone.some((path) => key.startsWith(path))));
	if (left.size < added.size) changes.write(".pvr/new", encodeAddedFiles(left));
	changes.commit();
	return dependants;
}

/** Writes the files of a container into the work tree, formatted as by pvr. */
export function writeApp(changes: FileChanges, part: Part, source: SourceManifest): void {
	const { name, documents, objects } = part;
	for (const [key, document] of documents) {
		if (key === `${name}/src.json`) changes.write(key, encodeSourceManifest(source));
		else if (key === `${name}/run.json` && document instanceof Map)
			changes.write(key, encodeRunManifestText(document));
		else changes.write(key, encodeDocument(document));
	}
	for (const [key, object] of objects) {
		expectDigest(`object ${object.sha256}: write ${key}`, object.sha256, changes.writeContent(key, object));
	}
	// The file of an earlier container of this name would start this one.
	const conf = `${name}/lxc.container.conf`;
	if (!objects.has(conf)) changes.remove(conf);
}
