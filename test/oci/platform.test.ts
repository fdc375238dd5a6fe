import { expect, test } from "vitest";
import { equalPlatforms, formatPlatform, OciError, parsePlatform } from "../../src/oci/index.js";

test.each([
	["linux/amd64", "linux/amd64"],
	["linux/arm", "linux/arm"],
	["linux/arm/v6", "linux/arm/v6"],
	["linux/arm/7", "linux/arm/v7"],
	["Linux/ARM64/V8", "linux/arm64/v8"],
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

test.each([
	["linux/arm64", "linux/arm64/v8", true],
	["linux/arm", "linux/arm/v6", true],
	["linux/amd64", "linux/amd64/v1", true],
	["linux/arm/v6", "linux/arm/v7", false],
	["linux/arm64", "linux/arm64/v9", false],
	["linux/amd64", "windows/amd64", false],
	["linux/arm", "linux/arm64", false],
])("%s and %s are the same: %s", (a, b, same) => {
	expect(equalPlatforms(parsePlatform(a), parsePlatform(b))).toBe(same);
});
