import { availableParallelism } from "node:os";
import { readSystemText } from "../ground/files/index.js";

const CGROUP_ROOT = "/sys/fs/cgroup";

/**
 * Returns the number of processors this process may use, at least 1: those of the affinity mask, limited by the
 * CPU quotas of its control group and of every group above it (v2 `cpu.max`, v1 `cpu.cfs_quota_us`). A fraction
 * of a processor counts as a whole one.
 */
export function processorCount(read: (path: string) => string | undefined = readSystemText): number {
	const quotas = [...unifiedGroups(read), ...legacyGroups(read)];
	return Math.max(1, Math.min(availableParallelism(), ...quotas.map(Math.ceil)));
}

function unifiedGroups(read: (path: string) => string | undefined): number[] {
	return groupFolders(read, "").flatMap((folder) => {
		const [quota, period] = (read(`${folder}/cpu.max`) ?? "").trim().split(" ");
		return ratio(quota, period);
	});
}

function legacyGroups(read: (path: string) => string | undefined): number[] {
	return groupFolders(read, "cpu").flatMap((folder) =>
		ratio(read(`${folder}/cpu.cfs_quota_us`), read(`${folder}/cpu.cfs_period_us`)),
	);
}

/** Returns the folders of the process's own group and all groups above it, in the named v1 hierarchy ("": v2). */
function groupFolders(read: (path: string) => string | undefined, controller: string): string[] {
	const mount = controller === "" ? CGROUP_ROOT : `${CGROUP_ROOT}/${controller}`;
	const parts = (ownGroup(read, controller) ?? "").split("/").filter((part) => part !== "");
	return [mount, ...parts.map((_, i) => [mount, ...parts.slice(0, i + 1)].join("/"))];
}

function ownGroup(read: (path: string) => string | undefined, controller: string): string | undefined {
	for (const line of (read("/proc/self/cgroup") ?? "").split("\n")) {
		const [, controllers = "-", path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
		if (controller === "" ? controllers === "" : controllers.split(",").includes(controller)) return path;
	}
	return undefined;
}

/** Returns quota divided by period; empty if unlimited ("max", -1) or absent. */
function ratio(quota: string | undefined, period: string | undefined): number[] {
	const processors = Number(quota) / Number(period);
	return quota !== undefined && Number.isFinite(processors) && processors > 0 ? [processors] : [];
}
