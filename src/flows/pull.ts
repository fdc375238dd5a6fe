import { type OpenedImage, planImages, type Run, type RunSettings } from "../container/index.js";
import type { PendingFile } from "../ground/files/index.js";
import type { Descriptor, ImageSource } from "../image/oci/index.js";
import { type CachingSource, checkDiskPlan, OciLayoutWriter, type PullPlan } from "../image/sources/index.js";
import { withLayoutOutput } from "./layout-output.js";
import { openPull } from "./pull-plan.js";
import type { PullRequest } from "./requests.js";
import { withRun } from "./run.js";

/** Fetches the images of all platforms into the content store, and into an OCI layout or its archive if asked. */
export async function pullImage(request: PullRequest, settings: RunSettings): Promise<PullPlan> {
	const { layout } = request;
	if (layout === undefined) return pullInto(request, settings);
	return withLayoutOutput(layout, settings.temporaryDirectory, (directory) =>
		pullInto({ ...request, layout: directory }, settings),
	);
}

async function pullInto(request: PullRequest, settings: RunSettings): Promise<PullPlan> {
	return withRun(settings, async (run) => {
		const { layout, tag = "latest" } = request;
		const writer = layout === undefined ? undefined : new OciLayoutWriter(layout);
		const opened = await openPull(run, request);
		const plan = planImages(run, opened, layout ?? settings.temporaryDirectory);
		checkDiskPlan(plan);
		if (writer !== undefined) await writeLayout(run, opened, writer, tag);
		else await opened[0]!.source.prefetch(blobsOf(opened), run.settings.signal);
		return plan;
	});
}

/** Returns configurations and layers of images, each once. */
export function blobsOf(opened: readonly OpenedImage[]): Descriptor[] {
	const all = opened.flatMap(({ image: { manifest } }) => [manifest.config, ...manifest.layers]);
	return [...new Map(all.map((descriptor) => [descriptor.digest, descriptor])).values()];
}

/** Copies each blob as soon as it has arrived. */
async function writeLayout(
	run: Run,
	opened: readonly OpenedImage[],
	layout: OciLayoutWriter,
	tag: string,
): Promise<void> {
	const { signal } = run.settings;
	const { source } = opened[0]!;
	try {
		const blobs = blobsOf(opened).map(async (blob) => {
			await source.prefetch([blob], signal);
			await layout.addBlob(blob.digest, (file) => copyBlob(run, source, blob, file));
		});
		await Promise.all(blobs);
		const manifests = opened.map(async ({ image: { digest, platform } }) => {
			return { ...(await source.fetchManifest(digest, signal)), platform };
		});
		layout.commit(await Promise.all(manifests), tag);
	} finally {
		await layout.discard();
	}
}

/** Copies a blob from the store, or from a source on this machine, which is not kept there. */
export async function copyBlob(
	{ store, settings: { signal } }: Run,
	source: CachingSource,
	blob: Descriptor,
	file: PendingFile,
): Promise<void> {
	if (!source.local) return store.copyBlob(blob.digest, file);
	return copyContent(source, blob, file, signal);
}

/** Copies a blob as a source streams it. */
export async function copyContent(
	source: Pick<ImageSource, "openBlob">,
	blob: Descriptor,
	file: PendingFile,
	signal: AbortSignal | undefined,
): Promise<void> {
	let position = 0;
	for await (const chunk of source.openBlob(blob, signal)) {
		file.write(chunk, position);
		position += chunk.length;
	}
}
