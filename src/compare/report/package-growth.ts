import type { PackageChange } from "./platform-report.js";

/** Returns the stored bytes by which a package lets images grow; negative when it shrinks. */
export function packageGrowth({ old: before, new: after }: Pick<PackageChange, "old" | "new">): number {
	return (after?.stored ?? 0) - (before?.stored ?? 0);
}
