import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { GitFacts } from "../internal.js";

type Git = (...args: string[]) => string | undefined;

/** Returns what git says of the checkout in `directory`; nothing where there is no git or no commit. */
export function readGitFacts(directory: string): GitFacts {
	let problem: string | undefined;
	const git: Git = (...args) => {
		const env = { ...process.env, LC_ALL: "C" };
		const { status, stdout, stderr } = spawnSync("git", args, { cwd: directory, encoding: "utf8", env });
		if (status === 0) return stdout.trim() || undefined;
		problem ??= stderr?.trim().split("\n", 1)[0] || undefined;
		return undefined;
	};
	const shortRevision = git("rev-parse", "--short", "HEAD");
	if (shortRevision === undefined) return { problem };
	const describe = git("describe", "--tags", "--long");
	return {
		describe,
		count: git("rev-list", "--count", "HEAD"),
		shortRevision,
		isCutOff: isCutOff(git, directory, describe),
	};
}

/** In a shallow clone the count is right only if a tag was reached before the end of the history. */
function isCutOff(git: Git, directory: string, describe: string | undefined): boolean {
	if (git("rev-parse", "--is-shallow-repository") !== "true") return false;
	const tag = describe?.slice(0, describe.lastIndexOf("-", describe.lastIndexOf("-") - 1));
	if (tag === undefined) return true;
	const counted = git("rev-list", `${tag}..HEAD`)?.split("\n") ?? [];
	const path = resolve(directory, git("rev-parse", "--git-path", "shallow") ?? "");
	const boundaries = new Set(existsSync(path) ? readFileSync(path, "utf8").split("\n") : []);
	return counted.some((commit) => boundaries.has(commit));
}
