import { expect, test } from "vitest";
import { digestAlgorithm, digestBytes, OciError, parseDigest } from "../../../src/image/oci/index.js";

const hex = "ab".repeat(32);

test("row 45: sha256 and sha512 in lower-case hex are digests", () => {
	expect(parseDigest(`sha256:${hex}`)).toBe(`sha256:${hex}`);
	expect(digestAlgorithm(parseDigest(`sha512:${hex}${hex}`))).toBe("sha512");
	expect(digestAlgorithm(parseDigest(`sha256:${hex}`))).toBe("sha256");
});

test.each([
	["upper-case hex", `sha256:${hex.toUpperCase()}`],
	["63 digits", `sha256:${hex.slice(1)}`],
	["65 digits", `sha256:${hex}a`],
	["sha512 with 64 digits", `sha512:${hex}`],
	["unknown algorithm", `md5:${"a".repeat(32)}`],
	["combined algorithm", `sha256+b64:${hex}`],
	["path trick", `sha256:../../../etc/passwd`],
	["path before", `../sha256:${hex}`],
	["newline behind", `sha256:${hex}\n`],
	["nothing", ""],
])("row 45: %s is refused", (_, text) => {
	expect(() => parseDigest(text, "layers[0]")).toThrow(OciError);
	expect(() => parseDigest(text, "layers[0]")).toThrow(/^layers\[0\]: parse digest: expected/);
});

test("a hostile digest cannot steer the terminal", () => {
	expect(() => parseDigest("sha256:\u001b[2J")).toThrow(/\\x1b\[2J/);
});

test("digests of bytes", () => {
	expect(digestBytes(new Uint8Array())).toBe(
		"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	);
	expect(digestBytes(Buffer.from("abc"), "sha512")).toMatch(/^sha512:ddaf35a193617aba/);
});
