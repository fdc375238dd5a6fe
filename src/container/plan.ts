import { type PlanPlaces, type PullPlan, planPull, planRootfs } from "../image/sources/index.js";
import { sizeOfRootfs } from "./image-tree.js";
import type { OpenedImage, OpenedInput } from "./open.js";
import type { Run } from "./run.js";

/** Plans what fetching and making opened inputs takes; they are all of one IMAGE. */
export async function planInputs(
	run: Run,
	opened: readonly OpenedInput[],
	outputDirectory: string,
): Promise<PullPlan> {
	const rootfs = opened.find((one) => one.kind === "rootfs");
	if (rootfs?.platform === undefined) {
		return planImages(
			run,
			opened.filter((one) => one.kind === "image"),
			outputDirectory,
		);
	}
	const size = await sizeOfRootfs(run, rootfs.input);
	return planRootfs(rootfs.platform, size, planPlaces(run, outputDirectory));
}

/** As `planInputs`, where there are only images. */
export function planImages(run: Run, opened: readonly OpenedImage[], outputDirectory: string): PullPlan {
	const images = opened.map(({ image }) => image);
	return planPull(images, { ...planPlaces(run, outputDirectory), local: opened[0]?.source.local });
}

function planPlaces({ store, settings: { temporaryDirectory } }: Run, outputDirectory: string): PlanPlaces {
	return { store, temporaryDirectory, outputDirectory };
}
