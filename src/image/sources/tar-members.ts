import { posix } from "node:path";
import {
	type ByteString,
	type Content,
	contentSha256,
	displayByteString,
	utf8ByteString,
} from "../../ground/bytes/index.js";
import { contentSlice, type FileContent } from "../../ground/files/index.js";
import { readMemberTable, TarError, type TarMember } from "../../ground/tar/index.js";
import { memberPath } from "../rootfs/index.js";
import { openArchiveFile } from "./archive-file.js";
import type { SourceContext } from "./context.js";
import { SourceError } from "./errors.js";
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
		open: async (path) => openMember(name, content, members, path),
		close: () => content.close(),
	};
}

/** Members by their paths; of one path all, in their order. */
type MembersByPath = ReadonlyMap<string, ReadonlySet<TarMember>>;

function readMembers(name: string, content: Content): MembersByPath {
	try {
		const members = readMemberTable(content).map((member) => [memberPath(member.path), member] as const);
		const prefix = directoryAround(members.map(([path]) => path).filter((path) => path !== "."));
		const byPath = new Map<string, Set<TarMember>>();
		// Links name their targets in full.
		for (const start of [0, prefix.length]) {
			for (const [path, member] of members) {
				const key = path.slice(start);
				byPath.set(key, (byPath.get(key) ?? new Set()).add(member));
			}
		}
		return byPath;
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
	name: string,
	content: Content,
	members: MembersByPath,
	path: string,
): Content | undefined {
	let at = memberPath(utf8ByteString(path));
	for (let links = 0; links <= MAXIMUM_LINKS; links++) {
		const member = oneMember(name, content, [...(members.get(at) ?? [])], at);
		if (member?.kind === "file") return contentSlice(content, member.position, member.size);
		if (member?.kind === "hardlink") at = memberPath(member.linkPath);
		else if (member?.kind === "symlink") at = memberPath(posix.join(posix.dirname(at), member.linkPath));
		else return undefined;
	}
	return undefined;
}

/**
 * Returns the member of a path. Of several some programs take the first and some the last: they have to be the same.
 * @throws SourceError ERR_SOURCE_FORMAT
 */
function oneMember(
	name: string,
	content: Content,
	members: readonly TarMember[],
	path: string,
): TarMember | undefined {
	const [first, ...others] = members;
	if (first === undefined || others.every((other) => isSame(content, first, other))) return first;
	const shown = displayByteString(path as ByteString);
	const reason = `expected one ${shown}, got several that differ: programs take different ones`;
	throw new SourceError("ERR_SOURCE_FORMAT", `${name}: read archive: ${reason}`);
}

function isSame(content: Content, one: TarMember, other: TarMember): boolean {
	if (one.kind !== other.kind || one.linkPath !== other.linkPath || one.size !== other.size) return false;
	const [first, second] = [one, other].map(({ position, size }) =>
		contentSha256(contentSlice(content, position, size)),
	);
	return first === second;
}
