import { BytesError, displayByteString, PvpkgError, utf8ByteString } from "../../ground/bytes/index.js";
import { TarError } from "../../ground/tar/index.js";
import type { SourceContext } from "./context.js";
import { SourceError } from "./errors.js";
import { existsLocally, type LocalKind, sniffDirectory, sniffPath } from "./local-kind.js";
import type { ImageLocation, RootfsLocation } from "./location.js";

interface KindName {
	readonly name: string;
	readonly prefix?: string;
	/** Whether it is not an image. */
	readonly isRootfs?: boolean;
}

/** How the kinds of local paths are called in messages, each with the prefix that names it. */
const NAMES: Readonly<Record<LocalKind, KindName>> = {
	oci: { name: "an OCI image layout", prefix: "oci" },
	"oci-archive": { name: "an OCI image archive", prefix: "oci-archive" },
	"docker-archive": { name: "a docker image archive", prefix: "docker-archive" },
	"containers-dir": { name: "an image that skopeo or podman wrote as dir:", prefix: "dir" },
	"docker-directory": { name: "an unpacked docker image archive (pack it again with tar)" },
	checkout: { name: "a pvr checkout" },
	package: { name: "a Pantavisor package (pvpkg inspect shows it)" },
	dir: { name: "a directory", prefix: "dir", isRootfs: true },
	tar: { name: "a root file system in an archive", prefix: "tar", isRootfs: true },
	file: { name: "a file that is neither an image nor an archive" },
};

export interface NamingOptions {
	/** Whether a bare path may be a root file system too, as for `mksquashfs`. */
	readonly rootfs?: boolean | undefined;
}

/**
 * Returns IMAGE with its prefix: as it is, unless it is a bare path that is there; that gets the prefix of what
 * the path really is (`./image.tar` → `docker-archive:./image.tar`).
 * @throws SourceError ERR_LOCATION for a path that is not an image, which names the prefix that was meant;
 *   BytesError ERR_FILE_NOT_FOUND for a path that is not there.
 */
export async function nameImage(
	text: string,
	context: SourceContext,
	{ rootfs = false }: NamingOptions = {},
): Promise<string> {
	if (!isPath(text) || isContainer(text)) return text;
	const kind = await sniffPath(text, context);
	if (kind === undefined) {
		throw new BytesError("ERR_FILE_NOT_FOUND", `${shown(text)}: open: there is no such file or directory`);
	}
	const { prefix, isRootfs = false } = NAMES[kind];
	if (prefix !== undefined && (rootfs || !isRootfs)) return prefixed(text, prefix, isRootfs);
	const reason = `expected ${rootfs ? "a root file system or an image" : "an image"}, got ${describe(kind, text)}`;
	throw new SourceError("ERR_LOCATION", `${shown(text)}: open: ${reason}${registryHint(text)}`);
}

/** The first colon after the prefix of an archive divides path and tag. */
function prefixed(path: string, prefix: string, isRootfs: boolean): string {
	if (isRootfs || prefix === "dir" || !path.includes(":")) return `${prefix}:${path}`;
	throw new SourceError(
		"ERR_LOCATION",
		`${shown(path)}: open: expected a path without a colon for ${prefix}:`,
	);
}

/** Refuses a directory that is not a root file system. @throws SourceError ERR_LOCATION, with the prefix that was meant */
export function checkRootfsDirectory(path: string): void {
	const kind = sniffDirectory(path);
	if (kind === "dir") return;
	const reason = `expected a root file system, got ${describe(kind, path)}`;
	throw new SourceError("ERR_LOCATION", `${shown(path)}: open: ${reason}`);
}

/** The same of a directory or an archive. */
export async function checkRootfs({ kind, path }: RootfsLocation, context: SourceContext): Promise<void> {
	if (kind === "dir") return checkRootfsDirectory(path);
	const found = (await sniffPath(path, context)) ?? "tar";
	if (found === "tar" || found === "file") return;
	const reason = `expected a root file system, got ${describe(found, path)}`;
	throw new SourceError("ERR_LOCATION", `${shown(path)}: open: ${reason}`);
}

/** A container of a checkout often has the name of its image. */
function isContainer(name: string): boolean {
	return !name.includes("/") && ["src.json", "run.json"].some((file) => existsLocally(`${name}/${file}`));
}

/** A string that is not a reference, or the name of an existing path. */
function isPath(text: string): boolean {
	return /^\.{0,2}\//.test(text) || text === "." || text === ".." || existsLocally(text);
}

function describe(kind: LocalKind, path: string): string {
	const { name, prefix } = NAMES[kind];
	return prefix === undefined ? name : `${name}: ${prefix}:${shown(path)}`;
}

/** An image of a registry may have the name of a path that is here. */
function registryHint(path: string): string {
	return /^[a-z0-9][\w.-]*$/.test(path) ? `; an image of that name is docker.io/library/${path}` : "";
}

/** Errors of a place that has not the form that its prefix promises. */
const WRONG_FORM: ReadonlySet<string> = new Set([
	"ERR_SOURCE_FORMAT",
	"ERR_IMAGE_NOT_FOUND",
	"ERR_FILE_KIND",
	"ERR_FILE_NOT_FOUND",
]);

/** Returns an error of opening a location with the prefix that was meant, where another one was. */
export async function withMeantPrefix(
	error: unknown,
	location: ImageLocation | RootfsLocation,
	context: SourceContext,
): Promise<unknown> {
	if (!(error instanceof PvpkgError) || !("path" in location) || location.path === "-") return error;
	if (!WRONG_FORM.has(error.code) && !(error instanceof TarError)) return error;
	const kind = await sniffPath(location.path, context).catch(() => undefined);
	if (kind === undefined || kind === location.kind) return error;
	const message = `${error.message}; it is ${describe(kind, location.path)}`;
	return new PvpkgError(error.kind, error.code, message, { cause: error });
}

function shown(text: string): string {
	return displayByteString(utf8ByteString(text));
}
