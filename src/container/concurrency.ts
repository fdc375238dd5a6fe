/** Maps items, at most `limit` at a time; results in the order of the items, the first error wins. */
export async function mapConcurrently<T, R>(
	items: readonly T[],
	limit: number,
	work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
	const results = new Array<R>(items.length);
	let next = 0;
	const runner = async (): Promise<void> => {
		for (let index = next++; index < items.length; index = next++) {
			results[index] = await work(items[index]!, index);
		}
	};
	await Promise.all(Array.from({ length: Math.min(limit, items.length) }, runner));
	return results;
}
