import { type PullPlan, planRootfs } from "../image/sources/index.js";
import { sizeOfRootfs } from "./image-tree.js";
import type { OpenedInput } from "./open.js";
import { planImages, planPlaces } from "./plan.js";
import type { Run } from "./run.js";

/** Plans as `planImages` does, for images or a root file system. */
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
