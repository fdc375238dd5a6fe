import { execFileSync } from "node:child_process";
import type { GitFacts } from "../index.js";

/** What git says of the checkout in `directory`; nothing where there is no git or no commit. */
export function readGitFacts(directory: string): GitFacts {
	const git = (...args: string[]): string | undefined => {
		try {
			const output = execFileSync("git", args, { cwd: directory, stdio: ["ignore", "pipe", "ignore"] });
			return output.toString("utf8").trim() || undefined;
		} catch {
			return undefined;
		}
	};
	return {
		describe: git("describe", "--tags", "--long"),
		count: git("rev-list", "--count", "HEAD"),
		shortRevision: git("rev-parse", "--short", "HEAD"),
	};
}
