/** Shape of the page's data, which compare/report/page-data.ts writes. */
interface PageData {
	readonly paths: readonly (number | string)[];
	readonly platforms: readonly {
		readonly compared: boolean;
		readonly size: readonly number[];
		readonly stored: readonly number[];
		readonly growth: readonly number[];
		readonly changes: readonly (readonly [path: number, change: number, size: number])[];
		readonly parts: readonly number[];
	}[];
}

/** Names of the changes, by their numbers in the data. */
const CHANGE_WORDS = ["new", "removed", "changed", "attributes", "other kind"] as const;

/** A file, an object or a table. Sizes are in bytes. */
export interface Leaf {
	readonly path: string;
	/** The path in lower case, for the search. */
	readonly lower: string;
	/** A regular file of the new images, another name of an image that differs, or neither: an object or a table. */
	readonly kind: "file" | "name" | "part";
	/** Size of its content. */
	readonly size: number;
	/** Bytes that it takes in the package; 0 for a removed file. */
	readonly stored: number;
	/** Growth in stored bytes. An unchanged file can have another share of a block than before. */
	readonly growth: number;
	readonly change: (typeof CHANGE_WORDS)[number] | undefined;
}

export interface Platform {
	/** Whether there is an older package. */
	readonly compared: boolean;
	readonly leaves: readonly Leaf[];
}

/** Reads the data element of the page. */
export function readData(text: string): Platform[] {
	const { paths: coded, platforms } = JSON.parse(text) as PageData;
	const paths = decodePaths(coded);
	return platforms.map(({ compared, size, stored, growth, changes, parts }) => {
		const changed = new Map(changes.map((change) => [change[0], change]));
		const isPart = new Set(parts);
		const leaves = paths.flatMap((path, i): Leaf[] => {
			const change = changed.get(i);
			if (stored[i] === -1 && change === undefined) return [];
			return [
				{
					path,
					lower: path.toLowerCase(),
					kind: isPart.has(i) ? "part" : size[i] === -1 ? "name" : "file",
					size: size[i] === -1 ? change![2] : size[i]!,
					stored: Math.max(0, stored[i]!),
					growth: growth[i] ?? 0,
					change: change && CHANGE_WORDS[change[1]],
				},
			];
		});
		return { compared, leaves };
	});
}

function decodePaths(coded: readonly (number | string)[]): string[] {
	const paths: string[] = [];
	let last = "";
	for (let i = 0; i < coded.length; i += 3) {
		const [start, end, middle] = coded.slice(i, i + 3) as [number, number, string];
		last = last.slice(0, start) + middle + last.slice(last.length - end);
		paths.push(last);
	}
	return paths;
}
