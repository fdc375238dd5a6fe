import { join } from "node:path";
import { PendingFile, sha256Hex, writeFileAtomically } from "../bytes/index.js";
import type { Descriptor, Image, Platform } from "../oci/index.js";
import { type CachingSource, checkDiskPlan, type PullPlan } from "../sources/index.js";
import { planOpened } from "./plan.js";
import { type OpenedImage, openPlatforms } from "./platforms.js";
import type { BuildSettings } from "./settings.js";
import { Workshop } from "./workshop.js";

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
		const opened = await openPlatforms(workshop, request.image, request.platforms);
		const plan = planOpened(workshop, opened, request.layout ?? settings.temporaryDirectory);
		checkDiskPlan(plan);
		const { layout, tag = "latest" } = request;
		await Promise.all(
			blobsOf(opened.images).map(async (blob) => {
				await opened.source.prefetch([blob], workshop.settings.signal);
				if (layout !== undefined)
					await copyBlob(workshop, opened.source, blob, blobPath(layout, blob.digest));
			}),
		);
		if (layout !== undefined) await writeIndexes(opened, workshop, layout, tag);
		return plan;
	});
}

function blobsOf(images: readonly Image[]): Descriptor[] {
	const all = images.flatMap(({ manifest }) => [manifest.config, ...manifest.layers]);
	return [...new Map(all.map((descriptor) => [descriptor.digest, descriptor])).values()];
}

/** From the store, or from a source on this machine, which is not kept there. */
async function copyBlob(
	{ store, settings: { signal } }: Workshop,
	source: CachingSource,
	blob: Descriptor,
	path: string,
): Promise<void> {
	const file = PendingFile.create(path);
	try {
		if (!source.local) {
			await store.copyBlob(blob.digest, file);
		} else {
			let position = 0;
			for await (const chunk of source.openBlob(blob, signal)) {
				file.write(chunk, position);
				position += chunk.length;
			}
		}
		file.commit();
	} finally {
		file.discard();
	}
}

/** What makes an OCI image layout of blobs: `index.json` last, so that it never names what is not there. */
async function writeIndexes(
	{ source, images }: OpenedImage,
	workshop: Workshop,
	directory: string,
	tag: string,
): Promise<void> {
	const { signal } = workshop.settings;
	const manifests = [];
	for (const image of images) {
		const { descriptor, bytes } = await source.fetchManifest(image.digest, signal);
		writeFileAtomically(blobPath(directory, descriptor.digest), bytes);
		const { mediaType, digest, size } = descriptor;
		const annotations = { "org.opencontainers.image.ref.name": tag };
		manifests.push({
			mediaType,
			digest,
			size,
			platform: image.platform,
			...(images.length === 1 && { annotations }),
		});
	}
	const index = images.length === 1 ? manifests : [writeIndex(directory, manifests, tag)];
	writeFileAtomically(join(directory, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
	writeFileAtomically(join(directory, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: index }));
}

function writeIndex(directory: string, manifests: readonly object[], tag: string): object {
	const mediaType = "application/vnd.oci.image.index.v1+json";
	const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
	const digest = `sha256:${sha256Hex(bytes)}`;
	writeFileAtomically(blobPath(directory, digest), bytes);
	const annotations = { "org.opencontainers.image.ref.name": tag };
	return { mediaType, digest, size: bytes.length, annotations };
}

function blobPath(directory: string, digest: string): string {
	return join(directory, "blobs", ...digest.split(":"));
}
