// What a device's importer, `pvtx add` and `pvtx remove`, makes of a state: written after its source, apart from
// the project's own code, in the plainest way. States are plain values here and keep the order of their text.

type PlainState = Record<string, unknown>;

const EMPTY = '{"#spec":"pantavisor-service-system@1"';

/** The text of a device's state after a package was added to it. */
export function importPackage(running: string, incoming: string): string {
	const before = membersOf(running);
	const after = membersOf(incoming);
	const patterns = before.map(([key, value]) => signaturePatterns(key, value));
	const gone = new Set(after.flatMap(([key]) => removedBy(key, before, patterns)));
	return textOf(
		merge(
			before.filter(([key]) => !gone.has(key)),
			after,
		),
	);
}

/** The text of a device's state after a part was removed from it. */
export function removePart(running: string, part: string): string {
	const before = membersOf(running);
	const patterns = before.map(([key, value]) => signaturePatterns(key, value));
	const gone = new Set(removedBy(part, before, patterns));
	return gone.size === 0 ? running : textOf(before.filter(([key]) => !gone.has(key)));
}

type Member = readonly [key: string, value: unknown];

/** All but the first, which it takes for `#spec`. */
function membersOf(text: string): Member[] {
	return Object.entries(JSON.parse(text) as PlainState).slice(1);
}

function removedBy(part: string, members: readonly Member[], patterns: readonly string[][]): string[] {
	let name = part;
	if (part.startsWith("_config/")) name = part.slice(8);
	if (part.startsWith("_sigs/")) name = part.slice(6);
	const own = members.findIndex(([key]) => key.startsWith("_sigs/") && key.slice(6).startsWith(name));
	const mine = [part, ...(patterns[own] ?? [])];
	const gone: string[] = [];
	for (const [key] of members) {
		let [ours, all] = [0, 0];
		for (const pattern of mine) if (key.startsWith(pattern)) ours++;
		for (const pattern of patterns.flat()) if (key.startsWith(pattern)) all++;
		if (ours >= 1 && all <= ours) gone.push(key);
	}
	return gone;
}

function signaturePatterns(key: string, value: unknown): string[] {
	const header = (value as { protected?: unknown } | null)?.protected;
	if (!key.startsWith("_sigs/") || typeof header !== "string") return [];
	const { pvs } = JSON.parse(Buffer.from(header, "base64url").toString()) as {
		pvs: { include: string[]; exclude: string[] };
	};
	return [...pvs.include, ...pvs.exclude].map((pattern) => pattern.split("*")[0]!);
}

function merge(before: readonly Member[], after: readonly Member[]): Member[] {
	const [left, right] = [[...before], [...after]];
	const merged: Member[] = [];
	while (left.length > 0 || right.length > 0) {
		const fromRight = left.length === 0 || (right.length > 0 && right[0]![0] < left[0]![0]);
		merged.push((fromRight ? right : left).shift()!);
	}
	return merged;
}

function textOf(members: readonly Member[]): string {
	return `${[EMPTY, ...members.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)].join(",")}}`;
}
