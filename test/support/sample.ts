import { SEED } from "./seed.js";

/** Whether long series run as a whole, as in .ci/nightly. */
const LONG = process.env.PVPKG_LONG_TESTS !== undefined;

/** Returns how many values of an endless series run: `all` in .ci/nightly, else `sample`. */
export function countOf(all: number, sample: number): number {
	return LONG ? all : sample;
}

/**
 * Returns `count` of a long series, in its order: those that the seed chooses, so that other seeds choose others.
 * In .ci/nightly it is all of it.
 */
export function sampleOf<T>(series: readonly T[], count: number): readonly T[] {
	if (LONG || series.length <= count) return series;
	let state = SEED;
	const draws = series.map((_, at) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return { at, state };
	});
	const chosen = new Set(
		draws
			.sort((a, b) => a.state - b.state)
			.slice(0, count)
			.map(({ at }) => at),
	);
	return series.filter((_, at) => chosen.has(at));
}
