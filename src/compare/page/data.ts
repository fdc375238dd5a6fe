/** Shape of the page's data, which compare/report/page-data.ts writes. */
interface PageData {
	readonly paths: readonly (number | string)[];
	readonly platforms: readonly {
		readonly compared: boolean;
		readonly size: readonly number[];
		readonly stored: readonly number[];
		readonly changes: readonly (readonly [path: number, change: number, size: number, stored: number])[];
	}[];
}

/** Names of the changes, by their numbers in the data. */
const CHANGE_WORDS = ["new", "removed", "changed", "attributes", "other kind"] as const;

/** A file, an object or a table. Sizes are in bytes. */
export interface Leaf {
	readonly path: string;
	/** The path in lower case, for the search. */
	readonly lower: string;
	/** Size of its content. */
	readonly size: number;
	/** Bytes that it takes in the package; 0 for a removed file. */
	readonly stored: number;
	/** Growth in stored bytes. */
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
	return platforms.map(({ compared, size, stored, changes }) => {
		const changed = new Map(changes.map((change) => [change[0], change]));
		const leaves = paths.flatMap((path, i): Leaf[] => {
			const change = changed.get(i);
			if (stored[i] === -1 && change === undefined) return [];
			const now = Math.max(0, stored[i]!);
			return [
				{
					path,
					lower: path.toLowerCase(),
					size: size[i] === -1 ? change![2] : size[i]!,
					stored: now,
					growth: change ? now - Math.max(0, change[3]) : 0,
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
