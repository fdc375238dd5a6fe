import type { ArchiveSummary, ByteSink, PendingArchive } from "../export/index.js";
import { formatPlatform, type Image, type Platform } from "../oci/index.js";
import {
	type Compat,
	checkPartName,
	createPart,
	type SourceOptions,
	type StateFile,
} from "../pantavisor/index.js";
import { type ArchLabel, platformLabel } from "../release/index.js";
import { mapConcurrently } from "./concurrency.js";
import { BuildError } from "./errors.js";
import {
	assembleParts,
	type PackageContent,
	type Signing,
	streamPackage,
	writePackageFile,
} from "./package.js";
import { type OpenedImage, openPlatforms } from "./platforms.js";
import { makeRootImage } from "./root-image.js";
import type { BuildSettings } from "./settings.js";
import { sourceOfImage } from "./source.js";
import { Workshop } from "./workshop.js";

export interface ExportRequest {
	/** IMAGE, as on the command line. */
	readonly image: string;
	/** Name of the container. */
	readonly name: string;
	/** Default: all that the image has. */
	readonly platforms?: readonly Platform[] | undefined;
	readonly options?: SourceOptions | undefined;
	readonly compat?: Compat | undefined;
	/** Group of a container that names none. */
	readonly group?: string | undefined;
	/** Further files of the container, by their path below it. */
	readonly files?: ReadonlyMap<string, StateFile> | undefined;
	/** Files laid over its root file system, by their path in it. */
	readonly overlay?: ReadonlyMap<string, StateFile> | undefined;
	readonly signing?: Signing | undefined;
	/** Path of a platform's package. */
	path(label: ArchLabel): string;
}

/** A package that was written. */
export interface ExportedPackage {
	readonly platform: string;
	readonly label: ArchLabel;
	readonly path: string;
	readonly bytes: number;
	readonly sha256: string;
	/** Of the image's manifest. */
	readonly digest: string;
	readonly rootfs: { readonly bytes: number; readonly sha256: string };
}

/**
 * From an image to signed packages: chooses the image of each platform, fetches and flattens
 * its layers, writes `root.squashfs`, makes the container's files and the state, signs it and
 * writes the archive. Either all packages get their names, or none.
 */
export async function exportImage(
	request: ExportRequest,
	settings: BuildSettings,
): Promise<ExportedPackage[]> {
	checkPartName(request.name);
	return Workshop.run(settings, async (workshop) => {
		const opened = await openPlatforms(workshop, request.image, request.platforms);
		const labels = opened.images.map(({ requested }) => platformLabel(requested));
		// Asked before the long work: a place that cannot take the packages is known by now.
		const paths = labels.map((label) => request.path(label));
		const pending: PendingArchive[] = [];
		try {
			const packages = await mapConcurrently(opened.images, 2, async (image, i) => {
				const content = await packageImage(workshop, request, opened, image);
				const path = paths[i]!;
				const file = await writePackageFile(workshop, content, path, formatPlatform(image.requested));
				pending.push(file);
				return describePackage(image, labels[i]!, path, file, content);
			});
			for (const file of pending) file.commit();
			return packages;
		} finally {
			for (const file of pending) file.discard();
		}
	});
}

/**
 * Streams the package of an image's only platform, or of the one asked for.
 * @throws BuildError ERR_BUILD_REQUEST when there are several.
 */
export async function streamImage(
	request: Omit<ExportRequest, "path">,
	sink: ByteSink,
	settings: BuildSettings,
): Promise<ArchiveSummary> {
	checkPartName(request.name);
	return Workshop.run(settings, async (workshop) => {
		const opened = await openPlatforms(workshop, request.image, request.platforms);
		const [image, ...others] = opened.images;
		if (image === undefined || others.length > 0) {
			const reason = `expected one platform, got ${opened.images.length}`;
			throw new BuildError("ERR_BUILD_REQUEST", `${request.image}: stream package: ${reason}`);
		}
		const content = await packageImage(workshop, request, opened, image);
		const platform = formatPlatform(image.requested);
		return streamPackage(content, sink, platform, workshop.settings);
	});
}

/** The container of one platform, as a signed state with its objects. */
async function packageImage(
	workshop: Workshop,
	request: Omit<ExportRequest, "path">,
	{ location, source: blobs }: OpenedImage,
	image: Image,
): Promise<PackageContent> {
	const source = sourceOfImage(location, request.image, image, request.options ?? {});
	const root = await makeRootImage(workshop, blobs, image, source);
	const part = createPart({
		name: request.name,
		source,
		group: request.group,
		compat: request.compat,
		images: new Map([["root.squashfs", root]]),
		files: request.files,
		overlay: request.overlay,
	});
	return assembleParts([part], request.signing);
}

function describePackage(
	image: Image,
	label: ArchLabel,
	path: string,
	{ bytes, sha256 }: PendingArchive,
	{ state, objects }: PackageContent,
): ExportedPackage {
	const key = [...state.keys()].find((name) => name.endsWith("/root.squashfs"))!;
	const sha256OfRoot = state.get(key) as string;
	return {
		platform: formatPlatform(image.requested),
		label,
		path,
		bytes,
		sha256,
		digest: image.digest,
		rootfs: { bytes: objects.get(sha256OfRoot)!.size, sha256: sha256OfRoot },
	};
}
