import fc from "fast-check";
import { expect, test } from "vitest";
import { flattenArchives } from "../../support/layers.js";
import type { TarHeader } from "../../support/tar-builder.js";
import { dir, file, hardlink } from "../../support/tar-members.js";

/** What the model keeps of an entry: which layer set it, and its line in a listing. */
interface Kept {
	readonly layer: number;
	readonly directory: boolean;
	/** Of a file: the same for all names of one inode. */
	readonly inode: number;
	readonly text: string;
}

/** The flattened tree as a plain table of paths: slow, and easy to believe. */
class Model {
	readonly #paths = new Map<string, Kept>();
	#layer = 0;
	#inodes = 0;

	apply(layer: readonly TarHeader[]): void {
		for (const entry of layer) this.#applyEntry(entry, String(entry.path));
		this.#layer++;
	}

	list(): string[] {
		const first = new Map<number, string>();
		return [...this.#paths.keys()].sort(byParts).map((path) => {
			const { directory, inode, text } = this.#paths.get(path)!;
			const other = first.get(inode);
			if (!directory && other !== undefined) return `${path} = ${other}`;
			first.set(inode, path);
			return `${path} ${text}`;
		});
	}

	#applyEntry(entry: TarHeader, path: string): void {
		const slash = path.lastIndexOf("/") + 1;
		const parent = path.slice(0, slash);
		const name = path.slice(slash);
		if (name === ".wh..wh..opq") this.#hide((other) => other.startsWith(parent));
		else if (name.startsWith(".wh.")) {
			const hidden = parent + name.slice(4);
			this.#hide((other) => other === hidden || other.startsWith(`${hidden}/`));
		} else this.#put(entry, path);
	}

	/** Takes lower layers' entries away; those that this layer has something below become implicit. */
	#hide(isHidden: (path: string) => boolean): void {
		for (const [path, { layer }] of [...this.#paths]) {
			if (layer === this.#layer || !isHidden(path)) continue;
			const needed = [...this.#paths].some(
				([below, kept]) => below.startsWith(`${path}/`) && kept.layer === this.#layer,
			);
			if (needed) this.#set(path, "dir 755", true);
			else this.#paths.delete(path);
		}
	}

	#put(entry: TarHeader, path: string): void {
		const parts = path.split("/");
		for (let depth = 1; depth < parts.length; depth++) {
			const above = parts.slice(0, depth).join("/");
			const kept = this.#paths.get(above);
			if (kept === undefined) this.#set(above, "dir 755", true);
			else if (!kept.directory) throw new Error("refused");
		}
		if (entry.type === "1") this.#link(path, String(entry.link));
		else if (entry.type === "5") {
			if (this.#paths.get(path)?.directory !== true) this.#remove(path);
			this.#set(path, `dir ${Number(entry.mode).toString(8)}`, true);
		} else {
			this.#remove(path);
			this.#set(path, `${JSON.stringify(entry.body)} 644`, false);
		}
	}

	#link(path: string, target: string): void {
		const kept = this.#paths.get(target);
		if (kept === undefined || kept.directory || target === path) throw new Error("refused");
		this.#remove(path);
		this.#paths.set(path, { ...kept, layer: this.#layer });
	}

	#remove(path: string): void {
		for (const other of [...this.#paths.keys()]) {
			if (other === path || other.startsWith(`${path}/`)) this.#paths.delete(other);
		}
	}

	#set(path: string, text: string, directory: boolean): void {
		this.#inodes++;
		this.#paths.set(path, { layer: this.#layer, directory, inode: this.#inodes, text });
	}
}

/** The order of a walk: a directory's entries come before what sorts behind its name. */
function byParts(a: string, b: string): number {
	return a.replaceAll("/", "\0") < b.replaceAll("/", "\0") ? -1 : 1;
}

const path = fc
	.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 })
	.map((names) => names.join("/"));
const parent = fc.oneof(
	fc.constant(""),
	path.map((text) => `${text}/`),
);
const whiteout = fc.oneof(
	parent.map((text) => file(`${text}.wh..wh..opq`)),
	fc.tuple(parent, fc.constantFrom("a", "b", "c")).map(([text, name]) => file(`${text}.wh.${name}`)),
);
const entry = fc.oneof(
	{ weight: 3, arbitrary: fc.tuple(path, fc.constantFrom("x", "y")).map(([text, body]) => file(text, body)) },
	{
		weight: 3,
		arbitrary: fc.tuple(path, fc.constantFrom(0o700, 0o711)).map(([text, mode]) => dir(text, mode)),
	},
	{ weight: 1, arbitrary: fc.tuple(path, path).map(([text, target]) => hardlink(text, target)) },
	{ weight: 2, arbitrary: whiteout },
);

test("flattening equals a naive model, for any layers", async () => {
	const layers = fc.array(fc.array(entry, { maxLength: 6 }), { minLength: 1, maxLength: 4 });
	let refused = 0;
	await fc.assert(
		fc.asyncProperty(layers, async (parts) => {
			const model = new Model();
			let expected: string[] | undefined;
			try {
				for (const layer of parts) model.apply(layer);
				expected = [". dir 755", ...model.list()];
			} catch {
				refused++;
			}
			const got = await flattenArchives(parts).catch((error: Error) => error.name);
			expect(got).toEqual(expected ?? "RootfsError");
		}),
		{ numRuns: 1000 },
	);
	expect(refused).toBeLessThan(800);
});

test("where in its layer a whiteout stands does not matter", async () => {
	// Upper-case names are directories, lower-case ones files, so that nothing is refused.
	const folder = fc
		.array(fc.constantFrom("A", "B"), { maxLength: 2 })
		.map((names) => names.map((name) => `${name}/`).join(""));
	const below = fc.oneof(
		fc.tuple(folder, fc.constantFrom("x", "y")).map(([text, name]) => file(text + name, text)),
		fc.tuple(folder, fc.constantFrom("A", "B")).map(([text, name]) => dir(text + name, 0o711)),
	);
	const hiding = fc
		.tuple(folder, fc.constantFrom("A", "B", "x", "y", ".wh..opq"))
		.map(([text, name]) => file(`${text}.wh.${name}`));
	const base = fc.array(below, { maxLength: 6 });
	await fc.assert(
		fc.asyncProperty(
			base,
			base,
			fc.array(hiding, { maxLength: 3 }),
			fc.nat(),
			async (lower, upper, marks, at) => {
				const first = await flattenArchives([lower, [...marks, ...upper]]);
				const cut = at % (upper.length + 1);
				const mixed = [...upper.slice(0, cut), ...marks.toReversed(), ...upper.slice(cut)];
				expect(await flattenArchives([lower, mixed])).toEqual(first);
			},
		),
		{ numRuns: 300 },
	);
});
