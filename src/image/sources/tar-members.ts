import { posix } from "node:path";
import { type Content, utf8ByteString } from "../../ground/bytes/index.js";
import { contentSlice, type FileContent } from "../../ground/files/index.js";
import { readMemberTable, TarError, type TarMember } from "../../ground/tar/index.js";
import { memberPath } from "../rootfs/index.js";
import { openArchiveFile } from "./archive-file.js";
import type { SourceContext } from "./context.js";
import type { MemberSet } from "./member-set.js";

/** How many links lead from one name of an archive to its data at most. */
const MAXIMUM_LINKS = 8;

/**
 * The members of the tar archive FILE, `-`, or inside a zip, read where they lie.
 * @throws BytesError; SourceError; TarError
 */
export async function openTarMembers(path: string, context: SourceContext): Promise<MemberSet> {
	const content = await openArchiveFile(path, context);
	try {
		return tarMembers(path, content);
	} catch (error) {
		content.close();
		throw error;
	}
}

/** The members of a tar archive that is read in place; `content` is closed with them. */
export function tarMembers(name: string, content: FileContent): MemberSet {
	const members = readMembers(name, content);
	return {
		name,
		open: async (path) => openMember(content, members, path),
		close: () => content.close(),
	};
}

function readMembers(name: string, content: Content): ReadonlyMap<string, TarMember> {
	try {
		const members = readMemberTable(content).map((member) => [memberPath(member.path), member] as const);
		const prefix = directoryAround(members.map(([path]) => path).filter((path) => path !== "."));
		// Links name their targets in full.
		return new Map([
			...members,
			...members.map(([path, member]) => [path.slice(prefix.length), member] as const),
		]);
	} catch (cause) {
		if (!(cause instanceof TarError)) throw cause;
		throw new TarError(cause.code, `${name}: read archive: ${cause.message}`, { cause });
	}
}

/** Files of which an image archive has at least one at its top. */
const TOP_FILES: readonly string[] = ["oci-layout", "index.json", "manifest.json"];

/** Returns `image/` of an archive in which everything lies in a directory `image`; else `""`. */
function directoryAround(paths: readonly string[]): string {
	const prefix = `${paths[0]?.split("/")[0]}/`;
	const isAround = paths.every((path) => `${path}/`.startsWith(prefix));
	return isAround && TOP_FILES.some((name) => paths.includes(prefix + name)) ? prefix : "";
}

/** Old docker-archives hold a layer once, and links to it; a link leads to names of the archive only. */
function openMember(
	content: Content,
	members: ReadonlyMap<string, TarMember>,
	path: string,
): Content | undefined {
	let at = memberPath(utf8ByteString(path));
	for (let links = 0; links <= MAXIMUM_LINKS; links++) {
		const member = members.get(at);
		if (member?.kind === "file") return contentSlice(content, member.position, member.size);
		if (member?.kind === "hardlink") at = memberPath(member.linkPath);
		else if (member?.kind === "symlink") at = memberPath(posix.join(posix.dirname(at), member.linkPath));
		else return undefined;
	}
	return undefined;
}
