import { basename, dirname, join, resolve } from "node:path";
import {
	type Input,
	isUrl,
	type OpenedInput,
	openInput,
	parseInput,
	type Run,
	type RunSettings,
	withTree,
} from "../container/index.js";
import type { CarriedDocument, SbomSubject } from "../evidence/sbom/index.js";
import { contentBytes, contentSha256, sha256Hex } from "../ground/bytes/index.js";
import { contentSlice, type FileContent, openFileContent, readFileIfPresent } from "../ground/files/index.js";
import { encodeCanonicalJson } from "../ground/json/index.js";
import type { Platform } from "../image/oci/index.js";
import { nameImage, sniffPath } from "../image/sources/index.js";
import { readCheckout } from "../pantavisor/checkout/index.js";
import { readArchive } from "../pantavisor/package/index.js";
import { openImage, readTree } from "../squashfs/read/index.js";
import { type Described, packageContents } from "./package-contents.js";
import { withRun } from "./run.js";

export interface ContentsRequest {
	/** Package, checkout, squashfs file, directory of a root file system, or IMAGE with a prefix. */
	readonly place: string;
	/** For images of several platforms. */
	readonly platform?: Platform | undefined;
	/** Most bytes that a package may unpack to. */
	readonly maximumUnpacked?: number | undefined;
	readonly tool: SbomSubject["tool"];
}

/**
 * Returns what is inside a package, a checkout, an image or a root file system.
 * @throws BuildError ERR_BUILD_REQUEST for a package without a root file system; whatever the place throws.
 */
export async function describeContents(
	request: ContentsRequest,
	settings: RunSettings,
): Promise<SbomSubject> {
	const { newestTime } = await import("../evidence/sbom/index.js");
	const { created, ...described } = await describePlace(request, settings);
	const { time, maximumTime } = settings;
	const own = created ?? newestTime(described.containers);
	return { ...described, created: maximumTime === undefined ? own : time, tool: request.tool };
}

/** A place with a prefix is an IMAGE; any other is a path, and its content decides. */
async function describePlace(request: ContentsRequest, settings: RunSettings): Promise<Described> {
	const { place } = request;
	if (PREFIX.test(place)) return describeInput(parseInput(place), request, settings);
	switch (await sniffPath(place, settings)) {
		case "checkout":
			return describeCheckout(place, settings);
		case "package":
		case "file":
			return describeFile(request, settings);
		default: {
			const path = place.startsWith("/") ? place : `./${place}`;
			return describeInput(parseInput(await nameImage(path, settings, { rootfs: true })), request, settings);
		}
	}
}

const PREFIX = /^(?:docker|oci|oci-archive|docker-archive|docker-daemon|dir|tar):/;

async function describeFile(
	{ place, maximumUnpacked }: ContentsRequest,
	{ temporaryDirectory }: RunSettings,
): Promise<Described> {
	const file = openFileContent(place);
	if (isSquashfs(file)) return describeSquashfs(file, place);
	const opened = await readArchive(place, { temporaryDirectory, maximumUnpacked, file });
	try {
		return await withCarried(await packageContents(opened, basename(place)), place);
	} finally {
		opened.close();
	}
}

/** Adds the documents of the image's builder, where export has written them beside the package. */
async function withCarried(described: Described, place: string): Promise<Described> {
	const [container, other] = described.containers;
	if (container === undefined || other !== undefined) return described;
	const { carriedName, carriedReferences, parseCarried } = await import("../evidence/sbom/index.js");
	const documents: CarriedDocument[] = [];
	for (let at = 0; ; at++) {
		const path = join(dirname(place), carriedName(basename(place), at));
		const bytes = readFileIfPresent(path);
		if (bytes === undefined) break;
		documents.push(parseCarried(bytes, path));
	}
	const carried = carriedReferences(described.name, documents);
	return { ...described, containers: [{ ...container, carried }] };
}

async function describeCheckout(place: string, settings: RunSettings): Promise<Described> {
	const checkout = readCheckout(place, settings);
	try {
		return await packageContents(checkout, basename(resolve(place)));
	} finally {
		checkout.close();
	}
}

function isSquashfs(file: FileContent): boolean {
	if (file.size < 4) return false;
	return Buffer.from(contentBytes(contentSlice(file, 0, 4))).toString("latin1") === "hsqs";
}

async function describeSquashfs(file: FileContent, place: string): Promise<Described> {
	const { catalogueTree } = await import("../evidence/catalogue/index.js");
	try {
		const name = basename(place);
		const sha256 = contentSha256(file);
		const image = openImage(file);
		const catalogue = catalogueTree(readTree(image), (stretches) => image.expandAhead(stretches));
		return { name, identity: sha256, containers: [{ name, images: [{ path: name, sha256 }], catalogue }] };
	} finally {
		file.close();
	}
}

function describeInput(
	input: Input,
	{ platform }: ContentsRequest,
	settings: RunSettings,
): Promise<Described> {
	return withRun(settings, async (run) => {
		const opened = await openInput(run, input, platform && [platform]);
		return opened.kind === "image" ? describeImage(run, opened) : describeRootfs(run, opened);
	});
}

async function describeImage(run: Run, opened: OpenedInput & { kind: "image" }): Promise<Described> {
	const catalogue = await catalogueOpened(run, opened);
	const { name, image, input } = opened;
	const sha256 = image.digest.slice("sha256:".length);
	const images = [{ path: input.text, sha256 }];
	const container = { name: name.familiarName, version: name.tag, images, catalogue };
	return { name: input.text, identity: sha256, created: image.config.created, containers: [container] };
}

/** A root file system has no digest but that of what was found in it. */
async function describeRootfs(run: Run, opened: OpenedInput & { kind: "rootfs" }): Promise<Described> {
	const { catalogueValue } = await import("../evidence/catalogue/index.js");
	const catalogue = await catalogueOpened(run, opened);
	const name = placeName(opened.input.location.path);
	const identity = sha256Hex(encodeCanonicalJson(catalogueValue({ ...catalogue, newest: undefined })));
	return { name, identity, containers: [{ name, images: [], catalogue }] };
}

/** The last part of a path or an address, without what may be secret: user, password, query. */
function placeName(path: string): string {
	return isUrl(path) ? basename(new URL(path).pathname) || "rootfs" : basename(resolve(path));
}

async function catalogueOpened(run: Run, opened: OpenedInput) {
	const { catalogueTree } = await import("../evidence/catalogue/index.js");
	return withTree(run, opened, { findings: run.findings() }, async (tree) => catalogueTree(tree));
}
