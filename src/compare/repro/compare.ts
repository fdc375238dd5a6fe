import { type Content, PvpkgError } from "../../ground/bytes/index.js";
import { objectReference } from "../../pantavisor/state/index.js";
import { compareArchives } from "./archive.js";
import { firstDifference, hexAt } from "./bytes.js";
import { DIFFERENCE_LIMIT, type Difference, difference } from "./difference.js";
import { compareImages } from "./image.js";
import { compareInputs, type Inputs } from "./inputs.js";
import type { ComparedPackage } from "./package.js";
import { compareStates } from "./state.js";
import { compareLines, textLines } from "./text-object.js";

/** What is known about how each package was made. */
export interface KnownInputs {
	readonly first: Inputs;
	readonly second: Inputs;
}

export interface CompareOptions {
	readonly inputs?: KnownInputs | undefined;
	/** Most differences that are returned. Default: 20. */
	readonly limit?: number | undefined;
}

/**
 * Returns why two packages are not byte-equal, from coarse to fine (hermetic.md 1.5): inputs, the archive around
 * the files, documents and signatures, lines of text, images, other objects. The list is empty if they are equal.
 */
export function comparePackages(
	a: ComparedPackage,
	b: ComparedPackage,
	{ inputs = { first: {}, second: {} }, limit = DIFFERENCE_LIMIT }: CompareOptions = {},
): Difference[] {
	if (firstDifference(a.file, b.file) === undefined) return [];
	const found: Difference[] = [];
	for (const each of differences(a, b, inputs)) {
		found.push(each);
		if (found.length === limit) return found;
	}
	if (found.length > 0) return found;
	// No check above reads these bytes, such as those between members.
	const position = firstDifference(a.archive, b.archive) ?? 0;
	const values = [hexAt(a.archive, position), hexAt(b.archive, position)] as const;
	return [difference("archive", "archive", `byte ${position}:`, ...values)];
}

function* differences(
	a: ComparedPackage,
	b: ComparedPackage,
	{ first, second }: KnownInputs,
): Generator<Difference> {
	yield* compareInputs(first, second);
	yield* compareArchives(a, b);
	yield* compareStates(a.state, b.state);
	for (const [key, value] of a.state) {
		const [x, y] = [objectReference(value), objectReference(b.state.get(key))];
		if (x === undefined || y === undefined) continue;
		yield* compareObjects(key, a, b, [x, y]);
	}
}

/** Yields why two images differ. @returns why one of them cannot be read, if so. */
function* tryImages(key: string, a: Content, b: Content): Generator<Difference, string | undefined> {
	try {
		yield* compareImages(key, a, b);
		return undefined;
	} catch (error) {
		if (error instanceof PvpkgError) return error.message;
		throw error;
	}
}

function* compareObjects(
	key: string,
	a: ComparedPackage,
	b: ComparedPackage,
	[x, y]: readonly [string, string],
): Generator<Difference> {
	const [first, second] = [a.objects.get(x), b.objects.get(y)];
	if (first === undefined || second === undefined) {
		yield difference("object", key, `its object is not in the ${first === undefined ? "first" : "second"}`);
		return;
	}
	if (x === y) {
		// An object does not have its digest, so that a comparison of its insides would explain nothing.
		const position = firstDifference(first, second);
		if (position === undefined) return;
		const values = [hexAt(first, position), hexAt(second, position)] as const;
		yield difference("object", key, `one of the two is damaged, from byte ${position}:`, ...values);
		return;
	}
	if (key.endsWith(".squashfs")) {
		const refusal = yield* tryImages(key, first, second);
		if (refusal === undefined) return;
		yield difference("image", key, `cannot be compared as an image (${refusal})`);
	}
	const [lines, others] = [textLines(first), textLines(second)];
	if (lines !== undefined && others !== undefined) {
		yield* compareLines(key, [lines, others], [a.state, b.state]);
		return;
	}
	const position = firstDifference(first, second);
	if (position === undefined) return;
	if (first.size !== second.size) yield difference("object", key, "size", first.size, second.size);
	yield difference(
		"object",
		key,
		`content from byte ${position}:`,
		hexAt(first, position),
		hexAt(second, position),
	);
}
