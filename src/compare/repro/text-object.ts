import { type Content, contentBytes } from "../../ground/bytes/index.js";
import { explainPart } from "../../pantavisor/lxc/index.js";
import { parseSourceManifest } from "../../pantavisor/source/index.js";
import type { State } from "../../pantavisor/state/index.js";
import { type Difference, difference } from "./difference.js";

/** Bytes of the largest object that counts as text. */
const TEXT_LIMIT = 1 << 20;

/** Returns the lines of an object; undefined if it is not text. */
export function textLines(content: Content): readonly string[] | undefined {
	if (content.size > TEXT_LIMIT) return undefined;
	const bytes = Buffer.from(contentBytes(content));
	const text = bytes.toString("utf8");
	return text.includes("\0") || !Buffer.from(text, "utf8").equals(bytes) ? undefined : text.split("\n");
}

/** Yields the lines that differ; for an LXC configuration with the setting that they come from. */
export function* compareLines(
	key: string,
	[a, b]: readonly [readonly string[], readonly string[]],
	[before, after]: readonly [State, State],
): Generator<Difference> {
	const isConfig = key.endsWith("/lxc.container.conf");
	const [olds, news] = [before, after].map((state) => (isConfig ? originsOf(key, state) : undefined));
	for (let i = 0; i < Math.max(a.length, b.length); i++) {
		const [x, y] = [a[i], b[i]];
		if (x === y) continue;
		const origin = olds?.get(x ?? "") ?? news?.get(y ?? "");
		const what = `line ${i + 1}${origin === undefined ? "" : ` (from ${origin})`}:`;
		yield difference(
			"configuration",
			key,
			what,
			x === undefined ? "the end" : JSON.stringify(x),
			y === undefined ? "the end" : JSON.stringify(y),
		);
		// If one has more lines, all later lines are in another place.
		if (a.length !== b.length) return;
	}
}

/** Returns the setting that each line comes from, like `explain`. */
function originsOf(key: string, state: State): ReadonlyMap<string, string> {
	const origins = new Map<string, string>();
	const name = key.slice(0, key.lastIndexOf("/"));
	const source = state.get(`${name}/src.json`);
	if (source === undefined) return origins;
	try {
		const manifest = parseSourceManifest(source, `${name}/src.json`);
		for (const { lxc, subject } of explainPart({ name, source: manifest })) {
			for (const line of lxc) if (!origins.has(line)) origins.set(line, subject);
		}
	} catch {
		// A src.json that cannot be read explains nothing. It is reported elsewhere.
	}
	return origins;
}
