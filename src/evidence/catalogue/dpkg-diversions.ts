import type { Content } from "../../ground/bytes/index.js";
import { CatalogueFault } from "./errors.js";
import { DIVERSIONS_LIMIT } from "./limits.js";
import { readLines } from "./lines.js";

interface Diversion {
	/** Where the files of other packages went. */
	readonly to: string;
	/** The package whose own file stays where it is listed; `:`, the name of none, where the administrator diverts it. */
	readonly by: string;
}

/** What dpkg installs elsewhere than the lists of files say (dpkg-divert(1)). */
export class DpkgDiversions {
	/** By the path that is diverted. */
	readonly #diversions: Map<string, Diversion> = new Map();

	/**
	 * Adds those of `lib/dpkg/diversions`: three lines each, from where, to where, and by which package.
	 * @throws CatalogueFault where the file is larger than such a file is, or cut.
	 */
	read(content: Content): void {
		if (content.size > DIVERSIONS_LIMIT) {
			throw new CatalogueFault(`expected at most ${DIVERSIONS_LIMIT} bytes, got ${content.size}`);
		}
		let lines: string[] = [];
		for (const line of readLines(content)) {
			lines.push(line);
			const [from, to, by] = lines;
			if (by === undefined) continue;
			this.#diversions.set(from!, { to: to!, by });
			lines = [];
		}
		if (lines.length > 0)
			throw new CatalogueFault("expected three lines for each diversion: the file is cut");
	}

	/** Returns where the file lies that a package lists under a path. */
	placeOf(path: string, owner: string): string {
		const diversion = this.#diversions.get(path);
		return diversion === undefined || diversion.by === owner ? path : diversion.to;
	}
}
