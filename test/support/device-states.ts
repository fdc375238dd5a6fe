import fc from "fast-check";
import { encodeCanonicalJson, jsonObject } from "../../src/ground/json/index.js";

/** One container of a generated state, or configuration of one, with or without a signature over it. */
interface GeneratedPart {
	readonly name: string;
	readonly version: number;
	readonly files: readonly string[];
	readonly config: readonly string[];
	readonly signature: Signing;
}

type Signing = "none" | "part" | "noconfig" | "raw" | "wild" | "shared";

const NAMES = ["app", "web", "webfoo", "db"];
const FILES = ["run.json", "src.json", "root.squashfs", "lxc.container.conf", "a/b.txt"];

const part: fc.Arbitrary<GeneratedPart> = fc.record({
	name: fc.constantFrom(...NAMES),
	version: fc.nat(3),
	files: fc.subarray(FILES, { minLength: 1 }),
	config: fc.subarray(["etc/x", "etc/y.conf"]),
	signature: fc.constantFrom<Signing>("none", "part", "part", "noconfig", "raw", "wild", "shared"),
});

/** Canonical texts of a device's state and of a package for it; their signatures have patterns, but hold for nothing. */
export const importerCases: fc.Arbitrary<{ readonly running: string; readonly incoming: string }> = fc.record(
	{
		running: fc.array(part, { maxLength: 4 }).map((parts) => stateText([...parts, bsp])),
		incoming: fc.array(part, { minLength: 1, maxLength: 2 }).map(stateText),
	},
);

const bsp: GeneratedPart = { name: "bsp", version: 0, files: ["run.json"], config: [], signature: "raw" };

function stateText(parts: readonly GeneratedPart[]): string {
	const members: Record<string, string | ReturnType<typeof jsonObject>> = {
		"#spec": "pantavisor-service-system@1",
	};
	for (const { name, version, files, config, signature } of parts) {
		for (const file of files) {
			members[`${name}/${file}`] = file.endsWith(".json")
				? jsonObject({ "#spec": file, name, version: String(version) })
				: hash(version);
		}
		for (const file of config) members[`_config/${name}/${file}`] = hash(version);
		if (signature !== "none") members[`_sigs/${name}.json`] = signatureDocument(name, signature, version);
	}
	return encodeCanonicalJson(jsonObject(members));
}

function hash(version: number): string {
	return String(version).repeat(64);
}

function signatureDocument(
	name: string,
	signing: Exclude<Signing, "none">,
	version: number,
): ReturnType<typeof jsonObject> {
	const own = { include: [`${name}/**`], exclude: [`${name}/src.json`, `_sigs/${name}.json`] };
	const pvs = {
		part: { ...own, include: [...own.include, `_config/${name}/**`] },
		noconfig: own,
		raw: { include: [`${name}/run.json`, `${name}/*`], exclude: [] },
		wild: { include: own.include, exclude: ["**/src.json"] },
		shared: { include: [...own.include, "_config/web/**", "web/**"], exclude: [] },
	}[signing];
	const header = { alg: "RS256", pvs, typ: "PVS", version: String(version) };
	return jsonObject({
		"#spec": "pvs@2",
		protected: Buffer.from(JSON.stringify(header)).toString("base64url"),
		signature: "AA",
	});
}
