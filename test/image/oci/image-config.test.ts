import { expect, test } from "vitest";
import { encodeCompactJson } from "../../../src/ground/json/index.js";
import { parseImageConfig } from "../../../src/image/oci/index.js";

const diffId = `sha256:${"1a".repeat(32)}`;
const parse = (text: string) => parseImageConfig(Buffer.from(text), "app: config");

test("the config member stays as it was written", () => {
	const config = '{"Env":null,"Cmd":["sh"],"Timeout":1.50,"Volumes":{"/b":{},"/a":{}},"ExposedPorts":null}';
	const text = `{"architecture":"arm","variant":"v6","os":"linux","config":${config},"rootfs":{"diff_ids":["${diffId}"]}}`;
	const parsed = parse(text);
	expect(encodeCompactJson(parsed.config!)).toBe(config);
	expect(parsed.platform).toEqual({ os: "linux", architecture: "arm", variant: "v6" });
	expect(parsed.diffIds).toEqual([diffId]);
});

test("no config, a null config, no os and no architecture are let through", () => {
	expect(parse('{"rootfs":{"diff_ids":null}}')).toEqual({
		platform: { os: "", architecture: "" },
		diffIds: [],
		config: undefined,
	});
	expect(parse('{"config":null,"rootfs":{}}').config).toBeUndefined();
});

test.each([
	["[]", "expected an object"],
	["{}", "rootfs: expected an object"],
	['{"rootfs":{"diff_ids":{}}}', "rootfs.diff_ids: expected a list"],
	['{"rootfs":{"diff_ids":[1]}}', "rootfs.diff_ids[0]: expected a string"],
	['{"rootfs":{"diff_ids":["sha256:1"]}}', "rootfs.diff_ids[0]: parse digest"],
	['{"os":1,"rootfs":{}}', "os: expected a string"],
	['{"config":[],"rootfs":{}}', "config: expected an object"],
	["{", "line 1"],
])("%s: %s", (text, reason) => expect(() => parse(text)).toThrow(reason));

test.each([
	['{"os":"linux","OS":"windows","rootfs":{"diff_ids":[]}}', '"OS"'],
	['{"os":"linux","rootfs":{"diff_ids":[],"Diff_IDs":[]}}', '"Diff_IDs"'],
	['{"config":{"entrypoint":["/bin/sh"]},"rootfs":{"diff_ids":[]}}', '"entrypoint"'],
	['{"config":{"User":"1000","USER":"0"},"rootfs":{"diff_ids":[]}}', '"USER"'],
	['{"os":"linux","os":"linux","rootfs":{}}', 'expected every member once, got "os"'],
])("a configuration that programs read differently is refused: %s", (text, reason) => {
	expect(() => parseImageConfig(Buffer.from(text), "app")).toThrow(reason);
});
