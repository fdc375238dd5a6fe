import { isDirectory } from "../../ground/files/index.js";
import { parseJson, plainJson } from "../../ground/json/index.js";
import { type Descriptor, type ImageSource, OCI_INDEX, parseManifestDocument } from "../oci/index.js";
import type { SourceContext } from "./context.js";
import { directoryMembers } from "./directory-members.js";
import { SourceError } from "./errors.js";
import { imageEntries } from "./layout-images.js";
import { documentSource, layoutSource } from "./layout-source.js";
import { type MemberSet, readDocument } from "./member-set.js";
import { listNames } from "./name-list.js";
import { openTarMembers } from "./tar-members.js";
import { openZipLayout } from "./zip-members.js";

/** Where tools put an image's name: the specification's, and containerd's with the whole reference. */
const NAME_ANNOTATIONS = ["org.opencontainers.image.ref.name", "io.containerd.image.name"];

/**
 * An OCI image layout (image-spec, image-layout.md) in a directory, or as a directory in a zip:
 * `build.zip`, `build.zip//directory`.
 */
export async function openOciLayout(
	path: string,
	tag: string | undefined,
	context: SourceContext,
): Promise<ImageSource> {
	const inZip = /\.zip(?:\/\/|$)/i.test(path) && !isDirectory(path);
	if (!inZip && !isDirectory(path)) {
		throw new SourceError("ERR_IMAGE_NOT_FOUND", `${path}: read layout: there is no such directory`);
	}
	const members = inZip ? await openZipLayout(path, context) : directoryMembers(path);
	return await openLayoutMembers(members, tag);
}

/** An OCI image layout in a tar archive: FILE, `-`, or inside a zip; maybe gzip'ed. */
export async function openOciArchive(
	path: string,
	tag: string | undefined,
	context: SourceContext,
): Promise<ImageSource> {
	return await openLayoutMembers(await openTarMembers(path, context), tag);
}

/**
 * An image of an OCI image layout.
 *
 * @param tag a name that `index.json` gives one of its manifests, or the digest of one. Without
 *   it there has to be one image; an `index.json` that lists the platforms of one image is that.
 * @throws SourceError ERR_SOURCE_FORMAT, ERR_IMAGE_NOT_FOUND and ERR_IMAGE_AMBIGUOUS, which list the names
 */
async function openLayoutMembers(members: MemberSet, tag?: string): Promise<ImageSource> {
	try {
		await checkLayoutVersion(members);
		const bytes = await readDocument(members, "index.json");
		if (bytes === undefined) throw formatError(members, "no index.json in it");
		return await chooseImage(members, bytes, tag);
	} catch (error) {
		members.close();
		throw error;
	}
}

async function checkLayoutVersion(members: MemberSet): Promise<void> {
	const bytes = await readDocument(members, "oci-layout");
	if (bytes === undefined) throw formatError(members, "not an OCI image layout: it has no file oci-layout");
	const document = plainJson(parseJson(bytes, `${members.name}: oci-layout`));
	const version = (document as { readonly imageLayoutVersion?: unknown } | null)?.imageLayoutVersion;
	if (typeof version === "string" && version.startsWith("1.")) return;
	throw formatError(
		members,
		`imageLayoutVersion: expected 1.0.0, got ${JSON.stringify(version)?.slice(0, 100)}`,
	);
}

async function chooseImage(
	members: MemberSet,
	bytes: Uint8Array,
	tag: string | undefined,
): Promise<ImageSource> {
	const document = parseManifestDocument(bytes, OCI_INDEX, `${members.name}: index.json`);
	const entries = document.kind === "index" ? document.index.manifests : [];
	const fitting =
		tag === undefined ? await imageEntries(members, entries) : entries.filter((entry) => isNamed(entry, tag));
	const [first, ...others] = fitting;
	if (first === undefined) throw notFound(members, entries, tag);
	if (others.every(({ digest }) => digest === first.digest)) return layoutSource(members, first);
	if (tag === undefined && isOneImage(fitting))
		return documentSource(members, { bytes, mediaType: OCI_INDEX });
	throw ambiguous(members, entries, tag);
}

function isNamed(entry: Descriptor, tag: string): boolean {
	return entry.digest === tag || namesOf(entry).includes(tag);
}

function namesOf({ annotations }: Descriptor): string[] {
	return NAME_ANNOTATIONS.flatMap((key) => annotations?.[key] ?? []);
}

/** Returns whether the entries are the platforms of one image, as some tools write them without an inner index. */
function isOneImage(entries: readonly Descriptor[]): boolean {
	const names = new Set(entries.map((entry) => namesOf(entry).join()));
	return names.size === 1 && entries.every((entry) => entry.platform !== undefined);
}

function notFound(members: MemberSet, entries: readonly Descriptor[], tag: string | undefined): SourceError {
	const wanted = tag === undefined ? "no image in it" : `no image named "${tag}", it has ${listed(entries)}`;
	return new SourceError("ERR_IMAGE_NOT_FOUND", `${members.name}: choose image: ${wanted}`);
}

function ambiguous(members: MemberSet, entries: readonly Descriptor[], tag: string | undefined): SourceError {
	const reason = tag === undefined ? "it has several images" : `several images are named "${tag}"`;
	const hint = "name one after a colon, by name or digest";
	const message = `${members.name}: choose image: ${reason}, ${hint}: ${listed(entries)}`;
	return new SourceError("ERR_IMAGE_AMBIGUOUS", message);
}

function listed(entries: readonly Descriptor[]): string {
	const names = entries.map((entry) => namesOf(entry)[0] ?? entry.digest);
	return listNames([...new Set(names)]);
}

function formatError(members: MemberSet, reason: string): SourceError {
	return new SourceError("ERR_SOURCE_FORMAT", `${members.name}: read layout: ${reason}`);
}
