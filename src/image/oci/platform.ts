import { displayByteString, utf8ByteString } from "../../ground/bytes/index.js";
import { OciError } from "./errors.js";
import type { Platform } from "./nouns.js";

/** Other spellings of GOARCH names (uname, Debian, labels of packages), some of which imply a variant. */
const ALIASES: Readonly<Record<string, { architecture: string; variant?: string }>> = {
	x86_64: { architecture: "amd64" },
	"x86-64": { architecture: "amd64" },
	i386: { architecture: "386" },
	i686: { architecture: "386" },
	aarch64: { architecture: "arm64" },
	arm64v8: { architecture: "arm64" },
	arm32v5: { architecture: "arm", variant: "v5" },
	arm32v6: { architecture: "arm", variant: "v6" },
	arm32v7: { architecture: "arm", variant: "v7" },
	armv6l: { architecture: "arm", variant: "v6" },
	armv7l: { architecture: "arm", variant: "v7" },
	armhf: { architecture: "arm", variant: "v7" },
	armel: { architecture: "arm", variant: "v6" },
	mipsel: { architecture: "mipsle" },
	mips64el: { architecture: "mips64le" },
	ppc64el: { architecture: "ppc64le" },
};

/** Characters of each part of a foreign platform that messages show. */
const MAX_SHOWN = 64;

/**
 * The variant that a platform without one means. For `linux/arm` it is v6: what the package
 * label arm32v6 promises, and what runs on every Raspberry Pi.
 */
const BASELINES: Readonly<Record<string, string>> = { arm: "v6", arm64: "v8", amd64: "v1" };

/**
 * `os/architecture[/variant]` → platform in its normal form.
 * @throws OciError ERR_PLATFORM
 */
export function parsePlatform(text: string): Platform {
	const parts = text.trim().split("/");
	if (parts.length < 2 || parts.length > 3 || !parts.every((part) => /^[\w.-]+$/.test(part))) {
		const shown = displayByteString(utf8ByteString(text.slice(0, 100)));
		throw new OciError("ERR_PLATFORM", `"${shown}": parse platform: expected os/architecture[/variant]`);
	}
	const [os, architecture, variant] = parts;
	return normalPlatform({ os: os!, architecture: architecture!, variant });
}

/** Returns `linux/arm/v6`: for people, and for documents; no control character of a foreign image is in it. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
	const parts = [os || "unknown", architecture || "unknown", ...(variant ? [variant] : [])];
	return parts.map((part) => displayByteString(utf8ByteString(part.slice(0, MAX_SHOWN)))).join("/");
}

/**
 * Returns the one form in which a platform is compared, recorded and shown, wherever it comes from: lower case,
 * Go's names, `v` before a number, no variant that the architecture means anyway (`arm64/v8`, `amd64/v1`).
 * `linux/arm` stays as it is, as an image that says no more may hold code of any level.
 */
export function normalPlatform({ os, architecture, variant }: Platform): Platform {
	const lower = architecture.toLowerCase();
	const alias = Object.hasOwn(ALIASES, lower) ? ALIASES[lower]! : { architecture: lower };
	const given = variant?.toLowerCase().replace(/^(?=\d)/, "v") || alias.variant;
	const normal = { os: os.toLowerCase(), architecture: alias.architecture };
	const isImplied = normal.architecture !== "arm" && given === effectiveVariant(normal);
	return given === undefined || isImplied ? normal : { ...normal, variant: given };
}

/** Returns a string that two platforms share exactly when packages for them are for the same devices. */
export function platformKey(platform: Platform): string {
	const normal = normalPlatform(platform);
	return `${normal.os}/${normal.architecture}/${effectiveVariant(normal)}`;
}

/** The variant, or what its absence means (`""`: the architecture knows no levels). */
export function effectiveVariant(platform: Platform): string {
	const { architecture, variant } = platform;
	return variant ?? (Object.hasOwn(BASELINES, architecture) ? BASELINES[architecture]! : "");
}
