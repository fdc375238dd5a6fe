import { expect, test } from "vitest";
import { formatPlatform, OciError, parsePlatform } from "../../../src/image/oci/index.js";

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
