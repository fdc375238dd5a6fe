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

/** Most characters of each part of a foreign platform that messages show. */
const MAX_SHOWN = 64;

/**
 * Default variants. For `linux/arm` it is v6, as the package label arm32v6 states, and as runs on every Raspberry
 * Pi.
 */
const BASELINES: Readonly<Record<string, string>> = { arm: "v6", arm64: "v8", amd64: "v1" };

/**
 * Parses `os/architecture[/variant]` into the normal form of a platform.
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

/**
 * Returns a platform such as `linux/arm/v6`, for people and for documents, without control characters of a foreign
 * image.
 */
export function formatPlatform({ os, architecture, variant }: Platform): string {
	const parts = [os || "unknown", architecture || "unknown", ...(variant ? [variant] : [])];
	return parts.map((part) => displayByteString(utf8ByteString(part.slice(0, MAX_SHOWN)))).join("/");
}

/**
 * Returns the form in which all platforms are compared, recorded and shown: lower case, Go's names, `v` before a
 * number, and no variant that is the default of the architecture (`arm64/v8`, `amd64/v1`). `linux/arm` stays
 * unchanged, as an image without a variant may contain code of any level.
 */
export function normalPlatform({ os, architecture, variant }: Platform): Platform {
	const lower = architecture.toLowerCase();
	const alias = Object.hasOwn(ALIASES, lower) ? ALIASES[lower]! : { architecture: lower };
	const given = variant?.toLowerCase().replace(/^(?=\d)/, "v") || alias.variant;
	const normal = { os: os.toLowerCase(), architecture: alias.architecture };
	const isImplied = normal.architecture !== "arm" && given === effectiveVariant(normal);
	return given === undefined || isImplied ? normal : { ...normal, variant: given };
}

/** Returns a string that is equal for two platforms exactly if packages for them are for the same devices. */
export function platformKey(platform: Platform): string {
	const normal = normalPlatform(platform);
	return `${normal.os}/${normal.architecture}/${effectiveVariant(normal)}`;
}

/** Returns the variant, or the default one (`""` if the architecture has no levels). */
export function effectiveVariant(platform: Platform): string {
	const { architecture, variant } = platform;
	return variant ?? (Object.hasOwn(BASELINES, architecture) ? BASELINES[architecture]! : "");
}
