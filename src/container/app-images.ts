import { type Platform, parsePlatform } from "../image/oci/index.js";
import type { SourceManifest } from "../pantavisor/source/index.js";
import type { AppBench, AppImage, AppImages, RootFile } from "./app-bench.js";
import { BuildError } from "./errors.js";
import { type ChosenImage, chooseRecordedImage } from "./image-choice.js";
import { makeOverlayImage } from "./overlay-image.js";
import { makeRootImage } from "./root-image.js";

/** A container whose images are to be made of what its `src.json` records. */
export interface AppPlan {
	readonly name: string;
	readonly source: SourceManifest;
	/** The image, where it was opened already. */
	readonly chosen?: ChosenImage | undefined;
	/** Makes images anew even if they are of the right ones. */
	readonly rebuild?: boolean | undefined;
}

/**
 * Makes a container: its images, unless they are up to date (spec/pvr-behaviour.md 4.4), its
 * rendered files, and before it the base it lies on.
 */
export async function installApp(bench: AppBench, plan: AppPlan): Promise<void> {
	const { name } = plan;
	const source = plan.source.base === undefined ? plan.source : await settleBase(bench, name, plan.source);
	const images = await makeImages(bench, { ...plan, source });
	await bench.write(name, source, images);
}

/** Installs the base, and takes over what its image is. */
async function settleBase(bench: AppBench, name: string, source: SourceManifest): Promise<SourceManifest> {
	const base = source.base!;
	const below = bench.source(base);
	if (base === name || below.base !== undefined || below.dockerDigest === undefined) {
		const reason = "expected a container with docker_digest and without a base of its own";
		throw new BuildError("ERR_BUILD_REQUEST", `${name}: base ${base}: ${reason}`);
	}
	if (!bench.isCurrent(base, "root.squashfs", below.dockerDigest) && !bench.hasMade(base)) {
		await installApp(bench, { name: base, source: below });
	}
	return { ...source, dockerDigest: below.dockerDigest };
}

async function makeImages(bench: AppBench, plan: AppPlan): Promise<AppImages> {
	const { name, source } = plan;
	if (source.dockerDigest === undefined && source.dockerName === undefined) return keptImages(bench, name);
	if (source.dockerOvlDigest === undefined) {
		return new Map([["root.squashfs", await makeRoot(bench, plan)]]);
	}
	const images = new Map<RootFile, AppImage>();
	if (source.base === undefined) {
		const { dockerOvlDigest: _, ...own } = source;
		images.set("root.squashfs", await makeRoot(bench, { name, source: own }));
	}
	images.set("root.ovl.squashfs", await makeOverlay(bench, plan, images.get("root.squashfs")));
	return images;
}

/** Root file systems without an image behind them stay as they are. */
function keptImages(bench: AppBench, name: string): AppImages {
	const files: RootFile[] = ["root.squashfs", "root.ovl.squashfs"];
	return new Map(files.filter((file) => bench.openImage(name, file)).map((file) => [file, "kept"]));
}

async function makeRoot(bench: AppBench, plan: AppPlan): Promise<AppImage> {
	const { name, source, rebuild } = plan;
	if (!rebuild && bench.isCurrent(name, "root.squashfs", source.dockerDigest)) return "kept";
	const chosen = plan.chosen ?? (await recorded(bench, name, source));
	return makeRootImage(bench.workshop, chosen.source, chosen.image, source);
}

async function makeOverlay(bench: AppBench, plan: AppPlan, own: AppImage | undefined): Promise<AppImage> {
	const { name, source, rebuild } = plan;
	const owner = source.base ?? name;
	const isSettled = !rebuild && (owner === name ? own === "kept" : isInstalledOn(bench, name, source));
	if (isSettled && bench.isCurrent(name, "root.ovl.squashfs", source.dockerOvlDigest)) return "kept";
	const below = own !== undefined && own !== "kept" ? own : bench.openImage(owner, "root.squashfs");
	if (below === undefined) {
		throw new BuildError(
			"ERR_BUILD_REQUEST",
			`${owner}/root.squashfs: find base: expected an image, got none`,
		);
	}
	const chosen = plan.chosen ?? (await recorded(bench, name, source));
	return makeOverlayImage(bench.workshop, chosen.source, chosen.image, source, below);
}

/** Whether the container was made over the base as it is now. */
function isInstalledOn(bench: AppBench, name: string, source: SourceManifest): boolean {
	return !bench.hasMade(source.base!) && bench.source(name).dockerDigest === source.dockerDigest;
}

function recorded(bench: AppBench, name: string, source: SourceManifest): Promise<ChosenImage> {
	const platforms: Platform[] =
		source.dockerPlatform === undefined ? [] : [parsePlatform(source.dockerPlatform)];
	return chooseRecordedImage(bench.workshop, source, platforms, `${name}/src.json`);
}
