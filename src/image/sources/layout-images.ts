import { type Descriptor, type Digest, isImageIndex, parseManifestDocument } from "../oci/index.js";
import { blobPath } from "./layout-source.js";
import { type MemberSet, readDocument } from "./member-set.js";

/** What an entry of a layout's index leads to. */
interface EntryFacts {
	readonly entry: Descriptor;
	/** Whether it is an image, or an index with one; of what cannot be read that is taken for granted. */
	readonly isImage: boolean;
	/** Manifests that it lists. */
	readonly children: readonly Digest[];
}

/**
 * Returns the entries that are images of their own: no artifact, nothing that refers to an image (signatures, lists of
 * contents), nothing that another entry contains, and the same image once.
 */
export async function imageEntries(
	members: MemberSet,
	entries: readonly Descriptor[],
): Promise<readonly Descriptor[]> {
	const distinct = new Map<Digest, Descriptor>();
	for (const entry of entries) {
		if (entry.artifactType === undefined && !distinct.has(entry.digest)) distinct.set(entry.digest, entry);
	}
	// One after the other: an index may list more than memory holds.
	const facts: EntryFacts[] = [];
	for (const entry of distinct.values()) facts.push(await readFacts(members, entry));
	const children = new Set(facts.flatMap((fact) => fact.children));
	const images = facts.filter(({ entry, isImage }) => isImage && !children.has(entry.digest));
	return images.length === 0 ? entries : images.map(({ entry }) => entry);
}

async function readFacts(members: MemberSet, entry: Descriptor): Promise<EntryFacts> {
	const bytes = await readDocument(members, blobPath(entry.digest));
	if (bytes === undefined) return { entry, isImage: true, children: [] };
	if (hasSubject(bytes)) return { entry, isImage: false, children: [] };
	try {
		const document = parseManifestDocument(bytes, entry.mediaType, members.name);
		if (document.kind === "manifest") return { entry, isImage: true, children: [] };
		const children = document.index.manifests.map(({ digest }) => digest);
		return { entry, isImage: isImageIndex(document.index), children };
	} catch {
		// A configuration or layers that are none of an image.
		return { entry, isImage: false, children: [] };
	}
}

function hasSubject(bytes: Uint8Array): boolean {
	try {
		const document = JSON.parse(Buffer.from(bytes).toString("utf8")) as { subject?: unknown } | null;
		return document?.subject !== undefined && document?.subject !== null;
	} catch {
		return false;
	}
}
