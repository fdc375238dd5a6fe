/** Bytes of a new content that an old content has too. */
export interface Run {
	/** Position in the new content. */
	readonly at: number;
	/** Position in the old content. */
	readonly position: number;
	readonly length: number;
}

type OpenRun = { -readonly [K in keyof Run]: Run[K] };

/** Collects stretches that two contents have in common, and joins those that follow each other in both. */
export class EqualRuns {
	readonly #runs: OpenRun[] = [];

	/** Adds a stretch. They may come in any order, and more than once. */
	add(position: number, at: number, length: number): void {
		if (length > 0) joinOrPush(this.#runs, { at, position, length });
	}

	/** Returns the runs in the order of the new content, without overlaps there. */
	sorted(): Run[] {
		const runs: OpenRun[] = [];
		for (const { at, position, length } of this.#runs.sort((a, b) => a.at - b.at)) {
			const last = runs.at(-1);
			const covered = last === undefined ? 0 : Math.max(0, last.at + last.length - at);
			if (covered >= length) continue;
			joinOrPush(runs, { at: at + covered, position: position + covered, length: length - covered });
		}
		return runs;
	}
}

/**
 * Returns `runs`, and the parts of `others` that lie between them, in the order of the new content.
 * @param runs in this order, as are `others`; neither overlap among themselves.
 */
export function fillGaps(runs: readonly Run[], others: readonly Run[]): Run[] {
	const filled = new EqualRuns();
	let [next, end] = [0, 0];
	for (const other of others) {
		for (; next < runs.length && runs[next]!.at <= other.at; next++) {
			end = addRun(filled, runs[next]!);
		}
		let at = Math.max(other.at, end);
		const last = other.at + other.length;
		while (at < last) {
			const limit = Math.min(last, runs[next]?.at ?? last);
			filled.add(other.position + at - other.at, at, limit - at);
			at = limit;
			for (; next < runs.length && runs[next]!.at <= at; next++) {
				at = end = addRun(filled, runs[next]!);
			}
		}
	}
	for (; next < runs.length; next++) addRun(filled, runs[next]!);
	return filled.sorted();
}

function addRun(filled: EqualRuns, { at, position, length }: Run): number {
	filled.add(position, at, length);
	return at + length;
}

function joinOrPush(runs: OpenRun[], run: OpenRun): void {
	const last = runs.at(-1);
	const follows =
		last !== undefined && last.at + last.length === run.at && last.position + last.length === run.position;
	if (follows) last.length += run.length;
	else runs.push(run);
}
