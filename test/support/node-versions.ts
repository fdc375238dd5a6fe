import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** A Node that is not the one of this process. */
export interface OtherNode {
	readonly major: number;
	/** Of the program. */
	readonly path: string;
}

/** Returns the versions of Node that .ci/nightly has installed, besides the one that runs. */
export function otherNodes(): OtherNode[] {
	const tools = process.env.PVPKG_CI_TOOLS || join(homedir(), ".cache/pvpkg-ci");
	const machine = process.arch === "arm64" ? "arm64" : "x64";
	const own = Number(process.versions.node.split(".")[0]);
	return [20, 22, 24]
		.map((major) => ({
			major,
			path: join(tools, `node-${major}/node_modules/node-linux-${machine}/bin/node`),
		}))
		.filter(({ major, path }) => major !== own && existsSync(path));
}
