import { type Difference, difference } from "./difference.js";

/** A package of which only digests are known. */
export interface DigestedPackage {
	/** SHA-256 of the state without signatures, lower-case hex. */
	readonly unsigned: string;
	/** Objects by their keys in the state. */
	readonly objects: ReadonlyMap<string, { readonly sha256: string }>;
	/** SHA-256 of the unsigned package. */
	readonly package: { readonly sha256: string };
}

/** Yields the objects that differ; if none does, the state if it differs; else the archive if it differs. */
export function* compareDigests(a: DigestedPackage, b: DigestedPackage): Generator<Difference> {
	const keys = [...new Set([...a.objects.keys(), ...b.objects.keys()])].sort();
	const differing = keys.filter((key) => a.objects.get(key)?.sha256 !== b.objects.get(key)?.sha256);
	for (const key of differing) {
		const [first, second] = [a, b].map(({ objects }) => objects.get(key)?.sha256);
		if (first !== undefined && second !== undefined) yield difference("object", key, "sha256", first, second);
		else yield difference("object", key, `is only in the ${first === undefined ? "second" : "first"}`);
	}
	if (differing.length > 0) return;
	if (a.unsigned !== b.unsigned)
		yield difference("state", "state", "sha256 without signatures", a.unsigned, b.unsigned);
	else if (a.package.sha256 !== b.package.sha256) {
		yield difference("archive", "package", "sha256 without signatures", a.package.sha256, b.package.sha256);
	}
}
