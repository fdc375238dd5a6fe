import { expect, test } from "vitest";
import { choosePlatform, formatPlatform, parsePlatform, runsOn } from "../../../src/image/oci/index.js";

function choose(requested: string, offers: string, policy: "compatible" | "exact" = "compatible"): string {
	const list = offers.split(" ").map((text, at) => ({ platform: parsePlatform(text), at }));
	const choice = choosePlatform(parsePlatform(requested), list, policy);
	return choice ? `${choice.match} ${formatPlatform(choice.chosen.platform)} #${choice.chosen.at}` : "none";
}

const arms = "linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm64";

test.each([
	["linux/arm/v7", arms, "exact linux/arm/v7 #2"],
	["linux/arm/v6", arms, "exact linux/arm/v6 #1"],
	["linux/arm/v7", "linux/arm/v5 linux/arm/v6", "fallback linux/arm/v6 #1"],
	["linux/arm/v7", "linux/arm/v5", "fallback linux/arm/v5 #0"],
	["linux/arm/v6", "linux/arm/v7 linux/arm/v5", "fallback linux/arm/v5 #1"],
	["linux/arm/v6", "linux/arm/v7", "none"],
	["linux/arm/v5", "linux/arm/v6 linux/arm/v7", "none"],
	["linux/arm", arms, "exact linux/arm/v6 #1"],
	["linux/arm", "linux/arm/v6 linux/arm", "exact linux/arm #1"],
	["linux/arm", "linux/arm/v7 linux/arm/v5", "fallback linux/arm/v5 #1"],
	["linux/arm", "linux/arm/v7", "none"],
	["linux/arm/v7", "linux/arm linux/arm/v5", "fallback linux/arm/v5 #1"],
	["linux/arm/v7", "linux/arm", "fallback linux/arm #0"],
	["linux/arm/v6", "linux/arm", "fallback linux/arm #0"],
	["linux/arm/v5", "linux/arm", "none"],
	["linux/arm64", "linux/arm/v7 linux/arm64/v8", "exact linux/arm64 #1"],
	["linux/arm64/v8", "linux/arm64", "exact linux/arm64 #0"],
	["linux/arm64/v9", "linux/arm64", "fallback linux/arm64 #0"],
	["linux/arm64", "linux/arm64/v9", "none"],
	["linux/arm64", "linux/arm/v7 linux/amd64", "none"],
	["linux/amd64", "linux/amd64/v3 linux/amd64", "exact linux/amd64 #1"],
	["linux/amd64", "linux/amd64/v2", "none"],
	["linux/amd64/v3", "linux/amd64 linux/amd64/v2", "fallback linux/amd64/v2 #1"],
	["linux/amd64", "windows/amd64", "none"],
	["linux/amd64", "linux/386", "none"],
	["linux/amd64", "linux/amd64 linux/amd64", "exact linux/amd64 #0"],
	["linux/ppc64le/power9", "linux/ppc64le", "fallback linux/ppc64le #0"],
	["linux/ppc64le", "linux/ppc64le/power9", "none"],
	["linux/aarch64", "linux/arm64/8", "exact linux/arm64 #0"],
	["linux/mips", "linux/mipsle linux/mips", "exact linux/mips #1"],
])("rows 37, 39: %s of [%s] is %s", (requested, offers, want) => {
	expect(choose(requested, offers)).toBe(want);
});

test.each([
	["linux/arm/v7", "linux/arm/v6", "none"],
	["linux/arm/v6", "linux/arm", "none"],
	["linux/arm", "linux/arm/v6", "exact linux/arm/v6 #0"],
	["linux/arm64", "linux/arm64/v8", "exact linux/arm64 #0"],
	["linux/amd64/v2", "linux/amd64", "none"],
])("policy exact: %s of [%s] is %s", (requested, offers, want) => {
	expect(choose(requested, offers, "exact")).toBe(want);
});

test.each([
	["linux/arm64", "linux/arm64", "native"],
	["linux/arm/v7", "linux/arm/v6", "native"],
	["linux/arm/v6", "linux/arm/v7", undefined],
	["linux/arm64", "linux/arm/v7", "compat"],
	["linux/arm64", "linux/arm/v8", "compat"],
	["linux/arm64", "linux/arm/v9", undefined],
	["linux/amd64", "linux/386", "compat"],
	["linux/386", "linux/amd64", undefined],
	["linux/amd64", "linux/arm", undefined],
])("%s runs what is for %s: %s", (device, image, how) => {
	expect(runsOn(parsePlatform(device), parsePlatform(image))).toBe(how);
});
