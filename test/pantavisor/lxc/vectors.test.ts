import { describe, expect, test } from "vitest";
import { sha256Hex } from "../../../src/ground/bytes/index.js";
import { encodeCanonicalJson, isJsonObject, parseJson } from "../../../src/ground/json/index.js";
import { renderLxcConfig } from "../../../src/pantavisor/lxc/index.js";
import { createRunManifest, encodeRunManifestText } from "../../../src/pantavisor/run/index.js";
import { parseSourceManifest } from "../../../src/pantavisor/source/index.js";
import { VECTORS, type Vector } from "../../support/pvr-vectors.js";

const short = (text: string): string => sha256Hex(text).slice(0, 16);

function input({ name, source, image, group }: Vector) {
	const members = parseJson(source, "vector");
	if (!isJsonObject(members)) throw new Error("vector");
	members.set("docker_config", parseJson(image, "vector"));
	return { name, group, source: parseSourceManifest(members, "src.json") };
}

describe.each(VECTORS)("$id", (vector) => {
	test.each([
		["036", vector.conf[0]],
		["037", vector.conf[1]],
		["046", vector.conf[2]],
	] as const)("lxc.container.conf of pvr %s", (compat, expected) => {
		const conf = renderLxcConfig({ ...input(vector), compat });
		expect(conf === undefined ? undefined : short(conf)).toBe(expected);
	});

	test("run.json", () => {
		const run = createRunManifest({ ...input(vector), compat: "046" });
		expect(short(encodeCanonicalJson(run))).toBe(vector.runValue);
		expect(short(encodeRunManifestText(run))).toBe(vector.runText);
	});

	test("without compat it is pvr 046's, but for the command line", () => {
		const conf = renderLxcConfig(input(vector));
		const pvr = renderLxcConfig({ ...input(vector), compat: "046" });
		if (/^v03|^v04/.test(vector.id)) expect(conf).not.toBe(pvr);
		else expect(conf).toBe(pvr);
		expect(createRunManifest(input(vector))).toEqual(createRunManifest({ ...input(vector), compat: "046" }));
	});
});
