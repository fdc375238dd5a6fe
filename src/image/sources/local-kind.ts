import { join } from "node:path";
import { type Content, contentPacking, PvpkgError } from "../../ground/bytes/index.js";
import { isDirectory, openFileContent, readFileIfPresent, streamContent } from "../../ground/files/index.js";
import { listMembers, readEntries, TarError } from "../../ground/tar/index.js";
import { type ArchiveKind, ArchiveNames, openArchive, RootfsError } from "../rootfs/index.js";
import { openPackedArchive } from "./archive-file.js";
import type { SourceContext } from "./context.js";
import { limitUnpacked } from "./disk-limit.js";
import { splitZipPath } from "./zip-path.js";

/** What a path on this machine is. */
export type LocalKind =
	| ArchiveKind
	/** A directory with an OCI image layout. */
	| "oci"
	/** A directory that skopeo and podman write for `dir:`. */
	| "containers-dir"
	/** A directory into which a docker archive was unpacked. */
	| "docker-directory"
	/** A directory with `.pvr`. */
	| "checkout"
	/** Any other directory: a root file system, if anything. */
	| "dir"
	/** Any other file. */
	| "file";

/** Returns whether a path leads to something. */
export function existsLocally(path: string): boolean {
	return isDirectory(path) || isReadable(path);
}

/** Returns the kind of a local path; undefined if it does not exist. No other module decides this. */
export async function sniffPath(path: string, context: SourceContext): Promise<LocalKind | undefined> {
	if (isDirectory(path)) return sniffDirectory(path);
	if (!isReadable(splitZipPath(path).outer)) return undefined;
	if (await isZipLayout(path, context)) return "oci";
	const content = await openPackedArchive(path, context);
	try {
		return await sniffArchive(content, path, context);
	} finally {
		content.close();
	}
}

/** Returns what a directory is, by the files that its kind has to have. */
export function sniffDirectory(path: string): LocalKind {
	const has = (name: string): boolean => isReadable(join(path, name));
	if (has("oci-layout") && has("index.json")) return "oci";
	if (has("manifest.json") && has("version") && isContainersVersion(path)) return "containers-dir";
	if (has("manifest.json") && (has("repositories") || isDockerManifest(path))) return "docker-directory";
	return isDirectory(join(path, ".pvr")) ? "checkout" : "dir";
}

/** Returns what an archive is; `file` for what is not an archive. A packed one is read up to the first telling name. */
async function sniffArchive(content: Content, path: string, context: SourceContext): Promise<LocalKind> {
	const names = new ArchiveNames();
	try {
		if (contentPacking(content) === undefined) {
			for (const member of listMembers(content))
				if (names.add(member.path, member.kind === "directory")) break;
		} else {
			const unpacked = limitUnpacked(openArchive(streamContent(content), "archive"), path, context);
			for await (const entry of readEntries(unpacked, { readsOn: false })) {
				if (names.add(entry.path, entry.kind === "directory")) break;
			}
		}
	} catch (error) {
		const isNoArchive =
			error instanceof TarError || (error instanceof RootfsError && error.code === "ERR_LAYER_DATA");
		if (!isNoArchive) throw error;
		if (error.code === "ERR_TAR_SPARSE") return "tar";
		return names.isEmpty ? "file" : names.kind;
	}
	return names.isEmpty ? "file" : names.kind;
}

async function isZipLayout(path: string, context: SourceContext): Promise<boolean> {
	if (!/\.zip(?:\/\/|$)/i.test(path)) return false;
	const { openZipLayout } = await import("./zip-members.js");
	try {
		const members = await openZipLayout(path, context);
		try {
			return (await members.open("oci-layout")) !== undefined;
		} finally {
			members.close();
		}
	} catch (error) {
		if (error instanceof PvpkgError && error.kind !== "transport") return false;
		throw error;
	}
}

function isReadable(path: string): boolean {
	try {
		openFileContent(path).close();
		return true;
	} catch {
		return false;
	}
}

/** `Directory Transport Version: 1.1` */
function isContainersVersion(path: string): boolean {
	const bytes = readFileIfPresent(join(path, "version"));
	return Buffer.from(bytes ?? [])
		.toString("latin1", 0, 100)
		.startsWith("Directory Transport Version: ");
}

/** A list of objects with `Config` and `Layers`, as `docker save` writes it. */
function isDockerManifest(path: string): boolean {
	const bytes = readFileIfPresent(join(path, "manifest.json"));
	const text = Buffer.from(bytes ?? []).toString("utf8", 0, 1 << 16);
	return text.trimStart().startsWith("[") && text.includes('"Config"') && text.includes('"Layers"');
}
