import type { PackageChange } from "./platform-report.js";

/** Returns the stored bytes by which a package makes images grow; negative if they shrink. */
export function packageGrowth({ old: before, new: after }: Pick<PackageChange, "old" | "new">): number {
	return (after?.stored ?? 0) - (before?.stored ?? 0);
}
