import { type Content, withoutTrailing } from "../../ground/bytes/index.js";
import { openFileContent } from "../../ground/files/index.js";
import type { SourceContext } from "./context.js";
import { SourceError } from "./errors.js";
import type { MemberSet } from "./member-set.js";
import { listNames } from "./name-list.js";
import type { ZipArchive } from "./zip-archive.js";
import { splitZipPath } from "./zip-path.js";

const LAYOUT_MEMBER = /(?:^|\/)(?:oci-layout|index\.json|blobs\/[^/]+\/[^/]+)$/;

/** The files of an OCI layout inside a zip: `build.zip`, or `build.zip//directory`. */
export async function openZipLayout(path: string, context: SourceContext): Promise<MemberSet> {
	const { outer, inner } = splitZipPath(path);
	const { openZip } = await import("./zip-archive.js");
	const zip = await openZip(openFileContent(outer), path, context, (name) => LAYOUT_MEMBER.test(name));
	try {
		return zipMembers(zip, chooseDirectory(zip, inner));
	} catch (error) {
		zip.close();
		throw error;
	}
}

function zipMembers(zip: ZipArchive, prefix: string): MemberSet {
	const names = new Set(zip.names);
	const open = new Map<string, Promise<Content>>();
	const openOnce = (name: string): Promise<Content> => {
		const content = open.get(name) ?? zip.open(name);
		open.set(name, content);
		return content;
	};
	return {
		name: zip.name,
		open: async (path) => (names.has(prefix + path) ? await openOnce(prefix + path) : undefined),
		close: () => zip.close(),
	};
}

/** The one directory that has a file `oci-layout`, with its slash; the zip's root is "". */
function chooseDirectory(zip: ZipArchive, inner: string | undefined): string {
	if (inner !== undefined) return `${withoutTrailing(inner, "/")}/`;
	const found = zip.names.filter((name) => /(?:^|\/)oci-layout$/.test(name));
	const directories = found.map((name) => name.slice(0, -"oci-layout".length));
	const [first, ...others] = directories;
	if (first === undefined) {
		throw new SourceError("ERR_SOURCE_FORMAT", `${zip.name}: open zip: no OCI image layout in it`);
	}
	if (others.length === 0) return first;
	const reason = `several layouts in it, name one after "//": ${listNames(directories)}`;
	throw new SourceError("ERR_IMAGE_AMBIGUOUS", `${zip.name}: open zip: ${reason}`);
}
