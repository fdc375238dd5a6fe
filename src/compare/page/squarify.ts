export interface Rectangle {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

/**
 * Divides a rectangle among weights, so that areas are in proportion and sides nearly equal (Bruls,
 * Huizing and van Wijk, "Squarified Treemaps", 2000).
 * @param weights positive numbers, the largest first.
 */
export function squarify(weights: readonly number[], area: Rectangle): Rectangle[] {
	const total = weights.reduce((sum, weight) => sum + weight, 0);
	const scale = total > 0 ? (area.width * area.height) / total : 0;
	const rectangles: Rectangle[] = [];
	let rest = area;
	for (let start = 0; start < weights.length; ) {
		const side = Math.min(rest.width, rest.height);
		const end = rowEnd(weights, start, scale, side);
		rest = placeRow(weights.slice(start, end), scale, rest, rectangles);
		start = end;
	}
	return rectangles;
}

/** Returns the end of the row that begins at `start`: the first weight that would make its shape worse. */
function rowEnd(weights: readonly number[], start: number, scale: number, side: number): number {
	let sum = 0;
	let best = Number.POSITIVE_INFINITY;
	const largest = weights[start]! * scale;
	for (let end = start; end < weights.length; end++) {
		sum += weights[end]! * scale;
		const smallest = weights[end]! * scale;
		const worst = Math.max((side * side * largest) / (sum * sum), (sum * sum) / (side * side * smallest));
		if (worst > best) return end;
		best = worst;
	}
	return weights.length;
}

/** Lays a row along the shorter side. @returns the rest of the area. */
function placeRow(row: readonly number[], scale: number, area: Rectangle, into: Rectangle[]): Rectangle {
	const { x, y, width, height } = area;
	const size = row.reduce((sum, weight) => sum + weight, 0) * scale;
	const isColumn = width >= height;
	const depth = size === 0 ? 0 : size / (isColumn ? height : width);
	let position = 0;
	for (const weight of row) {
		const length = depth === 0 ? 0 : (weight * scale) / depth;
		into.push(
			isColumn
				? { x, y: y + position, width: depth, height: length }
				: { x: x + position, y, width: length, height: depth },
		);
		position += length;
	}
	return isColumn
		? { x: x + depth, y, width: width - depth, height }
		: { x, y: y + depth, width, height: height - depth };
}
