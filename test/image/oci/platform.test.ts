import { expect, test } from "vitest";
import { formatPlatform, OciError, parsePlatform, platformKey } from "../../../src/image/oci/index.js";

test.each([
	["linux/amd64", "linux/amd64"],
	["linux/arm", "linux/arm"],
	["linux/arm/v6", "linux/arm/v6"],
	["linux/arm/7", "linux/arm/v7"],
	["Linux/ARM64/V8", "linux/arm64"],
	["linux/arm64/8", "linux/arm64"],
	["linux/arm64/v9", "linux/arm64/v9"],
	["linux/amd64/v1", "linux/amd64"],
	["linux/aarch64/v8", "linux/arm64"],
	["linux/armv7l", "linux/arm/v7"],
	["linux/arm64v8", "linux/arm64"],
	["linux/arm32v5", "linux/arm/v5"],
	[" linux/mips ", "linux/mips"],
	["linux/x86_64", "linux/amd64"],
	["linux/aarch64", "linux/arm64"],
	["linux/armhf", "linux/arm/v7"],
	["linux/i386", "linux/386"],
	["linux/mipsel", "linux/mipsle"],
])("%s reads as %s", (text, want) => expect(formatPlatform(parsePlatform(text))).toBe(want));

test.each(["", "arm64", "linux/", "/arm", "linux/arm/v7/x", "linux/arm v7", "linux/\u001b[0m"])(
	"%j is refused",
	(text) => {
		expect(() => parsePlatform(text)).toThrow(OciError);
		expect(() => parsePlatform(text)).toThrow("expected os/architecture[/variant]");
	},
);

test("linux/arm is for the devices of linux/arm/v6, and for no others", () => {
	const keys = ["linux/arm", "linux/arm/v6", "linux/arm/6"].map((text) => platformKey(parsePlatform(text)));
	expect(new Set(keys).size).toBe(1);
	expect(keys).not.toContain(platformKey(parsePlatform("linux/arm/v7")));
	expect(platformKey({ os: "linux", architecture: "constructor" })).toBe("linux/constructor/");
});

test("a platform of a foreign image is shown without control characters, and not endlessly", () => {
	const text = formatPlatform({ os: "linux", architecture: "a\n\u001b[31m", variant: "v".repeat(10_000) });
	expect(text).toMatch(/^linux\/a\\x0a\\x1b\[31m\/v{1,100}$/);
});
