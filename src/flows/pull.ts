import {
	type BuildSettings,
	type OpenedImage,
	openPlatforms,
	planOpened,
	Workshop,
} from "../container/index.js";
import type { PendingFile } from "../ground/files/index.js";
import type { Descriptor, Image, Platform } from "../image/oci/index.js";
import { type CachingSource, checkDiskPlan, OciLayoutWriter, type PullPlan } from "../image/sources/index.js";

export interface PullRequest {
	readonly image: string;
	/** Default: all that the image has. */
	readonly platforms?: readonly Platform[] | undefined;
	/** OCI layout to write, beside the content store. */
	readonly layout?: string | undefined;
	/** Name of the image in the layout. */
	readonly tag?: string | undefined;
}

/** What is planned, and where its output would go. */
export type PlanRequest = Pick<PullRequest, "image" | "platforms"> & { readonly outputDirectory: string };

/** What a pull would do, and where: nothing but manifests and configurations is fetched. */
export async function planImage(request: PlanRequest, settings: BuildSettings): Promise<PullPlan> {
	return Workshop.run(settings, async (workshop) => {
		const opened = await openPlatforms(workshop, request.image, request.platforms);
		return planOpened(workshop, opened, request.outputDirectory);
	});
}

/** Fetches the images of all platforms into the content store, and into an OCI layout if asked. */
export async function pullImage(request: PullRequest, settings: BuildSettings): Promise<PullPlan> {
	return Workshop.run(settings, async (workshop) => {
		const { layout, tag = "latest" } = request;
		const writer = layout === undefined ? undefined : new OciLayoutWriter(layout);
		const opened = await openPlatforms(workshop, request.image, request.platforms);
		const plan = planOpened(workshop, opened, layout ?? settings.temporaryDirectory);
		checkDiskPlan(plan);
		if (writer !== undefined) await writeLayout(workshop, opened, writer, tag);
		else await opened.source.prefetch(blobsOf(opened.images), workshop.settings.signal);
		return plan;
	});
}

function blobsOf(images: readonly Image[]): Descriptor[] {
	const all = images.flatMap(({ manifest }) => [manifest.config, ...manifest.layers]);
	return [...new Map(all.map((descriptor) => [descriptor.digest, descriptor])).values()];
}

/** Copies each blob as soon as it is there. */
async function writeLayout(
	workshop: Workshop,
	{ source, images }: OpenedImage,
	layout: OciLayoutWriter,
	tag: string,
): Promise<void> {
	const { signal } = workshop.settings;
	try {
		const blobs = blobsOf(images).map(async (blob) => {
			await source.prefetch([blob], signal);
			await layout.addBlob(blob.digest, (file) => copyBlob(workshop, source, blob, file));
		});
		await Promise.all(blobs);
		const manifests = images.map(async ({ digest, platform }) => {
			return { ...(await source.fetchManifest(digest, signal)), platform };
		});
		layout.commit(await Promise.all(manifests), tag);
	} finally {
		await layout.discard();
	}
}

/** From the store, or from a source on this machine, which is not kept there. */
async function copyBlob(
	{ store, settings: { signal } }: Workshop,
	source: CachingSource,
	blob: Descriptor,
	file: PendingFile,
): Promise<void> {
	if (!source.local) return store.copyBlob(blob.digest, file);
	let position = 0;
	for await (const chunk of source.openBlob(blob, signal)) {
		file.write(chunk, position);
		position += chunk.length;
	}
}
