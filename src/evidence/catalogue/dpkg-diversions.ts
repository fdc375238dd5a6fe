import type { Content } from "../../ground/bytes/index.js";
import { CatalogueFault } from "./errors.js";
import { DIVERSIONS_LIMIT } from "./limits.js";
import { readLines } from "./lines.js";

interface Diversion {
	/** Path where the files of other packages are installed. */
	readonly to: string;
	/**
	 * The package whose own file stays at the listed path. It is `:`, the name of no package, for the
	 * administrator.
	 */
	readonly by: string;
}

/** The files that dpkg installs at other paths than the lists say (dpkg-divert(1)). */
export class DpkgDiversions {
	/** Diversions by the diverted path. */
	readonly #diversions: Map<string, Diversion> = new Map();

	/**
	 * Adds the diversions of `lib/dpkg/diversions`, each with three lines: from where, to where, by which
	 * package.
	 * @throws CatalogueFault if the file is too large, or cut.
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

	/** Returns the real path of a file that a package lists. */
	placeOf(path: string, owner: string): string {
		const diversion = this.#diversions.get(path);
		return diversion === undefined || diversion.by === owner ? path : diversion.to;
	}
}
